package containers

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bascule/harness/engine"
	"bascule/harness/fault"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// The light stage on which faults are tried.
const catalogueDir = "../../../cmd/testdata/stages/catalogue"

// notes is a recorder for tests.
type notes struct {
	mu     sync.Mutex
	events []history.Event
}

func (n *notes) Event(kind history.Kind, subject string, kv ...string) {
	e := history.Event{Kind: kind, Subject: subject, Attrs: map[string]string{}}
	for i := 0; i+1 < len(kv); i += 2 {
		e.Attrs[kv[i]] = kv[i+1]
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.events = append(n.events, e)
}

// proof is what showed that a fault bit.
func (n *notes) proof(id string) history.Text {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range n.events {
		if e.Kind == history.FaultBiting && e.Subject == id {
			return history.Text{FR: e.Attrs["proof_fr"], EN: e.Attrs["proof_en"]}
		}
	}
	return history.Text{}
}

// scene is a raised stage and its clients.
type scene struct {
	*Target
	notes *notes
	ids   atomic.Int64
}

// catalogue raises the light stage; it is gone when the test ends.
func catalogue(t *testing.T, faults ...plan.Fault) *scene {
	t.Helper()
	if testing.Short() {
		t.Skip("plays on real containers: not with -short")
	}
	e, err := engine.Connect(t.Context())
	if err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	t.Cleanup(func() { _ = e.Close() })
	if _, err := os.Stat(filepath.Join(catalogueDir, "bin", "catalogue")); err != nil {
		t.Skipf("NOT TESTED: the sample services are not built (make samples): %v", err)
	}
	if _, ok := e.HasImage(t.Context(), "debian:bookworm-slim"); !ok {
		t.Skip("NOT TESTED: the engine holds no debian:bookworm-slim (make prepare)")
	}
	st, err := stage.Load(catalogueDir, "")
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "bascule")
	c := exec.Command("go", "build", "-trimpath", "-o", binary, "bascule")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	run := fmt.Sprintf("t%d", time.Now().UnixNano()%1e9)
	scope := engine.Scope{Run: run, Scenario: "s", Owner: engine.Owner()}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	t.Cleanup(func() {
		bound, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if left, err := e.Sweep(bound, engine.LabelRun+"="+run); err != nil || left.Count() > 0 {
			t.Errorf("%s left: %v", left, err)
		}
	})
	if err := (Builder{Engine: e, Stage: st}).Images(ctx); err != nil {
		t.Fatal(err)
	}
	agent, err := BuildAgent(ctx, e, scope, binary)
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{notes: &notes{}}
	s.Target, err = New(Config{Engine: e, Stage: st, Scope: scope, Short: Name(run, 1), AgentImage: agent, Live: "1.0.0", Faults: faults, Rec: s.notes,
		Verify: func(context.Context, string) error { return s.pay(ctx) }})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Up(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.pay(ctx); err != nil {
		t.Fatalf("the stage does not work before any fault: %v", err)
	}
	return s
}

// pay is one payment by a client.
func (s *scene) pay(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	body := fmt.Sprintf(`{"id":"t-%d"}`, s.ids.Add(1))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.EntryURL()+"/payments", bytes.NewBufferString(body))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(res.Body, 1<<12))
	if res.StatusCode != http.StatusCreated {
		return fmt.Errorf("%s: %s", res.Status, said)
	}
	return nil
}

// eventually waits until payments end as wanted.
func (s *scene) eventually(t *testing.T, well bool, when string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		err := s.pay(ctx)
		if (err == nil) == well {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: payments never ended as they should; the last one: %v", when, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// inject puts a fault in force and wants its bite seen.
func (s *scene) inject(t *testing.T, id string, f plan.Fault) *fault.Injection {
	t.Helper()
	i, err := fault.New(id, f, s.Target, s.notes)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := i.AwaitBite(t.Context()); err != nil {
		t.Fatal(err)
	}
	i.AwaitSettled(t.Context()) // canaries confirm
	p := s.notes.proof(id)
	if p.FR == "" || p.EN == "" {
		t.Errorf("no proof of the bite in both languages: %+v", p)
	}
	t.Logf("%s: %s | %s", f.Kind, p.FR, p.EN)
	return i
}

func (s *scene) undo(t *testing.T, i *fault.Injection) {
	t.Helper()
	if err := i.Undo(t.Context()); err != nil {
		t.Fatal(err)
	}
}
