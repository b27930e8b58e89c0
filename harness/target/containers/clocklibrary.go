package containers

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"bascule/harness/engine"
)

// libraryImage holds libfaketime and nothing else; it is built once an engine
// and kept.
const libraryImage = "bascule-faketime:1"

// libraryRecipe takes the library as Debian ships it. It would share a semaphore
// between all processes that one started, made by the first and closed to other
// users: a service that starts as root and goes on as another user would end
// with "sem_open failed". It goes on without where the name is not valid, and
// needs it only for clocks that count calls, so the name is made invalid.
const libraryRecipe = `FROM debian:bookworm-slim AS debian
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libfaketime >/dev/null \
 && sed 's#/faketime_sem_%ld#/faketime/sem_%ld#' /usr/lib/*/faketime/libfaketime.so.1 >/libfaketime.so.1 \
 && grep -q /faketime/sem_ /libfaketime.so.1
FROM scratch
COPY --from=debian /libfaketime.so.1 /
CMD ["/nothing"]
`

// fetchLibrary gives the library's file, from an image built here.
func (t *Target) fetchLibrary(ctx context.Context) ([]byte, error) {
	if _, ok := t.Engine.HasImage(ctx, libraryImage); !ok {
		if err := buildLibrary(ctx, t.Engine); err != nil {
			return nil, fmt.Errorf("libfaketime is not to be had: %w", err)
		}
	}
	var out bytes.Buffer
	err := t.inImage(ctx, libraryImage, func(i imageFiles) error { return t.Engine.Fetch(ctx, i.id, "/libfaketime.so.1", &out) })
	if err != nil {
		return nil, fmt.Errorf("libfaketime: %w", err)
	}
	return out.Bytes(), nil
}

func buildLibrary(ctx context.Context, e *engine.Engine) error {
	dir, err := os.MkdirTemp("", "bascule-faketime-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(libraryRecipe), 0o644); err != nil {
		return err
	}
	return e.BuildImage(ctx, engine.Build{
		Tag: libraryImage, Context: dir, Labels: map[string]string{engine.LabelCache: "faketime"},
		Network: "host", // as the engine's machine reaches Debian, also where it has no bridge of its own
	})
}

// inImage gives the files of an image through a container that never starts.
func (t *Target) inImage(ctx context.Context, image string, look func(imageFiles) error) error {
	scrap, err := os.MkdirTemp("", "bascule-image-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scrap)
	id, err := t.Engine.Create(ctx, engine.Spec{
		Name: fmt.Sprintf("%s-look-%s", t.Short, filepath.Base(scrap)), Image: image, Network: t.control, Labels: t.Scope.Labels(nil),
	})
	if err != nil {
		return err
	}
	err = look(imageFiles{engine: t.Engine, id: id, scrap: scrap})
	return errors.Join(err, t.Engine.Remove(context.WithoutCancel(ctx), id))
}

// prepareClock looks at every image that a service may run as.
func (t *Target) prepareClock(ctx context.Context, m *member) error {
	library, err := elf.NewFile(bytes.NewReader(t.clocks.library))
	if err != nil {
		return fmt.Errorf("libfaketime: %w", err)
	}
	svc := m.compose()
	if svc.ReadOnly {
		return noPreload("système de fichiers racine en lecture seule, qui n’accepte pas de bibliothèque", "its root file system is read-only, and takes no library")
	}
	images := []string{svc.Image}
	for _, r := range t.Stage.Releases {
		if ref, ok := r.Images[m.Service]; ok {
			images = append(images, ref)
		}
	}
	slices.Sort(images)
	before := ""
	for _, image := range slices.Compact(images) {
		if _, ok := t.Engine.HasImage(ctx, image); !ok {
			continue // a release's takes its place: creating would fail otherwise
		}
		start, err := t.Engine.StartupOf(ctx, image)
		if err != nil {
			return err
		}
		argv := slices.Concat(start.Entrypoint, start.Command)
		switch {
		case len(svc.Entrypoint) > 0:
			argv = slices.Concat(svc.Entrypoint, svc.Command)
		case len(svc.Command) > 0:
			argv = slices.Concat(start.Entrypoint, svc.Command)
		}
		env := start.Env
		if p := svc.Environment["PATH"]; p != nil {
			env = append(slices.Clone(env), "PATH="+*p)
		}
		before = valueOf(env, "LD_PRELOAD", before)
		if err := t.inImage(ctx, image, func(i imageFiles) error { return i.takes(ctx, argv, env, start.Folder, library) }); err != nil {
			return err
		}
	}
	t.clocks.mu.Lock()
	t.clocks.ready[m.Site+"/"+m.Service] = before
	t.clocks.mu.Unlock()
	return nil
}
