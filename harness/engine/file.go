package engine

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// fileLimit bounds what is read out of a container.
const fileLimit = 16 << 20

// File is a file of a container, with its owner and mode, so that it can be
// put back as it was.
type File struct {
	Path    string
	Content []byte
	Mode    int64
	UID     int
	GID     int
}

// ReadFile reads a file of a container, running or not. A symbolic link is
// followed: the path of what it gives is the file's own.
func (e *Engine) ReadFile(ctx context.Context, id, name string) (File, error) {
	stat, err := e.api.ContainerStatPath(ctx, id, client.ContainerStatPathOptions{Path: name})
	if err != nil {
		return File{}, fmt.Errorf("engine: read %s of a container: %w", name, err)
	}
	if stat.Stat.Mode&os.ModeSymlink != 0 {
		name = path.Join("/", stat.Stat.LinkTarget) // the engine has followed it to its end
	}
	res, err := e.api.CopyFromContainer(ctx, id, client.CopyFromContainerOptions{SourcePath: name})
	if err != nil {
		return File{}, fmt.Errorf("engine: read %s of a container: %w", name, err)
	}
	defer res.Content.Close()
	r := tar.NewReader(res.Content)
	h, err := r.Next()
	if err != nil {
		return File{}, fmt.Errorf("engine: read %s of a container: %w", name, err)
	}
	if h.Typeflag != tar.TypeReg {
		return File{}, fmt.Errorf("engine: read %s of a container: it is no plain file", name)
	}
	content, err := io.ReadAll(io.LimitReader(r, fileLimit+1))
	if err == nil && len(content) > fileLimit {
		err = fmt.Errorf("it is longer than %d bytes", fileLimit)
	}
	if err != nil {
		return File{}, fmt.Errorf("engine: read %s of a container: %w", name, err)
	}
	return File{Path: name, Content: content, Mode: h.Mode & 0o7777, UID: h.Uid, GID: h.Gid}, nil
}

// WriteFile replaces a file of a container, running or not, with its owner and
// mode.
func (e *Engine) WriteFile(ctx context.Context, id string, f File) error {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	err := w.WriteHeader(&tar.Header{Name: path.Base(f.Path), Typeflag: tar.TypeReg, Mode: f.Mode, Uid: f.UID, Gid: f.GID, Size: int64(len(f.Content))})
	if err == nil {
		_, err = w.Write(f.Content)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("engine: write %s of a container: %w", f.Path, err)
	}
	if _, err := e.api.CopyToContainer(ctx, id, client.CopyToContainerOptions{DestinationPath: path.Dir(f.Path), Content: &buf}); err != nil {
		return fmt.Errorf("engine: write %s of a container: %w", f.Path, err)
	}
	return nil
}

// HasFile tells whether a container, running or not, has a file.
func (e *Engine) HasFile(ctx context.Context, id, name string) (bool, error) {
	_, err := e.api.ContainerStatPath(ctx, id, client.ContainerStatPathOptions{Path: name})
	if errdefs.IsNotFound(err) {
		// The same answer for a container that is gone: that is another matter.
		_, gone := e.Inspect(ctx, id)
		return false, gone
	}
	if err != nil {
		return false, fmt.Errorf("engine: look for %s in a container: %w", name, err)
	}
	return true, nil
}

// Environment is what the engine gave a container, as KEY=value.
func (e *Engine) Environment(ctx context.Context, id string) ([]string, error) {
	res, err := e.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return nil, fmt.Errorf("engine: inspect container: %w", err)
	}
	if res.Container.Config == nil {
		return nil, nil
	}
	return res.Container.Config.Env, nil
}
