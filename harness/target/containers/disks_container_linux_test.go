package containers

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"bascule/harness/engine"
	"bascule/harness/fault"
	"bascule/harness/hand"
	"bascule/harness/hand/disk"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// nearby serves volumes from this process: the engine runs on this machine.
type nearby struct{ *disk.Disks }

func (n nearby) PutDisk(_ context.Context, d hand.Disk) error { return n.Put(d) }

// A service of a stage lives on a volume that fills up, and on the empty one
// that takes its place.
func TestDiskOfAService(t *testing.T) {
	if testing.Short() {
		t.Skip("plays on real containers: not with -short")
	}
	e, err := engine.Connect(t.Context())
	if err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	t.Cleanup(func() { _ = e.Close() })
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: mounting file systems needs root")
	}
	disks := disk.New(0)
	if why := disks.Capability(); why != "" {
		t.Skipf("NOT TESTED: %s", why)
	}
	st, err := stage.Load(catalogueDir, "")
	if err != nil {
		t.Fatal(err)
	}
	run := fmt.Sprintf("t%d", time.Now().UnixNano()%1e9)
	target, err := New(Config{Engine: e, Stage: st, Scope: engine.Scope{Run: run, Scenario: "s", Owner: engine.Owner()}, Short: Name(run, 1), Live: "1.0.0",
		Rec: &notes{}, Faults: []plan.Fault{{Kind: plan.DiskFull, Site: "paris", Service: "db"}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	t.Cleanup(func() {
		bound, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if left, err := target.Down(bound); err != nil || left > 0 {
			t.Errorf("%d left: %v", left, err)
		}
		if err := disks.Clear(); err != nil {
			t.Error(err)
		}
	})
	if err := target.networks(ctx); err != nil {
		t.Fatal(err)
	}
	if err := target.serveDisks(ctx, nearby{disks}); err != nil {
		t.Fatal(err)
	}
	db := fault.Member{Site: "paris", Service: "db", Instance: 1}
	m, err := target.one("paris", "db")
	if err != nil {
		t.Fatal(err)
	}
	m.env = map[string]string{"SYNCHRONOUS": "off"} // its standby does not run
	raise := func() {
		t.Helper()
		if err := target.create(ctx, m, "1.0.0"); err != nil {
			t.Fatal(err)
		}
		if err := target.Start(ctx, db); err != nil {
			t.Fatal(err)
		}
		if err := e.WaitReady(ctx, m.container(), m.String()); err != nil {
			t.Fatal(err)
		}
	}
	fill := func() error {
		_, err := e.Exec(ctx, m.container(), []string{"sql", "create table if not exists filler (x text)", "insert into filler select repeat('x', 1000) from generate_series(1, 5000)"})
		return err
	}
	raise()
	if err := fill(); err != nil {
		t.Fatal(err)
	}
	names, err := target.disksOf([]fault.Member{db}, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := disks.Apply(hand.Act{ID: "full", Kind: hand.DiskFull, Disk: names}); err != nil {
		t.Fatal(err)
	}
	if err := fill(); err == nil || !strings.Contains(err.Error(), "No space left on device") || disks.Met("full") == 0 {
		t.Errorf("on a full volume: %v, %d calls met it", err, disks.Met("full"))
	}
	disks.Undo("full")
	if err := fill(); err != nil {
		t.Errorf("after the fault: %v", err)
	}

	// A runbook may start the service afresh: its volume is emptied, and served
	// again.
	if err := target.removeContainer(ctx, m); err != nil {
		t.Fatal(err)
	}
	if err := target.emptyVolume(ctx, "paris", "pgdata"); err != nil {
		t.Fatal(err)
	}
	raise()
	if out, err := e.Exec(ctx, m.container(), []string{"sql", "select to_regclass('filler') is null"}); err != nil || strings.TrimSpace(out) != "t" {
		t.Errorf("the emptied volume is not empty: %q, %v", out, err)
	}
	folder, err := e.VolumeFolder(ctx, names[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(folder + "/15/PG_VERSION"); err != nil {
		t.Errorf("the data are not in the engine's volume: %v", err)
	}
}
