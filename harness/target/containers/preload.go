package containers

import (
	"bufio"
	"context"
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"bascule/harness/engine"
	"bascule/harness/history"
)

// A library can be put before a program's own only where the program is linked
// to the C library while it starts. What an image starts is read from the image,
// before anything of it runs.

// errNoPreload means that a program takes no library put before it.
type errNoPreload struct{ why history.Text }

func (e errNoPreload) Error() string { return e.why.EN }

func noPreload(fr, en string, args ...any) error {
	return errNoPreload{history.Text{FR: fmt.Sprintf(fr, args...), EN: fmt.Sprintf(en, args...)}}
}

// imageFiles are an image's files, through a container of it that never starts.
type imageFiles struct {
	engine *engine.Engine
	id     string
	scrap  string // folder for files, on this machine
}

// open fetches a file; the caller closes it.
func (i imageFiles) open(ctx context.Context, name string) (*os.File, error) {
	f, err := os.CreateTemp(i.scrap, "file-")
	if err != nil {
		return nil, err
	}
	if err := i.engine.Fetch(ctx, i.id, name, f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	_, err = f.Seek(0, io.SeekStart)
	return f, err
}

// takes tells whether what a container starts takes a library: nil,
// errNoPreload with the reason, or another error.
func (i imageFiles) takes(ctx context.Context, argv []string, env []string, folder string, library *elf.File) error {
	if len(argv) == 0 {
		return noPreload("ni Compose ni l’image ne disent ce qui démarre", "neither Compose nor the image says what it starts")
	}
	// A script is run by its interpreter, which may be a script again.
	for range 4 {
		f, err := i.program(ctx, argv[0], env, folder)
		if err != nil {
			return err
		}
		next := interpreter(f)
		if next == nil {
			err = i.linked(ctx, f, library)
			return errors.Join(err, f.Close())
		}
		if err := f.Close(); err != nil {
			return err
		}
		argv = next
	}
	return noPreload("script sur script\u00a0: ce qui s’exécute ne peut pas être établi", "script upon script: what runs cannot be told")
}

// program finds a command as the engine would.
func (i imageFiles) program(ctx context.Context, name string, env []string, folder string) (*os.File, error) {
	at := []string{name}
	switch {
	case path.IsAbs(name):
	case strings.Contains(name, "/"):
		at = []string{path.Join("/", folder, name)}
	default:
		at = nil
		for _, dir := range strings.Split(valueOf(env, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), ":") {
			at = append(at, path.Join(dir, name))
		}
	}
	for _, p := range at {
		f, err := i.open(ctx, p)
		if err == nil || !errors.Is(err, engine.ErrNoFile) {
			return f, err
		}
	}
	return nil, noPreload("l’image n’a pas de programme %s", "the image has no program %s", name)
}

// valueOf is the last value of a variable; later ones win.
func valueOf(env []string, name, without string) string {
	for _, e := range slices.Backward(env) {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			return v
		}
	}
	return without
}

// interpreter is the command in the first line of a script, nil for what is
// none.
func interpreter(f io.ReadSeeker) []string {
	line, _ := bufio.NewReader(io.LimitReader(f, 512)).ReadString('\n')
	_, _ = f.Seek(0, io.SeekStart)
	command, ok := strings.CutPrefix(line, "#!")
	if !ok {
		return nil
	}
	argv := strings.Fields(command)
	if len(argv) > 1 && path.Base(argv[0]) == "env" {
		argv = argv[1:]
		for len(argv) > 1 && (strings.HasPrefix(argv[0], "-") || strings.Contains(argv[0], "=")) {
			argv = argv[1:]
		}
	}
	return argv
}

// libraryFolders are where distributions keep the C library.
func libraryFolders(m elf.Machine) []string {
	folders := []string{"/lib64", "/usr/lib64", "/lib", "/usr/lib"}
	switch m {
	case elf.EM_X86_64:
		folders = append([]string{"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"}, folders...)
	case elf.EM_AARCH64:
		folders = append([]string{"/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu"}, folders...)
	}
	return folders
}

// linked tells whether a binary program takes the library.
func (i imageFiles) linked(ctx context.Context, f *os.File, library *elf.File) error {
	if err := takesAny(f, library.Machine); err != nil {
		return err
	}
	for _, dir := range libraryFolders(library.Machine) {
		libc, err := i.open(ctx, path.Join(dir, "libc.so.6"))
		if errors.Is(err, engine.ErrNoFile) {
			continue
		}
		if err != nil {
			return err
		}
		return errors.Join(suffices(libc, library), libc.Close())
	}
	return noPreload("l’image n’a pas la glibc", "the image has no glibc")
}

// takesAny tells whether a binary takes libraries of glibc at all.
func takesAny(f io.ReaderAt, machine elf.Machine) error {
	bin, err := elf.NewFile(f)
	if err != nil {
		return noPreload("ce qui démarre n’est pas un programme Linux\u00a0: %v", "what it starts is no Linux program: %v", err)
	}
	if bin.Machine != machine {
		return noPreload("programme compilé pour %s, bibliothèque pour %s", "it is built for %s, the library for %s", bin.Machine, machine)
	}
	loader := ""
	for _, p := range bin.Progs {
		if p.Type == elf.PT_INTERP {
			b, err := io.ReadAll(p.Open())
			if err != nil {
				return err
			}
			loader = strings.TrimRight(string(b), "\x00")
		}
	}
	switch {
	case loader == "":
		return noPreload("programme statique", "static binary")
	case strings.Contains(loader, "musl"):
		return noPreload("bibliothèque C musl, et non glibc", "its C library is musl, not glibc")
	}
	// Go asks the kernel for the time, past the C library, however it is linked.
	if _, err := buildinfo.Read(f); err == nil {
		return noPreload("programme Go, qui ne consulte pas la bibliothèque C", "a Go program, which does not ask the C library")
	}
	return nil
}

// suffices tells whether a C library has all that the preloaded one asks for: a
// program with an older one would not start.
func suffices(f io.ReaderAt, library *elf.File) error {
	libc, err := elf.NewFile(f)
	if err != nil {
		return fmt.Errorf("the image's C library: %w", err)
	}
	has, err := libc.DynamicVersions()
	if err != nil {
		return fmt.Errorf("the image's C library: %w", err)
	}
	needs, err := library.DynamicVersionNeeds()
	if err != nil {
		return fmt.Errorf("the preloaded library: %w", err)
	}
	for _, n := range needs {
		if n.Name != "libc.so.6" {
			continue
		}
		for _, version := range n.Needs {
			if !slices.ContainsFunc(has, func(v elf.DynamicVersion) bool { return v.Name == version.Dep }) {
				return noPreload("glibc trop ancienne\u00a0: il manque %s", "its glibc is too old: %s is missing", version.Dep)
			}
		}
	}
	return nil
}
