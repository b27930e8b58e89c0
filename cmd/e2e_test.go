package cmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/crosscheck"
	"bascule/harness/engine"
	"bascule/harness/history"
)

// The tests here play real scenarios on real containers, as a user does: the
// built binary, the shipped stage, and what they leave in the engine.

const crash = "testdata/crash.feature"

// stages is where the shipped stages live, seen from this package.
const stages = "../scenarios"

var (
	buildOnce sync.Once
	buildErr  error
	binary    string
)

// bascule is the static binary, built once.
func bascule(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("plays on real containers: not with -short")
	}
	e, err := engine.Connect(t.Context())
	if err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	defer e.Close()
	if _, err := os.Stat(filepath.Join(stages, "orders", "bin", "stock")); err != nil {
		t.Skipf("NOT TESTED: the sample services are not built (make samples): %v", err)
	}
	if _, ok := e.HasImage(t.Context(), "debian:bookworm-slim"); !ok {
		t.Skip("NOT TESTED: the engine holds no debian:bookworm-slim (make prepare)")
	}
	return build(t)
}

// build gives the static binary, which needs no engine to be built.
func build(t *testing.T) string {
	t.Helper()
	buildOnce.Do(func() {
		dir, err := os.MkdirTemp("", "bascule-e2e-")
		if err != nil {
			buildErr = err
			return
		}
		binary = filepath.Join(dir, "bascule")
		c := exec.Command("go", "build", "-trimpath", "-o", binary, "bascule")
		c.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := c.CombinedOutput(); err != nil {
			buildErr = fmt.Errorf("%w: %s", err, out)
		}
	})
	if buildErr != nil {
		t.Fatal(buildErr)
	}
	return binary
}

func TestMain(m *testing.M) {
	code := m.Run()
	if binary != "" {
		_ = os.RemoveAll(filepath.Dir(binary))
	}
	os.Exit(code)
}

// started is a bascule process of a test.
type started struct {
	*exec.Cmd
	out *bytes.Buffer
	dir string // --out
}

func start(t *testing.T, args ...string) *started {
	t.Helper()
	return startAt(t, t.TempDir(), args...)
}

// startAt writes the run's folder into dir.
func startAt(t *testing.T, dir string, args ...string) *started {
	t.Helper()
	return startCommand(t, dir, append([]string{"run", "--out", dir}, args...)...)
}

// startCommand starts any subcommand that writes its run folders into dir.
func startCommand(t *testing.T, dir string, args ...string) *started {
	t.Helper()
	s := &started{out: &bytes.Buffer{}, dir: dir}
	s.Cmd = exec.Command(bascule(t), args...)
	s.Stdout, s.Stderr = s.out, s.out
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("it printed:\n%s", s.out)
		}
	})
	return s
}

// code waits for the end, at most 4 minutes.
func (s *started) code(t *testing.T) int {
	t.Helper()
	timer := time.AfterFunc(4*time.Minute, func() { _ = s.Process.Kill() })
	defer timer.Stop()
	err := s.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return s.ProcessState.ExitCode()
}

// run is the folder of the run, and its id.
func (s *started) run(t *testing.T) (dir, id string) {
	t.Helper()
	entries, err := os.ReadDir(s.dir)
	// A small disk may hold ballast beside it.
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return !e.IsDir() })
	if err != nil || len(entries) != 1 {
		t.Fatalf("want one run folder in %s, got %v, %v", s.dir, entries, err)
	}
	return filepath.Join(s.dir, entries[0].Name()), entries[0].Name()
}

// clean removes a run from the engine by its label, as bascule clean does.
func clean(t *testing.T, id string) (engine.Left, error) {
	t.Helper()
	e, err := engine.Connect(t.Context())
	if err != nil {
		return engine.Left{}, err
	}
	defer e.Close()
	return e.Sweep(t.Context(), engine.LabelRun+"="+id)
}

// nothingLeft waits until the engine holds nothing of a run.
func nothingLeft(t *testing.T, id string, within time.Duration) {
	t.Helper()
	e, err := engine.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	end := time.Now().Add(within)
	for {
		left, err := e.Find(t.Context(), engine.LabelRun+"="+id)
		if err == nil && left.Count() == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("after %s the engine still holds %s: %v", within, left, err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func find(t *testing.T, dir, pattern string) string {
	t.Helper()
	m, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(m) != 1 {
		t.Fatalf("want one %s in %s, got %v, %v", pattern, dir, m, err)
	}
	return m[0]
}

func TestACrashIsSurvivedAndMeasured(t *testing.T) {
	s := start(t, "--stages", stages, crash)
	if got := s.code(t); got != 0 {
		t.Fatalf("exit code %d, want 0", got)
	}
	dir, id := s.run(t)
	nothingLeft(t, id, 0)
	for _, f := range []string{"plan.json", "run.json", "report.html", "report.json", "junit.xml", "summary.md"} {
		if st, err := os.Stat(filepath.Join(dir, f)); err != nil || st.Size() == 0 {
			t.Errorf("%s: %v", f, err)
		}
	}
	b, err := os.ReadFile(find(t, dir, "*/verdict.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Verdict   string
		Functions []struct {
			Recoveries []struct {
				Interrupted, Recovered bool
				Time                   time.Duration `json:"time_ns"`
			}
			Loss struct{ Acked, Lost int }
		}
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	f := v.Functions[0]
	if r := f.Recoveries[0]; !r.Interrupted || !r.Recovered || r.Time < time.Second {
		t.Errorf("a dead database and a decision of two seconds must be seen as an interruption: %+v", r)
	}
	if f.Loss.Acked < 100 || f.Loss.Lost != 0 {
		t.Errorf("ledger: %+v", f.Loss)
	}
	// The same ledger, counted the second way.
	h, err := history.ReadFile(find(t, dir, "*/history.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if err := crosscheck.Agree(h, analysis.Analyze(h)); err != nil {
		t.Error(err)
	}
	// The same verdict offline, to the byte.
	if out, err := exec.Command(bascule(t), "analyze", "--check", dir).CombinedOutput(); err != nil {
		t.Errorf("analyze --check: %v\n%s", err, out)
	}
}

// copyStage copies the shipped stage and changes one of its files.
func copyStage(t *testing.T, file, old, new string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "orders"), os.DirFS(filepath.Join(stages, "orders"))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "orders", file)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte(old)) {
		t.Fatalf("%s does not hold %q", file, old)
	}
	if err := os.WriteFile(path, bytes.Replace(b, []byte(old), []byte(new), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestAPromotionThatFailsIsTheReason(t *testing.T) {
	dir := copyStage(t, "runbooks/PRA-07.yaml", "command: [promote]", `command: ["false"]`)
	b, err := os.ReadFile(crash)
	if err != nil {
		t.Fatal(err)
	}
	// Nobody comes back, however long one waits.
	soon := filepath.Join(t.TempDir(), "crash.feature")
	if err := os.WriteFile(soon, bytes.Replace(b, []byte("30 secondes"), []byte("8 secondes"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	s := start(t, "--stages", dir, soon)
	if got := s.code(t); got != 1 {
		t.Fatalf("exit code %d, want 1", got)
	}
	run, id := s.run(t)
	nothingLeft(t, id, 0)
	b, err = os.ReadFile(filepath.Join(run, "summary.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "Promouvoir la base de Lyon") {
		t.Errorf("the report does not name the step that failed:\n%s", b)
	}
}

// until waits for a text in what the process printed.
func (s *started) until(t *testing.T, dir, text string) {
	t.Helper()
	end := time.Now().Add(2 * time.Minute)
	for time.Now().Before(end) {
		m, _ := filepath.Glob(filepath.Join(dir, "*", "*", "history.jsonl"))
		for _, f := range m {
			if b, err := os.ReadFile(f); err == nil && bytes.Contains(b, []byte(text)) {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("never saw %q in a history", text)
}

func TestKilledMidRunNothingIsLeft(t *testing.T) {
	t.Parallel() // nothing is measured: two at a time, after what is
	s := start(t, "--stages", stages, crash)
	s.until(t, s.dir, string(history.FaultInjected))
	if err := s.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.code(t)
	dir, id := s.run(t)
	nothingLeft(t, id, 30*time.Second)
	h, err := history.ReadFile(find(t, dir, "*/history.jsonl"))
	if err != nil {
		t.Fatalf("the history of a killed run cannot be read: %v", err)
	}
	if h.Complete {
		t.Error("a killed run calls itself complete")
	}
	out, err := exec.Command(bascule(t), "analyze", dir).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 {
		t.Errorf("analyze of a killed run: %v, want code 2\n%s", err, out)
	}
}

func TestInterruptStopsCleanly(t *testing.T) {
	t.Parallel() // nothing is measured: two at a time, after what is
	s := start(t, "--stages", stages, crash)
	s.until(t, s.dir, string(history.LoadStarted))
	if err := s.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if got := s.code(t); got != 2 {
		t.Errorf("exit code %d, want 2", got)
	}
	dir, id := s.run(t)
	nothingLeft(t, id, 0)
	if _, err := os.Stat(filepath.Join(dir, "report.html")); err != nil {
		t.Errorf("no report: %v", err)
	}
}

func TestTheEngineIsMissing(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, bascule(t), "run", "--out", t.TempDir(), "--stages", stages, crash)
	c.Env = append(os.Environ(), "DOCKER_HOST=unix:///nonexistent.sock")
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 4 {
		t.Errorf("%v, want code 4\n%s", err, out)
	}
}

// Every fault of the catalogue, on real containers: each bites, or the run is
// inconclusive; each is repaired, or writes are lost and the load stays broken.
func TestEveryFaultBitesAndHeals(t *testing.T) {
	s := start(t, "--stages", stages, "testdata/every-fault.feature")
	// 2 where this machine is too busy for an even load: what each fault did is
	// counted below, and a loss would be 1.
	if got := s.code(t); got != 0 && got != 2 {
		t.Fatalf("exit code %d, want 0 or 2", got)
	}
	dir, id := s.run(t)
	nothingLeft(t, id, 0)
	h, err := history.ReadFile(find(t, dir, "*/history.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	count := map[history.Kind]int{}
	for _, e := range h.Events {
		count[e.Kind]++
	}
	if count[history.FaultInjected] != 9 || count[history.FaultBiting] != 9 || count[history.FaultRecovered] != 9 {
		t.Errorf("of 9 faults %d were injected, %d bit, %d were repaired",
			count[history.FaultInjected], count[history.FaultBiting], count[history.FaultRecovered])
	}
}
