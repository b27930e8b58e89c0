package engine

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/moby/client"
)

// ErrNoFile means that a container has no file of a name.
var ErrNoFile = errors.New("no such file in the container")

// Startup is how an image starts: what a container does that says nothing else.
type Startup struct {
	Entrypoint []string
	Command    []string
	Env        []string // KEY=value
	Folder     string   // working folder
	Ports      []int    // TCP, that it says it listens at, the lowest first
}

// StartupOf asks the engine for an image's.
func (e *Engine) StartupOf(ctx context.Context, image string) (Startup, error) {
	res, err := e.api.ImageInspect(ctx, image)
	if err != nil {
		return Startup{}, fmt.Errorf("engine: inspect image %s: %w", image, err)
	}
	if res.Config == nil {
		return Startup{}, nil
	}
	c := res.Config
	out := Startup{Entrypoint: c.Entrypoint, Command: c.Cmd, Env: c.Env, Folder: c.WorkingDir}
	for p := range c.ExposedPorts {
		number, proto, _ := strings.Cut(p, "/")
		if n, err := strconv.Atoi(number); err == nil && proto != "udp" {
			out.Ports = append(out.Ports, n)
		}
	}
	slices.Sort(out.Ports)
	return out, nil
}

// Fetch writes a plain file of a container, running or not, to out, however
// large it is. Symbolic links are followed, within the container. ErrNoFile if
// there is none.
func (e *Engine) Fetch(ctx context.Context, id, name string, out io.Writer) error {
	stat, err := e.api.ContainerStatPath(ctx, id, client.ContainerStatPathOptions{Path: name})
	if err != nil {
		// Not every engine tells a missing file by its code.
		return fmt.Errorf("engine: read %s: %w: %w", name, ErrNoFile, err)
	}
	if stat.Stat.Mode&os.ModeSymlink != 0 {
		name = path.Join("/", stat.Stat.LinkTarget) // the engine has followed it to its end
	}
	res, err := e.api.CopyFromContainer(ctx, id, client.CopyFromContainerOptions{SourcePath: name})
	if err != nil {
		return fmt.Errorf("engine: read %s: %w", name, err)
	}
	defer res.Content.Close()
	r := tar.NewReader(res.Content)
	h, err := r.Next()
	if err != nil {
		return fmt.Errorf("engine: read %s: %w", name, err)
	}
	if h.Typeflag != tar.TypeReg {
		return fmt.Errorf("engine: read %s: it is no plain file: %w", name, ErrNoFile)
	}
	if _, err := io.Copy(out, r); err != nil {
		return fmt.Errorf("engine: read %s: %w", name, err)
	}
	return nil
}

// VolumeFolder is where the engine keeps a volume, on its own machine.
func (e *Engine) VolumeFolder(ctx context.Context, name string) (string, error) {
	res, err := e.api.VolumeInspect(ctx, name, client.VolumeInspectOptions{})
	if err != nil {
		return "", fmt.Errorf("engine: inspect volume %s: %w", name, err)
	}
	if res.Volume.Driver != "local" || len(res.Volume.Options) > 0 {
		return "", fmt.Errorf("engine: volume %s is kept by driver %s with options of its own: it has no plain folder", name, res.Volume.Driver)
	}
	return res.Volume.Mountpoint, nil
}
