package run

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bascule/harness/analysis"
	"bascule/harness/engine"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// fakeEngine answers as an engine that holds nothing. It dies, or refuses, where
// a test says so before it starts.
type fakeEngine struct {
	t      *testing.T
	path   string // of its socket
	server *http.Server
	dieAt  string // dies of a request that begins so
	refuse string // answers an error to a request that begins so

	mu    sync.Mutex
	asked []string // "GET /containers/json?...", without the version
}

// newFakeEngine names the engine in the environment; it does not answer yet.
func newFakeEngine(t *testing.T) *fakeEngine {
	t.Helper()
	dir, err := os.MkdirTemp("", "bsc") // not t.TempDir: the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	f := &fakeEngine{t: t, path: filepath.Join(dir, "e.sock")}
	t.Setenv("DOCKER_HOST", "unix://"+f.path)
	return f
}

// start lets it answer, until the end of the test.
func (f *fakeEngine) start() {
	f.t.Helper()
	ln, err := net.Listen("unix", f.path)
	if err != nil {
		f.t.Error(err)
		return
	}
	f.server = &http.Server{Handler: f}
	f.t.Cleanup(func() { _ = f.server.Close() })
	go func() { _ = f.server.Serve(ln) }()
}

// connect starts it and connects to it.
func (f *fakeEngine) connect() *engine.Engine {
	f.t.Helper()
	f.start()
	e, err := engine.Connect(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = e.Close() })
	return e
}

// was tells whether something was asked that begins and goes on so.
func (f *fakeEngine) was(begin, part string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.asked {
		if strings.HasPrefix(a, begin) && strings.Contains(a, part) {
			return true
		}
	}
	return false
}

func (f *fakeEngine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if strings.HasPrefix(path, "/v1.") {
		path = path[strings.Index(path[1:], "/")+1:]
	}
	asked := r.Method + " " + path
	f.mu.Lock()
	f.asked = append(f.asked, asked+"?"+r.URL.RawQuery)
	f.mu.Unlock()
	dies, refuses := f.dieAt != "" && strings.HasPrefix(asked, f.dieAt), f.refuse != "" && strings.HasPrefix(asked, f.refuse)
	w.Header().Set("Api-Version", "1.41")
	w.Header().Set("Content-Type", "application/json")
	switch {
	case dies:
		_ = f.server.Close() // with every connection, this one too
	case refuses:
		http.Error(w, `{"message":"not now"}`, http.StatusInternalServerError)
	case path == "/_ping":
		fmt.Fprint(w, "OK")
	case path == "/info":
		fmt.Fprint(w, `{"ServerVersion":"20.10","KernelVersion":"6"}`)
	case path == "/volumes":
		fmt.Fprint(w, `{"Volumes":[]}`)
	case strings.HasSuffix(path, "/json") || path == "/networks":
		fmt.Fprint(w, `[]`)
	default:
		http.Error(w, `{"message":"not here"}`, http.StatusNotFound)
	}
}

// watched is a progress that a test looks into.
type watched struct{ step func(text string) }

func (p watched) Note(string) {}
func (p watched) Scenario(int, int, plan.Scenario, int) Track {
	return watchedTrack(p)
}

type watchedTrack struct{ step func(text string) }

func (t watchedTrack) Step(text string)   { t.step(text) }
func (watchedTrack) Event(history.Event)  {}
func (watchedTrack) Done(analysis.Result) {}

// fourScenarios is a run of four scenarios of the shipped stage, on a fake engine.
func fourScenarios(t *testing.T, e *engine.Engine) Config {
	t.Helper()
	st, err := stage.Load("../../scenarios/orders", "")
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Engine: e, Stages: map[string]*stage.Stage{"orders": st}, ID: "20260101-000000-abcdef", Parallel: 1, rank: &rank{},
		Progress: watched{step: func(string) {}}, Stamp: func(plan.Scenario) string { return "s" }}
	for i := range 4 {
		c.Plan.Scenarios = append(c.Plan.Scenarios, plan.Scenario{ID: fmt.Sprintf("c%03d", i+1), Name: "one", Language: "en", Stage: "orders", Live: "1.4.0"})
	}
	return c
}
