package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// database is the sample's PostgreSQL in a container of this test.
type database struct {
	t    *testing.T
	name string
	url  string
}

// raise starts a primary that waits for a standby named "nobody", so that its
// commits hang until it is degraded.
func raise(t *testing.T) *database {
	t.Helper()
	if testing.Short() {
		t.Skip("CONTAINER TEST SKIPPED: -short")
	}
	if out, err := docker(t, "image", "inspect", "--format", "{{.Id}}", "debian:bookworm-slim"); err != nil {
		t.Skipf("CONTAINER TEST SKIPPED: no engine, or no base image; `make prepare` sees to both: %v: %s", err, out)
	}
	if out, err := docker(t, "build", "-q", "-t", "bascule-sample/db:1", "-f", "../../images/db/Dockerfile", "../.."); err != nil {
		t.Fatalf("build the database image: %v: %s", err, out)
	}
	d := &database{t: t, name: fmt.Sprintf("bascule-orders-test-%d", time.Now().UnixNano())}
	t.Cleanup(func() {
		if out, err := exec.Command("docker", "rm", "-fv", d.name).CombinedOutput(); err != nil {
			t.Errorf("remove %s: %v: %s", d.name, err, out)
		}
	})
	if out, err := docker(t, "run", "-d", "--name", d.name, "-p", "127.0.0.1::5432",
		"-e", "SITE=paris", "-e", "STANDBY_NAME=nobody", "bascule-sample/db:1"); err != nil {
		t.Fatalf("start: %v: %s", err, out)
	}
	port, err := docker(t, "port", d.name, "5432/tcp")
	if err != nil {
		t.Fatalf("port: %v: %s", err, port)
	}
	d.url = "postgres://orders:orders@" + strings.Fields(port)[0] + "/orders?sslmode=disable"
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if _, err = docker(t, "exec", d.name, "pg_isready", "-q", "-h", "127.0.0.1"); err == nil {
			return d
		}
		if time.Now().After(deadline) {
			t.Fatalf("the database is not ready: %v", err)
		}
	}
}

func docker(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "docker", args...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// run runs a command of the image inside the container.
func (d *database) run(args ...string) string {
	d.t.Helper()
	out, err := docker(d.t, append([]string{"exec", d.name}, args...)...)
	if err != nil {
		d.t.Fatalf("%q: %v: %s", args, err, out)
	}
	return out
}

func (d *database) open(channel bool) *store {
	d.t.Helper()
	s, err := openStore(d.t.Context(), d.url, channel)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(s.close)
	return s
}

func TestStoreAgainstPostgreSQL(t *testing.T) {
	d := raise(t)
	old, now := d.open(false), d.open(true)
	ctx := t.Context()

	t.Run("a commit that waits for the standby is not acknowledged", func(t *testing.T) {
		if err := now.insert(ctx, order{ID: "waits", Item: "i", Quantity: 1}); !errors.Is(err, errUnknown) {
			t.Errorf("no answer in time: %v, want the outcome unknown", err)
		}
		result := make(chan error, 1)
		go func() { result <- old.insert(ctx, order{ID: "cancelled", Item: "i", Quantity: 1}) }()
		d.cancelWait()
		if err := <-result; !errors.Is(err, errUnknown) {
			t.Errorf("wait cancelled by an administrator: %v, want the outcome unknown", err)
		}
	})
	d.run("degrade")

	t.Run("an order is taken once, and read back by both releases", func(t *testing.T) {
		o := order{ID: "a", Item: "i", Quantity: 2, Channel: "web"}
		if err := now.insert(ctx, o); err != nil {
			t.Fatal(err)
		}
		for _, s := range []*store{old, now} {
			if err := s.insert(ctx, o); !errors.Is(err, errDuplicate) {
				t.Errorf("again: %v, want a duplicate", err)
			}
			if got, err := s.get(ctx, "a"); err != nil || got.Item != "i" || got.Quantity != 2 {
				t.Errorf("read back: %+v, %v", got, err)
			}
			if _, err := s.get(ctx, "b"); !errors.Is(err, errNotFound) {
				t.Errorf("unknown id: %v", err)
			}
		}
	})

	t.Run("both releases work on both schemas", func(t *testing.T) { bothSchemas(ctx, t, d, old, now) })

	t.Run("a read-only database refuses, and the pool recovers by itself", func(t *testing.T) {
		d.run("sql", "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
		eventually(t, "the store sees a read-only database", func() bool {
			s, err := now.state(ctx)
			return err == nil && !s.Writable
		})
		var notDone *notDoneError
		if err := now.insert(ctx, order{ID: "ro", Item: "i", Quantity: 1}); !errors.As(err, &notDone) {
			t.Errorf("insert: %v, want not done", err)
		}
		d.run("sql", "ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()")
		eventually(t, "orders are taken again", func() bool {
			return now.insert(ctx, order{ID: fmt.Sprint("again-", time.Now().UnixNano()), Item: "i", Quantity: 1}) == nil
		})
	})
}

// cancelWait cancels the wait of a commit for the standby, as pg_cancel_backend
// of an administrator does: PostgreSQL then reports success, with a warning.
func (d *database) cancelWait() {
	d.t.Helper()
	eventually(d.t, "a commit waits for the standby", func() bool {
		return strings.Contains(d.run("sql",
			"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND usename = 'orders'"), "t")
	})
}

func bothSchemas(ctx context.Context, t *testing.T, d *database, old, now *store) {
	check := func(step string, schema int, channel string) {
		t.Helper()
		for name, s := range map[string]*store{"old": old, "new": now} {
			id := step + "-" + name
			if err := s.insert(ctx, order{ID: id, Item: "i", Quantity: 1, Channel: "web"}); err != nil {
				t.Errorf("%s: insert: %v", id, err)
			}
			if got, err := old.get(ctx, id); err != nil || got.Channel != "" {
				t.Errorf("%s: read by the old release: %+v, %v", id, got, err)
			}
			want := channel
			if name == "old" {
				want = unknownChannel
			}
			if got, err := now.get(ctx, id); err != nil || got.Channel != want {
				t.Errorf("%s: read by the new release: %+v, %v; want channel %q", id, got, err, want)
			}
		}
		if s, err := now.state(ctx); err != nil || s.Schema != schema {
			t.Errorf("%s: schema %d, %v; want %d", step, s.Schema, err, schema)
		}
	}
	check("before", 1, unknownChannel)

	interrupted, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := migrate(interrupted, d, (*migration).up); err == nil {
		t.Error("a migration that was interrupted says that it is done")
	}
	check("half-way", 1, "web")
	if err := migrate(ctx, d, (*migration).up); err != nil {
		t.Fatal(err)
	}
	if left := d.run("sql", "SELECT count(*) FROM orders WHERE channel IS NULL"); left != "0" {
		t.Errorf("%s orders were left without a channel", left)
	}
	check("after", 2, "web")
	began := time.Now()
	if err := migrate(ctx, d, (*migration).up); err != nil || time.Since(began) > 2*time.Second {
		t.Errorf("a second migration: %v after %s, want nothing to do", err, time.Since(began))
	}
	for range 2 {
		if err := migrate(ctx, d, (*migration).down); err != nil {
			t.Fatal(err)
		}
	}
	check("back", 1, unknownChannel)
}

func migrate(ctx context.Context, d *database, do func(*migration, context.Context) error) error {
	m, err := openMigration(ctx, d.url)
	if err != nil {
		return err
	}
	defer m.close()
	return do(m, ctx)
}

func TestOneMigrationAtATime(t *testing.T) {
	d := raise(t)
	first, err := openMigration(t.Context(), d.url)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := openMigration(t.Context(), d.url); err == nil {
		second.close()
		t.Error("two migrations run at once")
	}
	first.close()
	eventually(t, "the next migration gets in", func() bool {
		m, err := openMigration(t.Context(), d.url)
		if err == nil {
			m.close()
		}
		return err == nil
	})
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after 10 s, not yet: %s", what)
		}
	}
}
