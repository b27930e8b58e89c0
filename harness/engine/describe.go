package engine

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Describe gives all that the engine tells of a container, running or not.
func (e *Engine) Describe(ctx context.Context, id string) (container.InspectResponse, error) {
	res, err := e.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return container.InspectResponse{}, fmt.Errorf("engine: inspect container: %w", err)
	}
	return res.Container, nil
}

// Bounds of what is read of a folder.
const (
	folderFiles = 500
	folderBytes = 32 << 20
)

// ReadAll reads the plain files under a path of a container, running or not, by
// their paths: one of a file, each of a folder. ErrNoFile if there is nothing of
// that name; ErrTooMuch where it is more than anybody would compare.
func (e *Engine) ReadAll(ctx context.Context, id, name string) (map[string][]byte, error) {
	stat, err := e.api.ContainerStatPath(ctx, id, client.ContainerStatPathOptions{Path: name})
	if errdefs.IsNotFound(err) {
		// The same answer for a container that is gone: that is another matter.
		if _, gone := e.Inspect(ctx, id); gone != nil {
			return nil, gone
		}
		return nil, fmt.Errorf("engine: read %s: %w", name, ErrNoFile)
	}
	if err != nil {
		return nil, fmt.Errorf("engine: read %s: %w", name, err)
	}
	from := name
	if stat.Stat.LinkTarget != "" {
		from = path.Join("/", stat.Stat.LinkTarget) // the engine has followed it to its end
	}
	res, err := e.api.CopyFromContainer(ctx, id, client.CopyFromContainerOptions{SourcePath: from})
	if err != nil {
		return nil, fmt.Errorf("engine: read %s: %w", name, err)
	}
	defer res.Content.Close()
	out, err := untar(res.Content, path.Base(from), name)
	if err != nil {
		return nil, fmt.Errorf("engine: read %s: %w", name, err)
	}
	return out, nil
}

// ErrTooMuch means that a folder holds more than is read.
var ErrTooMuch = errors.New("it holds more than is read")

// untar gives the plain files of an archive of base, as if it stood at name.
func untar(in io.Reader, base, name string) (map[string][]byte, error) {
	out := map[string][]byte{}
	left := int64(folderBytes)
	for r := tar.NewReader(in); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if left -= h.Size; left < 0 || len(out) == folderFiles {
			return nil, ErrTooMuch
		}
		var content bytes.Buffer
		if _, err := io.Copy(&content, r); err != nil {
			return nil, err
		}
		out[path.Join(name, trimBase(path.Clean(h.Name), base))] = content.Bytes()
	}
}

// trimBase takes the first part of an archived name away: "conf/a.yaml" of
// "conf" is "a.yaml", and "conf" itself nothing.
func trimBase(name, base string) string {
	if name == base {
		return ""
	}
	if len(name) > len(base) && name[:len(base)] == base && name[len(base)] == '/' {
		return name[len(base)+1:]
	}
	return name
}
