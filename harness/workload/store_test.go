package workload

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"bascule/harness/stage"
)

// privatePostgres starts a PostgreSQL of the test's own on loopback, and tells
// its address. It is stopped and removed with the test.
func privatePostgres(t *testing.T) string {
	t.Helper()
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(bins) == 0 {
		t.Skip("SKIPPED: no PostgreSQL server on this machine (Debian: postgresql-15); reading a store is not tested")
	}
	bin := bins[len(bins)-1]
	dir, err := os.MkdirTemp("", "bascule-pg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	// The server refuses to run as root.
	var as *syscall.Credential
	if os.Getuid() == 0 {
		u, err := user.Lookup("nobody")
		if err != nil {
			t.Skip("SKIPPED: PostgreSQL does not run as root, and there is no user nobody")
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	command := func(ctx context.Context, name string, args ...string) *exec.Cmd {
		c := exec.CommandContext(ctx, filepath.Join(bin, name), args...)
		c.Dir, c.SysProcAttr = dir, &syscall.SysProcAttr{Credential: as}
		return c
	}
	data, secret := filepath.Join(dir, "data"), filepath.Join(dir, "pw")
	if err := os.WriteFile(secret, []byte("orders"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := command(t.Context(), "initdb", "-D", data, "-U", "orders", "--auth=scram-sha-256", "--pwfile="+secret, "-N").CombinedOutput()
	if err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(addr)
	// Not the test's own context: that one ends before the clean-up runs.
	server := command(context.Background(), "postgres", "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories="+dir, "-c", "fsync=off")
	var log strings.Builder
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGQUIT)
		_ = server.Wait()
	})
	for until := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err := StoreWritable(ctx, testStore(), addr)
		cancel()
		if err == nil {
			return addr
		}
		if time.Now().After(until) {
			t.Fatalf("PostgreSQL does not answer: %v\n%s", err, log.String())
		}
	}
}

func testStore() stage.Store {
	return stage.Store{ID: "orders-db", Driver: "postgres", User: "orders", Password: "orders", Database: "postgres", Table: `public.or"ders`, Column: "Id"}
}

func TestReadStore(t *testing.T) {
	addr := privatePostgres(t)
	noLeak(t)
	exec := func(q string, args ...any) {
		t.Helper()
		c, err := pgx.Connect(t.Context(), "postgres://orders:orders@"+addr+"/postgres?sslmode=disable")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close(t.Context())
		if _, err := c.Exec(t.Context(), q, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`create table "or""ders" ("Id" text)`)
	exec(`insert into "or""ders" select 't1-' || n from generate_series(1, 5000) n`)
	exec(`insert into "or""ders" values ('t1-7'), ('t1v-8'), ('t1-x'), ('t2-9'), ('t10-9')`)
	rows, err := ReadStore(t.Context(), testStore(), addr, "t1")
	if err != nil {
		t.Fatal(err)
	}
	if len(rows.Copies) != 5000 || rows.Copies[7] != 2 || rows.Copies[8] != 1 || rows.Foreign != 1 {
		t.Errorf("%d rows, %d copies of 7, %d foreign; want 5000, 2, 1", len(rows.Copies), rows.Copies[7], rows.Foreign)
	}

	// Writable follows what the server would do with a write.
	check := func(want bool) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if got, err := StoreWritable(ctx, testStore(), addr); err != nil || got != want {
			t.Errorf("writable: %v, %v; want %v", got, err, want)
		}
	}
	check(true)
	exec("alter database postgres set default_transaction_read_only = on")
	check(false)

	wrong := testStore()
	wrong.Password = "guess"
	began := time.Now()
	if _, err := ReadStore(t.Context(), wrong, addr, "t1"); err == nil || !strings.Contains(err.Error(), "password") {
		t.Errorf("wrong password: %v", err)
	}
	if d := time.Since(began); d > time.Second {
		t.Errorf("a wrong password was tried again, for %v", d)
	}
	wrong = testStore()
	wrong.Table = "missing"
	if _, err := ReadStore(t.Context(), wrong, addr, "t1"); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("missing table: %v", err)
	}
}

// TestStoreThatIsSilent: a look at a store that does not answer ends when its
// context does, and leaves nothing behind.
func TestStoreThatIsSilent(t *testing.T) {
	noLeak(t)
	s := serveTCP(t, hold2)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	if ok, err := StoreWritable(ctx, testStore(), s.Addr().String()); err == nil {
		t.Errorf("a silent store is writable: %v", ok)
	} else if !strings.Contains(err.Error(), "deadline exceeded") && !strings.Contains(err.Error(), "timeout") {
		t.Errorf("not the bound ended it: %v", err)
	}
	if d := time.Since(began); d > 500*time.Millisecond {
		t.Errorf("it took %v, bound 200ms", d)
	}
}

// TestStoreThatFallsSilent answers the handshake and then nothing.
func TestStoreThatFallsSilent(t *testing.T) {
	noLeak(t)
	s := serveTCP(t, func(c net.Conn) {
		b := make([]byte, 1024)
		if _, err := c.Read(b); err != nil {
			return
		}
		// AuthenticationOk, ReadyForQuery
		fmt.Fprint(c, "R\x00\x00\x00\x08\x00\x00\x00\x00Z\x00\x00\x00\x05I")
		for {
			if _, err := c.Read(b); err != nil {
				return
			}
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	if ok, err := StoreWritable(ctx, testStore(), s.Addr().String()); err == nil {
		t.Errorf("a silent store is writable: %v", ok)
	} else if !strings.Contains(err.Error(), "deadline exceeded") && !strings.Contains(err.Error(), "timeout") {
		t.Errorf("not the bound ended it: %v", err)
	}
	if d := time.Since(began); d > 500*time.Millisecond {
		t.Errorf("it took %v, bound 200ms", d)
	}
	if n := s.conns.Load(); n != 1 {
		t.Errorf("%d connections were made, want 1: nothing may dial after the bound", n)
	}
}
