package snapshot

import (
	"context"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bascule/harness/history"
)

// database is a PostgreSQL of the test's own, reached by a socket in its folder.
type database struct {
	dir string
	run func(ctx context.Context, program string, args ...string) *exec.Cmd
}

func privateDatabase(t *testing.T) database {
	t.Helper()
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(bins) == 0 {
		t.Skip("NOT TESTED: no PostgreSQL server on this machine (Debian: postgresql-15)")
	}
	// Not t.TempDir: the path of a socket is short.
	dir, err := os.MkdirTemp("", "bascule-pg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	var as *syscall.Credential
	if os.Getuid() == 0 { // it does not run as root
		u, err := user.Lookup("nobody")
		if err != nil {
			t.Skip("NOT TESTED: PostgreSQL does not run as root, and there is no user nobody")
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	d := database{dir: dir, run: func(ctx context.Context, program string, args ...string) *exec.Cmd {
		c := exec.CommandContext(ctx, filepath.Join(bins[len(bins)-1], program), args...)
		c.Dir, c.SysProcAttr = dir, &syscall.SysProcAttr{Credential: as}
		return c
	}}
	data := filepath.Join(dir, "data")
	if out, err := d.run(t.Context(), "initdb", "-D", data, "-U", "postgres", "--auth=trust", "-N").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	var log strings.Builder
	// Not the test's own context: that one ends before the clean-up runs.
	server := d.run(context.Background(), "postgres", "-D", data, "-c", "listen_addresses=", "-c", "unix_socket_directories="+dir, "-c", "fsync=off")
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGQUIT)
		_ = server.Wait()
	})
	for end := time.Now().Add(time.Minute); d.run(t.Context(), "pg_isready", "-h", dir, "-q").Run() != nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("PostgreSQL does not answer:\n%s", log.String())
		}
	}
	return d
}

// tell runs statements in a database of its own and gives the last answer, as
// the harness asks inside containers.
func (d database) tell(t *testing.T, name string, sql ...string) string {
	t.Helper()
	args := []string{"--host=" + d.dir, "--username=postgres", "--dbname=" + name, "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"}
	for _, s := range sql {
		args = append(args, "--command="+s)
	}
	c := d.run(t.Context(), "psql", args...)
	var complaint strings.Builder
	c.Stderr = &complaint
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, complaint.String())
	}
	return strings.TrimSpace(string(out))
}

// What a real database tells: the version that was applied last, in the order of
// the tool that keeps it, and nothing that a column is filled with.
func TestTheSchemaOfADatabase(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a database: not with -short")
	}
	d := privateDatabase(t)
	const flywayTable = "(installed_rank int primary key, version varchar(50), type varchar(20), success boolean)"
	for name, c := range map[string]struct{ sql, want string }{
		"flyway":        {"create table flyway_schema_history " + flywayTable + "; insert into flyway_schema_history select n, n::text, 'SQL', true from generate_series(1, 10) n", "10"},
		"flyway_rest":   {"create table flyway_schema_history " + flywayTable + "; insert into flyway_schema_history values (1,'9','SQL',true), (2,'10','SQL',true), (3,null,'SQL',true), (4,'11','SQL',false)", "10"},
		"flyway_undone": {"create table flyway_schema_history " + flywayTable + "; insert into flyway_schema_history values (1,'1.9','SQL',true), (2,'1.10','SQL',true), (3,'1.10','UNDO_SQL',true)", "1.9"},
		"flyway_again":  {"create table flyway_schema_history " + flywayTable + "; insert into flyway_schema_history values (1,'1','SQL',true), (2,'2','SQL',true), (3,'2','UNDO_SQL',true), (4,'2','SQL',true)", "2"},
		"flyway_old":    {"create table schema_version " + flywayTable + "; insert into schema_version values (1,'9','SQL',true), (2,'10','SQL',true)", "10"},
		"numbers":       {"create table schema_version (version int); insert into schema_version values (9), (10)", "10"},
		"numbers_text":  {"create table schema_migrations (version varchar); insert into schema_migrations values ('9'), ('10')", "10"},
		"numbers_dots":  {"create table schema_version (version text); insert into schema_version values ('1.9'), ('1.10'), ('1.2.30')", "1.10"},
		"words":         {"create table schema_version (version text); insert into schema_version values ('beta'), ('alpha')", "beta"},
		"odd_numbers":   {"create table schema_version (version text); insert into schema_version values ('1..2'), ('.'), ('v3')", "v3"},
		"migrate":       {"create table schema_migrations (version bigint, dirty boolean); insert into schema_migrations values (20240101, false)", "20240101"},
		"heads":         {"create table alembic_version (version_num varchar(32)); insert into alembic_version values ('ff12'), ('aa34')", "aa34,ff12"},
		"counted":       {"create table django_migrations (id int); insert into django_migrations values (4), (9)", "2"},
		"entity":        {`create table "__EFMigrationsHistory" ("MigrationId" text); insert into "__EFMigrationsHistory" values ('20230101_A'), ('20240101_B')`, "20240101_B"},
		"none_yet":      {"create table flyway_schema_history " + flywayTable, ""},
		"none":          {"set search_path = public", ""},
	} {
		d.tell(t, "postgres", "create database "+name)
		facts, err := ReadSchema(d.tell(t, name, c.sql, Schema), sealer(t))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := facts["schema.version"]; got != c.want {
			t.Errorf("%s: version %q, want %q", name, got, c.want)
		}
	}

	seal := sealer(t)
	facts, err := ReadSchema(d.tell(t, "postgres",
		"create table a (id serial, token text not null default 's3cr3t-default', plain int); create table b (token text default 's3cr3t-default')", Schema), seal)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"schema.column.a.token": "text not null", "schema.column.a.plain": "integer", "schema.table.a": "table",
		"schema.default.a.plain": "", "schema.default.a.token": facts["schema.default.b.token"], "replication.role": "primary"} {
		if got := facts[key]; got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if !strings.HasPrefix(facts["schema.default.a.token"], history.Hidden) || facts["schema.default.a.id"] == facts["schema.default.a.token"] {
		t.Errorf("defaults: %v", facts)
	}
	if all := strings.Join(facts.Pairs(), "\n"); strings.Contains(all, "s3cr3t") {
		t.Errorf("a default can be read in the facts:\n%s", all)
	}
}
