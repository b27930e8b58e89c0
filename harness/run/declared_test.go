package run

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"

	"bascule/harness/history"
	"bascule/harness/stage"
)

func TestWhatTheFilesDeclareIsInTheHeader(t *testing.T) {
	st, err := stage.Load("../stage/testdata/good", "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range declared(st) {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s -> %s %v %s %s", d.From, d.To, d.Ports, d.By, d.Name)))
	}
	for _, want := range []string{
		"paris/gateway -> paris/orders [] depends_on", "lyon/gateway -> lyon/orders [] depends_on", "lyon/db -> paris/db [5432] flows db.paris",
		"lyon/gateway -> lyon/stock [8443] dependencies", "paris/orders -> bank/acquirer [] dependencies", "lyon/orders -> smtp.example.com [25 587] dependencies",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("not declared: %q in\n%s", want, strings.Join(got, "\n"))
		}
	}
}

// twoSites has one service, db, on each of two sites, with its own mounts.
func twoSites(dir string, paris, lyon types.ServiceVolumeConfig, volumes types.Volumes) *stage.Stage {
	s := &stage.Stage{Dir: dir}
	for _, site := range []struct {
		id    string
		mount types.ServiceVolumeConfig
	}{{"paris", paris}, {"lyon", lyon}} {
		db := types.ServiceConfig{Name: "db"}
		db.Volumes = []types.ServiceVolumeConfig{site.mount}
		s.Sites = append(s.Sites, stage.Site{ID: site.id, Role: "primary", Project: &types.Project{Name: site.id, Volumes: volumes, Services: types.Services{"db": db}}})
	}
	return s
}

func TestStoresThatSitesShare(t *testing.T) {
	dir := filepath.Join(string(os.PathSeparator), "stages", "orders")
	bind := func(source string, readOnly bool) types.ServiceVolumeConfig {
		return types.ServiceVolumeConfig{Type: types.VolumeTypeBind, Source: source, ReadOnly: readOnly}
	}
	volume := types.ServiceVolumeConfig{Type: types.VolumeTypeVolume, Source: "data"}
	both := func(kind, source string) string {
		return fmt.Sprint([]history.SharedMount{{Kind: kind, Source: source, At: []string{"paris/db", "lyon/db"}}})
	}
	for name, c := range map[string]struct {
		paris, lyon types.ServiceVolumeConfig
		volumes     types.Volumes
		want        string
	}{
		"external volume":              {volume, volume, types.Volumes{"data": {Name: "shared", External: true}}, both("volume", "shared")},
		"volume of a name of its own":  {volume, volume, types.Volumes{"data": {Name: "shared"}}, both("volume", "shared")},
		"volume of the project":        {volume, volume, types.Volumes{"data": {}}, "[]"},
		"folder of the host":           {bind("/srv/share", false), bind("/srv/share", true), nil, both("bind", "/srv/share")},
		"two folders":                  {bind("/srv/a", false), bind("/srv/b", false), nil, "[]"},
		"file of the stage, read-only": {bind(dir+"/haproxy.cfg", true), bind(dir+"/haproxy.cfg", true), nil, "[]"},
		"folder of the stage, written": {bind(dir+"/data", false), bind(dir+"/data", true), nil, both("bind", "data")},
		"the clock of the machine":     {bind("/etc/localtime", true), bind("/etc/localtime", true), nil, "[]"},
		"the engine's socket":          {bind("/var/run/docker.sock", false), bind("/var/run/docker.sock", false), nil, "[]"},
	} {
		if got := fmt.Sprint(sharedMounts(twoSites(dir, c.paris, c.lyon, c.volumes))); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
