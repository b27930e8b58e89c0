package cmd_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bascule/harness/engine"
)

// A look at the engine that is killed is watched over: somebody else asks the
// engine for what it raised. The engine is a fake one, on which the look hangs.
func TestALookThatIsKilledHasAReaper(t *testing.T) {
	dir, err := os.MkdirTemp("", "bsc") // not t.TempDir: the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ln, err := net.Listen("unix", filepath.Join(dir, "e.sock"))
	if err != nil {
		t.Fatal(err)
	}
	builds, lists := make(chan string, 1), make(chan string, 100)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.41")
		w.Header().Set("Content-Type", "application/json")
		switch path := r.URL.Path; {
		case strings.HasSuffix(path, "/_ping"):
			fmt.Fprint(w, "OK")
		case strings.HasSuffix(path, "/info"):
			fmt.Fprint(w, `{"ServerVersion":"20.10","KernelVersion":"6"}`)
		case strings.HasSuffix(path, "/build"):
			builds <- r.URL.Query().Get("labels")
			<-r.Context().Done()
		case strings.HasSuffix(path, "/images/json"): // the last of what a reaper asks in one look
			select {
			case lists <- r.URL.Query().Get("filters"):
			default:
			}
			fmt.Fprint(w, `[]`)
		case strings.HasSuffix(path, "/volumes"):
			fmt.Fprint(w, `{"Volumes":[]}`)
		default:
			fmt.Fprint(w, `[]`)
		}
	})}
	go func() { _ = server.Serve(ln) }()
	defer func() { _ = server.Close() }()

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, build(t), "faults", "--engine")
	c.Env = append(os.Environ(), "DOCKER_HOST=unix://"+filepath.Join(dir, "e.sock"))
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Process.Kill() }() // it may have ended
	var labels map[string]string
	select {
	case text := <-builds:
		if err := json.Unmarshal([]byte(text), &labels); err != nil {
			t.Fatal(err)
		}
	case <-ctx.Done():
		t.Fatal("the look never built what it raises")
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	wait := time.NewTimer(20 * time.Second)
	defer wait.Stop()
	for looks := 0; looks < 3; { // then it has ended
		select {
		case asked := <-lists:
			if strings.Contains(asked, engine.LabelRun+"="+labels[engine.LabelRun]) {
				looks++
			}
		case <-wait.C:
			t.Fatalf("nobody asked for what is left of the look %s", labels[engine.LabelRun])
		}
	}
}
