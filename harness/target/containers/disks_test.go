package containers

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"

	"bascule/harness/fault"
	"bascule/harness/hand"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

type noServer struct{}

func (noServer) PutDisk(context.Context, hand.Disk) error { return nil }

// Only the volumes that the plan will hurt come from the hand, and only where
// there is one.
func TestOnlyHurtVolumesComeFromTheHand(t *testing.T) {
	st, err := stage.Load(catalogueDir, "")
	if err != nil {
		t.Fatal(err)
	}
	target, err := New(Config{Stage: st, Short: "bascule-abc-01", Faults: []plan.Fault{
		{Kind: plan.DiskFull, Site: "paris", Service: "db"},
		{Kind: plan.DiskSlow, Site: "lyon", Service: "web"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	mounts := func(site string) []mount.Mount {
		t.Helper()
		m, err := target.one(site, "db")
		if err != nil {
			t.Fatal(err)
		}
		h := &container.HostConfig{}
		target.host(h, m, m.compose())
		return h.Mounts
	}
	plain := func(site string) []mount.Mount {
		return []mount.Mount{{Type: mount.TypeVolume, Source: "bascule-abc-01-" + site + "-pgdata", Target: "/var/lib/postgresql/data"}}
	}
	if got := mounts("paris"); !slices.Equal(got, plain("paris")) {
		t.Errorf("without a hand: %+v", got)
	}
	target.disks.server = noServer{}
	served := []mount.Mount{{Type: mount.TypeBind, Source: "/run/bascule/bascule-abc-01/bascule-abc-01-paris-pgdata", Target: "/var/lib/postgresql/data"}}
	if got := mounts("paris"); !slices.Equal(got, served) {
		t.Errorf("with a hand: %+v, want %+v", got, served)
	}
	if got := mounts("lyon"); !slices.Equal(got, plain("lyon")) {
		t.Errorf("a volume that no fault names: %+v", got)
	}

	db := []fault.Member{{Site: "paris", Service: "db", Instance: 1}}
	for _, volume := range []string{"", "pgdata"} {
		if got, err := target.disksOf(db, volume); err != nil || !slices.Equal(got, []string{"bascule-abc-01-paris-pgdata"}) {
			t.Errorf("volumes of %v: %v, %v", db, got, err)
		}
	}
	for want, f := range map[string]func() ([]string, error){
		"it has: pgdata": func() ([]string, error) { return target.disksOf(db, "data") },
		"no named volume": func() ([]string, error) {
			return target.disksOf([]fault.Member{{Site: "lyon", Service: "web", Instance: 1}}, "")
		},
		"was not in the pl": func() ([]string, error) {
			return target.disksOf([]fault.Member{{Site: "lyon", Service: "db", Instance: 1}}, "")
		},
	} {
		if _, err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
