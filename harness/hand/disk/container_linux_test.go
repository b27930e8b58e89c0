package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"

	"bascule/harness/engine"
	"bascule/harness/hand"
)

const database = "bascule-sample/db:1"

// place is an engine with a run of its own, swept when the test ends.
type place struct {
	*engine.Engine
	engine.Scope
	control engine.Network
}

func onEngine(t *testing.T) *place {
	t.Helper()
	e, err := engine.Connect(t.Context())
	if err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	p := &place{Engine: e, Scope: engine.Scope{Run: fmt.Sprintf("disk-%d-%d", os.Getpid(), time.Now().UnixNano()%1e9), Owner: engine.Owner()}}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if left, err := e.Sweep(ctx, engine.LabelRun+"="+p.Run); err != nil || left.Count() > 0 {
			t.Errorf("left behind: %s: %v", left, err)
		}
		_ = e.Close()
	})
	if p.control, err = e.CreateControlNetwork(t.Context(), p.Scope, p.Run); err != nil {
		t.Fatal(err)
	}
	return p
}

// postgres starts a database whose data are in a folder of this machine.
func (p *place) postgres(t *testing.T, folder string) (id string) {
	t.Helper()
	if _, ok := p.HasImage(t.Context(), database); !ok {
		t.Skipf("NOT TESTED: the engine holds no %s (make samples, bascule plan)", database)
	}
	id, err := p.Create(t.Context(), engine.Spec{Name: p.Run + "-db", Image: database, Network: p.control, Labels: p.Labels(nil),
		Config: func(c *container.Config) { c.Env = []string{"SITE=here", "SYNCHRONOUS=off"} },
		Host: func(h *container.HostConfig) {
			h.Mounts = []mount.Mount{{Type: mount.TypeBind, Source: folder, Target: "/var/lib/postgresql/data"}}
		}})
	if err == nil {
		err = p.Start(t.Context(), id)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.answers(t, id)
	return id
}

// answers waits until the database takes queries.
func (p *place) answers(t *testing.T, id string) {
	t.Helper()
	end := time.Now().Add(30 * time.Second)
	for {
		_, err := p.sql(t, id, "select 1")
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the database never answered: %v; its last lines:\n%s", err, p.Tail(t.Context(), id, 15))
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (p *place) sql(t *testing.T, id, query string) (string, error) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	out, err := p.Exec(ctx, id, []string{"sql", query})
	return strings.TrimSpace(out), err
}

// PostgreSQL on a volume that fails, and after it: what it acknowledged is there.
func TestPostgres(t *testing.T) {
	d, _, target := served(t)
	p := onEngine(t)
	id := p.postgres(t, target)
	act := func(kind hand.ActKind, latency time.Duration) (met func() uint64, undo func()) {
		t.Helper()
		if err := d.Apply(hand.Act{ID: string(kind), Kind: kind, Latency: latency, Disk: []string{"data"}}); err != nil {
			t.Fatal(err)
		}
		return func() uint64 { return d.Met(string(kind)) }, func() { d.Undo(string(kind)) }
	}
	if _, err := p.sql(t, id, "create table filler (id serial primary key, x text)"); err != nil {
		t.Fatal(err)
	}
	insert := func(rows int) error {
		_, err := p.sql(t, id, fmt.Sprintf("insert into filler(x) select repeat('x', 1000) from generate_series(1, %d)", rows))
		return err
	}
	if err := insert(100); err != nil {
		t.Fatal(err)
	}
	acknowledged := 100

	met, undo := act(hand.DiskSlow, 300*time.Millisecond)
	began := time.Now()
	if err := insert(1); err != nil || time.Since(began) < 300*time.Millisecond || met() == 0 {
		t.Errorf("slow: an insert took %s, %d calls met it, %v", time.Since(began), met(), err)
	}
	acknowledged++
	undo()
	if began = time.Now(); insert(1) != nil || time.Since(began) > 300*time.Millisecond {
		t.Errorf("slow: an insert after it took %s", time.Since(began))
	}
	acknowledged++

	met, undo = act(hand.DiskFull, 0)
	if err := insert(5000); err == nil || !strings.Contains(err.Error(), "No space left on device") || met() == 0 {
		t.Errorf("full: %v, %d calls met it", err, met())
	}
	if got, err := p.sql(t, id, "select count(*) from filler"); err != nil || got != fmt.Sprint(acknowledged) {
		t.Errorf("full: %q rows can be read, %v", got, err)
	}
	undo()
	if err := insert(5000); err != nil {
		t.Errorf("full: an insert after it: %v", err)
	} else {
		acknowledged += 5000
	}

	met, undo = act(hand.DiskReadOnly, 0)
	if err := insert(10); err == nil || met() == 0 {
		t.Errorf("read-only: an insert passed, %d calls met it", met())
	}
	undo()
	// Its log being refused is what PostgreSQL does not go on after.
	if s, err := p.Inspect(t.Context(), id); err == nil && !s.Running {
		if err := p.Start(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	p.answers(t, id)
	if got, err := p.sql(t, id, "select count(*) from filler"); err != nil || got != fmt.Sprint(acknowledged) {
		t.Errorf("after all: %q rows, want %d; %v", got, acknowledged, err)
	}
}

// handImage is an image of this very test program, which TestHelperHand and
// TestHelperTidy make a small hand.
func (p *place) handImage(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "hand")
	c := exec.Command("go", "test", "-c", "-o", bin, ".")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	tag := "bascule-test-hand:" + p.Run
	if err := p.BuildScratch(t.Context(), tag, bin, p.Labels(nil)); err != nil {
		t.Fatal(err)
	}
	return tag
}

// startHand raises a hand that serves a volume.
func (p *place) startHand(t *testing.T, image, volume string) (id, target string) {
	t.Helper()
	folder, err := p.VolumeFolder(t.Context(), volume)
	if err != nil {
		t.Fatal(err)
	}
	target = Target(p.Run, "data")
	id, err = p.Create(t.Context(), engine.Spec{Name: p.Run + "-hand", Image: image, Network: p.control,
		Labels: p.Labels(map[string]string{engine.LabelTidy: "-test.run ^TestHelperTidy$"}),
		Config: func(c *container.Config) {
			c.Cmd = []string{"-test.run", "^TestHelperHand$"}
			c.Env = []string{"DISK_SOURCE=" + folder, "DISK_TARGET=" + target}
		},
		Host: Needs})
	if err == nil {
		err = p.Start(t.Context(), id)
	}
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); !strings.Contains(p.Tail(t.Context(), id, 20), "mounted"); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the hand does not mount; it says:\n%s", p.Tail(t.Context(), id, 20))
		}
	}
	return id, target
}

// SIGKILL of everything, the hand first: a sweep leaves neither containers nor
// volumes nor a dead file system.
func TestKilledHandIsSwept(t *testing.T) {
	p := onEngine(t)
	if err := p.CreateVolume(t.Context(), p.Scope, p.Run); err != nil {
		t.Fatal(err)
	}
	handID, target := p.startHand(t, p.handImage(t), p.Run)
	db := p.postgres(t, target)
	if err := errors.Join(p.Kill(t.Context(), handID), p.Kill(t.Context(), db)); err != nil {
		t.Fatal(err)
	}
	if !mounted(t, target) {
		t.Fatal("the killed hand left nothing mounted: this test tests nothing")
	}
	began := time.Now()
	left, err := p.Sweep(t.Context(), engine.LabelRun+"="+p.Run)
	t.Logf("swept in %s", time.Since(began).Round(time.Millisecond))
	if err != nil || left.Count() > 0 {
		t.Errorf("left behind: %s: %v", left, err)
	}
	if mounted(t, target) {
		t.Errorf("%s is still mounted", target)
	}
	if _, err := os.Lstat(filepath.Dir(target)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left: %v", filepath.Dir(target), err)
	}
}

// mounted looks into this process's view, which is the engine's on a machine
// that runs both.
func mounted(t *testing.T, target string) bool {
	t.Helper()
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(table), " "+target+" ")
}

// TestHelperTidy is no test: it is what a container runs after TestHelperHand
// was killed.
func TestHelperTidy(t *testing.T) {
	if os.Getenv("DISK_SOURCE") == "" && os.Getppid() != 0 && Outside() != 0 {
		if err := Tidy(Outside()); err != nil {
			t.Fatal(err)
		}
	}
}
