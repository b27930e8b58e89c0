package engine

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/go-archive"
	"github.com/moby/moby/client"
	"github.com/moby/patternmatcher/ignorefile"
)

// Build says how an image is made from a folder.
type Build struct {
	Tag        string
	Context    string // absolute folder
	Dockerfile string // relative to Context
	Args       map[string]string
	Target     string
	Labels     map[string]string
	Network    string // of the commands that build it; "" for the engine's own
}

// BuildImage builds with the engine's own builder and its layer cache. The
// error of a failed build holds the last lines that the build printed.
func (e *Engine) BuildImage(ctx context.Context, b Build) error {
	ignore, err := readIgnore(b.Context)
	if err != nil {
		return fmt.Errorf("engine: build %s: %w", b.Tag, err)
	}
	if b.Dockerfile == "" {
		b.Dockerfile = "Dockerfile"
	}
	if _, err := os.Stat(filepath.Join(b.Context, b.Dockerfile)); err != nil {
		return fmt.Errorf("engine: build %s: the Dockerfile is missing: %w", b.Tag, err)
	}
	// The Dockerfile and the ignore file go along even when ignored: the
	// engine reads them from the context.
	ignore = append(ignore, "!"+b.Dockerfile, "!.dockerignore")
	tarball, err := archive.TarWithOptions(b.Context, &archive.TarOptions{ExcludePatterns: ignore})
	if err != nil {
		return fmt.Errorf("engine: build %s: pack %s: %w", b.Tag, b.Context, err)
	}
	args := map[string]*string{}
	for k, v := range b.Args {
		args[k] = &v
	}
	res, err := e.api.ImageBuild(ctx, tarball, client.ImageBuildOptions{
		Tags: []string{b.Tag}, Dockerfile: b.Dockerfile, BuildArgs: args, Target: b.Target,
		Labels: b.Labels, NetworkMode: b.Network, Remove: true, ForceRemove: true,
	})
	if err != nil {
		return errors.Join(fmt.Errorf("engine: build %s: %w", b.Tag, err), tarball.Close())
	}
	return errors.Join(drain(b.Tag, res.Body), tarball.Close())
}

// BuildScratch makes an image of one static binary, from memory.
func (e *Engine) BuildScratch(ctx context.Context, tag, binary string, labels map[string]string) error {
	content, err := os.ReadFile(binary)
	if err != nil {
		return fmt.Errorf("engine: image %s: read %s: %w", tag, binary, err)
	}
	if err := static(content); err != nil {
		return fmt.Errorf("engine: image %s: %s: %w", tag, binary, err)
	}
	name := filepath.Base(binary)
	dockerfile := fmt.Sprintf("FROM scratch\nCOPY %s /bascule\nENTRYPOINT [\"/bascule\"]\n", name)
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, f := range []struct {
		name string
		mode int64
		body []byte
	}{{"Dockerfile", 0o644, []byte(dockerfile)}, {name, 0o755, content}} {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.body))}); err != nil {
			return fmt.Errorf("engine: image %s: %w", tag, err)
		}
		if _, err := w.Write(f.body); err != nil {
			return fmt.Errorf("engine: image %s: %w", tag, err)
		}
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("engine: image %s: %w", tag, err)
	}
	res, err := e.api.ImageBuild(ctx, &buf, client.ImageBuildOptions{
		Tags: []string{tag}, Dockerfile: "Dockerfile", Labels: labels, Remove: true, ForceRemove: true, NoCache: true,
	})
	if err != nil {
		return fmt.Errorf("engine: image %s: %w", tag, err)
	}
	return drain(tag, res.Body)
}

// static refuses a binary that an image from scratch cannot start. Without this
// the container would end with "no such file or directory".
func static(binary []byte) error {
	f, err := elf.NewFile(bytes.NewReader(binary))
	if err != nil {
		return fmt.Errorf("no Linux binary, as the containers need (build with GOOS=linux CGO_ENABLED=0): %w", err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return errors.New("it needs a dynamic linker, which an image from scratch has not: build with CGO_ENABLED=0 (make build)")
		}
	}
	return nil
}

// HasImage tells whether the engine holds the image, and its id.
func (e *Engine) HasImage(ctx context.Context, ref string) (id string, ok bool) {
	res, err := e.api.ImageInspect(ctx, ref)
	if err != nil {
		return "", false
	}
	return res.ID, true
}

// drain reads a build's messages to its end; the build has failed when one of
// them is an error, whatever the status of the answer was.
func drain(tag string, body io.ReadCloser) error {
	defer body.Close()
	dec := json.NewDecoder(body)
	var last []string
	for {
		var msg struct {
			Stream string `json:"stream"`
			Error  string `json:"error"`
		}
		if err := dec.Decode(&msg); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("engine: build %s: read the builder's answer: %w", tag, err)
		}
		if s := strings.TrimSpace(msg.Stream); s != "" {
			last = append(last, s)
			last = last[max(0, len(last)-12):]
		}
		if msg.Error != "" {
			return fmt.Errorf("engine: build %s: %s; its last lines:\n  %s", tag, msg.Error, strings.Join(last, "\n  "))
		}
	}
}

func readIgnore(dir string) ([]string, error) {
	f, err := os.Open(filepath.Join(dir, ".dockerignore"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ignorefile.ReadAll(f)
}
