package snapshot

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"

	"bascule/harness/history"
)

func sealer(t *testing.T) Sealer {
	t.Helper()
	s, err := NewSealer()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func described() container.InspectResponse {
	pids := int64(200)
	return container.InspectResponse{
		ID: "0123", Image: "sha256:abc",
		Config: &container.Config{
			Image: "shop/orders:1.4.0", Hostname: "0123", User: "65534", WorkingDir: "/srv",
			Env:          []string{"SITE=paris", "TOKEN=hunter2-hunter2", "EMPTY=", "LD_PRELOAD=/clock.so"},
			Cmd:          []string{"serve", "--password=correct-horse"},
			Entrypoint:   []string{"/orders"},
			ExposedPorts: network.PortSet{network.MustParsePort("8080/tcp"): {}},
			Labels:       map[string]string{"team": "sales-secret", "bascule.run": "r1", "org.testcontainers": "true"},
			Healthcheck:  &container.HealthConfig{Test: []string{"CMD", "curl", "http://user:battery-staple@localhost"}, Interval: time.Second, Retries: 3},
		},
		HostConfig: &container.HostConfig{
			RestartPolicy: container.RestartPolicy{Name: "on-failure", MaximumRetryCount: 3},
			Resources:     container.Resources{Memory: 1 << 20, NanoCPUs: 15e8, PidsLimit: &pids, Ulimits: []*container.Ulimit{{Name: "nofile", Soft: 10, Hard: 20}}},
			CapDrop:       []string{"NET_RAW", "ALL"}, ReadonlyRootfs: true, Sysctls: map[string]string{"net.core.somaxconn": "1024"},
			Tmpfs: map[string]string{"/tmp": "size=1m"},
		},
		Mounts: []container.MountPoint{
			{Type: mount.TypeVolume, Name: "bascule-x-paris-pgdata", Source: "/var/lib/docker/volumes/…", Destination: "/data", RW: true},
			{Type: mount.TypeVolume, Name: "f00ba4", Destination: "/cache", RW: true},
			{Type: mount.TypeBind, Source: "/srv/stage/conf", Destination: "/etc/conf"},
			{Type: mount.TypeBind, Source: "/mnt/disks/paris-logs", Destination: "/logs", RW: true},
		},
	}
}

func TestContainer(t *testing.T) {
	seal := sealer(t)
	got := Container(described(), seal, Place{
		Dir: "/srv/stage", Ours: []string{"bascule.", "org.testcontainers"}, Own: []string{"LD_PRELOAD"},
		Volumes: map[string]string{"bascule-x-paris-pgdata": "pgdata", "/mnt/disks/paris-logs": "logs"},
	})
	for key, want := range map[string]string{
		"image.ref": "shop/orders:1.4.0", "image.digest": "sha256:abc", "run.user": "65534", "run.folder": "/srv", "run.restart": "on-failure:3",
		"expose.8080/tcp": "yes", "health.interval": "1s", "health.retries": "3", "limit.memory": "1048576", "limit.cpus": "1.5", "limit.pids": "200",
		"limit.nofile": "10:20", "run.cap_drop": "ALL,NET_RAW", "run.read_only": "yes", "sysctl.net.core.somaxconn": "1024",
		"mount./data": "volume pgdata rw", "mount./cache": "volume (anonymous) rw", "mount./etc/conf": "bind ./conf ro", "mount./logs": "volume logs rw", "mount./tmp": "tmpfs size=1m",
		"env.SITE": seal.Seal([]byte("paris")), "env.EMPTY": seal.Seal(nil),
	} {
		if got[key] != want {
			t.Errorf("%s is %q, want %q", key, got[key], want)
		}
	}
	for key := range got {
		if !strings.Contains(key, ".") {
			t.Errorf("key %q has no dot: it could be taken for another attribute", key)
		}
		if slices.Contains([]string{"env.LD_PRELOAD", "label.bascule.run", "label.org.testcontainers"}, key) || strings.Contains(key, "hostname") {
			t.Errorf("%s differs from site to site by our own doing", key)
		}
	}
}

// No value that may be secret is in any fact, whatever it was part of.
func TestNothingSecretIsKept(t *testing.T) {
	seal := sealer(t)
	f := Container(described(), seal, Place{})
	f.File("secret.api", []byte("the-api-key-itself"), seal)
	all := strings.Join(f.Pairs(), "\n")
	for _, secret := range []string{"hunter2", "paris", "correct-horse", "battery-staple", "sales-secret", "the-api-key"} {
		if secret == "paris" {
			continue // stands in the name of a volume as well
		}
		if strings.Contains(all, secret) {
			t.Errorf("%q can be read in the facts:\n%s", secret, all)
		}
	}
	if f["env.SITE"] == "paris" || !strings.HasPrefix(f["env.SITE"], history.Hidden) {
		t.Errorf("env.SITE is %q", f["env.SITE"])
	}
}

func TestSealsOfTwoRunsHaveNothingInCommon(t *testing.T) {
	a, b := sealer(t), sealer(t)
	first, again := a.Seal([]byte("x")), a.Seal([]byte("x"))
	if first != again || first == a.Seal([]byte("y")) {
		t.Error("within a run equal values are equal, others are not")
	}
	if a.Seal([]byte("x")) == b.Seal([]byte("x")) {
		t.Error("a hash of one run can be looked up in another one")
	}
}

const dpkg = `Package: adduser
Status: install ok installed
Version: 3.134
Description: add users
 Version: 9 is not a field here
	nor this

Package: gone
Status: deinstall ok config-files
Version: 1

Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9

Package: libc6
Status: install ok installed
Architecture: i386
Version: 2.36-8
`

func TestPackages(t *testing.T) {
	if got, want := Dpkg([]byte(dpkg)), (Facts{"package.adduser": "3.134", "package.libc6": "2.36-9", "package.libc6:i386": "2.36-8"}); !maps.Equal(got, want) {
		t.Errorf("dpkg: %v, want %v", got, want)
	}
	// A package's own file of an image without a shell tells no state.
	if got, want := Dpkg([]byte("Package: base\nVersion: 12")), (Facts{"package.base": "12"}); !maps.Equal(got, want) {
		t.Errorf("status.d: %v, want %v", got, want)
	}
	if got, want := Apk([]byte("C:Q1\nP:musl\nV:1.2.4-r2\n\nP:zlib\nV:1.3-r0\nF:lib\n")), (Facts{"package.musl": "1.2.4-r2", "package.zlib": "1.3-r0"}); !maps.Equal(got, want) {
		t.Errorf("apk: %v, want %v", got, want)
	}
}

func FuzzPackages(f *testing.F) {
	for _, s := range []string{"", dpkg, "P:musl\nV:1\n", "Package:\n\n\n", ": \n :", "Package: a\nStatus: \nVersion: 1", strings.Repeat("x", 100)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, facts := range []Facts{Dpkg(content), Apk(content)} {
			for k, v := range facts {
				name, ok := strings.CutPrefix(k, "package.")
				if !ok || name == "" || v == "" || strings.ContainsAny(k+v, "\n") {
					t.Errorf("%q: %q", k, v)
				}
			}
		}
	})
}

func FuzzSchema(f *testing.F) {
	for _, s := range []string{"{}", `{"schema.table.orders":"table"}`, `{"a":1}`, "", "[]", "null"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		if facts, err := ReadSchema(answer, Sealer{}); err == nil {
			facts.Pairs()
		}
	})
}

func TestReadSchema(t *testing.T) {
	seal := sealer(t)
	got, err := ReadSchema(`{"schema.version" : "2", "replication.role" : "standby", "schema.default.t.c": "'s3cr3t'::text"}`, seal)
	want := Facts{"schema.version": "2", "replication.role": "standby", "schema.default.t.c": seal.Seal([]byte("'s3cr3t'::text"))}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := ReadSchema("psql: error", seal); err == nil {
		t.Error("an answer that is none was taken")
	}
}
