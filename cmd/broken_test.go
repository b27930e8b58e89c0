package cmd_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bascule/harness/history"
)

// What happens to a run whose ground gives way.

func TestAContainerThatNeverBecomesHealthyShowsItsLog(t *testing.T) {
	t.Parallel() // nothing is measured: two at a time, after what is
	dir := copyStage(t, "compose.paris.yaml", "start_period: 60s", "start_period: 1s")
	path := filepath.Join(dir, "orders", "compose.paris.yaml")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	broken := strings.Replace(string(b), "test: [CMD, /stock, healthcheck]", "test: [CMD, /stock, nonsense]\n      retries: 2", 1)
	if broken == string(b) {
		t.Fatal("the health check of stock is not where it was")
	}
	if err := os.WriteFile(path, []byte(broken), 0o644); err != nil {
		t.Fatal(err)
	}
	s := start(t, "--stages", dir, crash)
	if got := s.code(t); got != 2 {
		t.Errorf("exit code %d, want 2", got)
	}
	for _, want := range []string{"paris/stock/1 is unhealthy", "its last lines"} {
		if !strings.Contains(s.out.String(), want) {
			t.Errorf("it does not say %q", want)
		}
	}
	_, id := s.run(t)
	nothingLeft(t, id, 0)
}

// socket stands between bascule and the engine, until it is cut.
type socket struct {
	path  string
	ln    net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

func engineSocket(t *testing.T) *socket {
	t.Helper()
	const real = "/var/run/docker.sock"
	if _, err := os.Stat(real); err != nil {
		t.Skipf("NOT TESTED: no engine at %s", real)
	}
	// Not t.TempDir: the path of a socket is short.
	dir, err := os.MkdirTemp("", "bsc")
	if err != nil {
		t.Fatal(err)
	}
	s := &socket{path: filepath.Join(dir, "e.sock")}
	if s.ln, err = net.Listen("unix", s.path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.end(); _ = os.RemoveAll(dir) })
	go func() {
		for {
			c, err := s.ln.Accept()
			if err != nil {
				return
			}
			up, err := net.Dial("unix", real)
			if err != nil {
				_ = c.Close()
				continue
			}
			s.mu.Lock()
			s.conns = append(s.conns, c, up)
			s.mu.Unlock()
			go func() { _, _ = io.Copy(up, c); _ = up.(*net.UnixConn).CloseWrite() }()
			go func() { _, _ = io.Copy(c, up); _ = c.Close() }()
		}
	}()
	return s
}

// end is the death of the engine, as its clients see it.
func (s *socket) end() {
	_ = s.ln.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		_ = c.Close()
	}
}

func TestTheEngineDiesDuringTheRun(t *testing.T) {
	bascule(t) // skips without an engine
	sock := engineSocket(t)
	t.Setenv("DOCKER_HOST", "unix://"+sock.path)
	s := start(t, "--stages", stages, crash)
	s.until(t, s.dir, string(history.LoadStarted))
	sock.end()
	code := s.code(t)
	dir, id := s.run(t)
	// The real engine is well: what the run could not remove is removed here.
	t.Setenv("DOCKER_HOST", "")
	defer func() {
		if out, err := clean(t, id); err != nil {
			t.Errorf("clean: %v\n%s", err, out)
		}
		nothingLeft(t, id, 10*time.Second)
	}()
	if code != 4 {
		t.Errorf("exit code %d, want 4", code)
	}
	if _, err := os.Stat(filepath.Join(dir, "report.html")); err != nil {
		t.Errorf("no report: %v", err)
	}
	h, err := history.ReadFile(find(t, dir, "*/history.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	seen := false
	for _, e := range h.Events {
		seen = seen || e.Kind == history.EngineBroke
	}
	if !seen {
		t.Error("the history does not tell that the engine broke")
	}
}

// A disk that fills up under the run folder: the run ends by itself, says so,
// and leaves nothing.
func TestTheDiskFillsUp(t *testing.T) {
	t.Parallel() // nothing is measured: two at a time, after what is
	bascule(t)
	mount := smallDisk(t, 210)
	s := startAt(t, mount, "--stages", stages, crash)
	s.until(t, s.dir, string(history.LoadStarted))
	fill(t, mount)
	if got := s.code(t); got == 0 {
		t.Error("a run whose history could not be written calls itself passed")
	}
	if !strings.Contains(s.out.String(), "no space left") {
		t.Error("it does not say that the disk is full")
	}
	_, id := s.run(t)
	nothingLeft(t, id, 0)
}

func TestADiskWithoutRoomIsRefused(t *testing.T) {
	bascule(t)
	s := startAt(t, smallDisk(t, 20), "--stages", stages, crash)
	if got := s.code(t); got != 4 {
		t.Errorf("exit code %d, want 4", got)
	}
	if !strings.Contains(s.out.String(), "make room") {
		t.Error("it does not say what to do")
	}
}

// fill writes until there is no room left.
func fill(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 1<<20)
	for range 4096 {
		if _, err := f.Write(block); err != nil {
			return
		}
	}
	t.Fatal(fmt.Errorf("%s has no end", dir))
}
