package stage

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bascule/harness/history"
)

// withDrift is the good stage with what this file is about added to it.
func withDrift(t *testing.T, stage, release string) string {
	t.Helper()
	dir := copyGood(t, broken{file: FileName})
	for name, more := range map[string]string{FileName: stage, "releases/1.5.0.yaml": release} {
		path := filepath.Join(dir, name)
		content, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, append(content, "\n"+more...), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	goodDifferences = "differences:\n  - {service: \"*\", key: env.SITE, why: {fr: \"son nom\", en: \"its name\"}}\n  - {service: db, key: \"replication.*\", why: one follows}\n"
	goodFiles       = "files:\n  gateway: [/etc/haproxy/haproxy.cfg]\n"
	goodRequires    = "requires:\n  orders:\n    env: [SITE, ORDERS_CHANNEL]\n    secrets: [api]\n    files: [/etc/app.conf]\n    ports: [8080]\n    volumes: [pgdata]\n" +
		"    certificates: [{path: /etc/tls.pem, valid_for: 720h}]\n  db:\n    schema: {version: 2, columns: [orders.channel]}\n"
)

func TestDifferencesAndRequirements(t *testing.T) {
	dir := withDrift(t, goodDifferences+goodFiles, goodRequires)
	s, err := Load(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []history.Exception{{Service: "*", Key: "env.SITE", Why: history.Text{FR: "son nom", EN: "its name"}}, {Service: "db", Key: "replication.*", Why: history.Same("one follows")}}
	if !slices.Equal(s.Differences, want) {
		t.Errorf("differences %+v", s.Differences)
	}
	if got := s.Watched("gateway"); !slices.Equal(got, []string{"/etc/haproxy/haproxy.cfg"}) {
		t.Errorf("watched of the gateway: %v", got)
	}
	if got := s.Watched("orders"); !slices.Equal(got, []string{"/etc/app.conf", "/etc/tls.pem"}) {
		t.Errorf("watched of orders: %v: what a release requires is looked at", got)
	}
	q := func(service string, kind history.RequireKind, name string, brought bool) history.Requirement {
		return history.Requirement{Release: "1.5.0", Service: service, Kind: kind, Name: name, Brought: brought}
	}
	tls := q("orders", history.RequireCertificate, "/etc/tls.pem", false)
	tls.For = 720 * time.Hour
	required := []history.Requirement{
		q("orders", history.RequireEnv, "SITE", false), q("orders", history.RequireEnv, "ORDERS_CHANNEL", true), q("orders", history.RequireSecret, "api", false),
		q("orders", history.RequireFile, "/etc/app.conf", false), q("orders", history.RequirePort, "8080", false), q("orders", history.RequireVolume, "pgdata", false),
		tls, q("db", history.RequireSchema, "2", true), q("db", history.RequireColumn, "orders.channel", true),
	}
	i := slices.IndexFunc(s.Releases, func(r Release) bool { return r.Version == "1.5.0" })
	if !slices.Equal(s.Releases[i].Requires, required) {
		t.Errorf("requires\n%+v\nwant\n%+v", s.Releases[i].Requires, required)
	}
	for name, path := range map[string]string{"stage": FileName, "release": "releases/1.5.0.yaml"} {
		if err := schemaFor(t, name).Validate(asJSON(t, filepath.Join(dir, path))); err != nil {
			t.Errorf("an editor underlines what is right: %v", err)
		}
	}
}

// What projects list in an .env.example is required; its values are no matter.
func TestEnvExample(t *testing.T) {
	dir := copyGood(t, broken{file: FileName})
	for name, content := range map[string]string{".env.example": "SYNCHRONOUS=on\n", "releases/1.5.0.env.example": "# for the service\nSTOCK_URL=http://…\nAPI_TOKEN=\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Load(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range s.Releases {
		for _, q := range r.Requires {
			got = append(got, r.Version+" "+q.Service+" "+q.Name)
		}
	}
	if want := []string{"1.4.0  SYNCHRONOUS", "1.5.0  SYNCHRONOUS", "1.5.0 orders API_TOKEN", "1.5.0 orders STOCK_URL"}; !slices.Equal(got, want) {
		t.Errorf("required: %q, want %q", got, want)
	}
}

// Each mistake is told in both languages, at its place, and an editor with the
// schema sees those of shape.
func TestMistakesInDifferencesAndRequirements(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		shape          bool
		fr, en         string
	}{
		{"service of a difference", "service: db, key", "service: dbb, key", false, "service inconnu : « dbb » ; vouliez-vous dire « db » ?", `unknown service: "dbb"; did you mean "db"?`},
		{"group of a key", "key: env.SITE", "key: envv.SITE", true, "groupe inconnu : « envv » ; vouliez-vous dire « env » ?", `unknown group: "envv"; did you mean "env"?`},
		{"key without a dot", "key: env.SITE", "key: SITE", true, "une clé s’écrit groupe.nom", "a key is written group.name"},
		{"no reason", ", why: one follows", "", true, "il manque la clé « why »", `key "why" is missing`},
		{"twice", "service: db, key: \"replication.*\"", "service: \"*\", key: env.SITE", false, "cet écart est déjà déclaré, au rang 1", "this difference is declared already, as number 1"},
		{"file of an unknown service", "  gateway: [/etc", "  gatevay: [/etc", false, "service inconnu : « gatevay » ; vouliez-vous dire « gateway » ?", `unknown service: "gatevay"; did you mean "gateway"?`},
		{"relative file", "[/etc/haproxy/haproxy.cfg]", "[etc/haproxy.cfg]", true, "« etc/haproxy.cfg » : un chemin dans le conteneur commence par « / »", `"etc/haproxy.cfg": a path in the container begins with "/"`},
		{"unknown need", "    secrets: [api]", "    secretz: [api]", true, "clé inconnue dans « requires.orders » : « secretz » ; vouliez-vous dire « secrets » ?", `unknown key in "requires.orders": "secretz"; did you mean "secrets"?`},
		{"need of an unknown service", "requires:\n  orders:", "requires:\n  oders:", false, "service inconnu : « oders » ; vouliez-vous dire « orders » ?", `unknown service: "oders"; did you mean "orders"?`},
		{"schema of no database", "  db:\n    schema", "  stock:\n    schema", false, "« stock » n’est pas une base PostgreSQL déclarée", `"stock" is no PostgreSQL database declared`},
		{"column without its table", "columns: [orders.channel]", "columns: [channel]", true, "« channel » : une colonne s’écrit table.colonne", `"channel": a column is written table.column`},
		{"port is a word", "ports: [8080]", "ports: [http]", true, "un numéro de port", "a port number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			stage, release := strings.Replace(goodDifferences+goodFiles, c.old, c.new, 1), strings.Replace(goodRequires, c.old, c.new, 1)
			file, schema := FileName, "stage"
			if release != goodRequires {
				file, schema = "1.5.0.yaml", "release"
			} else if stage == goodDifferences+goodFiles {
				t.Fatalf("%q is nowhere", c.old)
			}
			dir := withDrift(t, stage, release)
			_, err := Load(dir, "")
			var ps Problems
			if !errors.As(err, &ps) || len(ps) != 1 {
				t.Fatalf("%v, want one problem", err)
			}
			fr := strings.ReplaceAll(ps.In("fr"), "\u00a0", " ")
			if !strings.Contains(fr, c.fr) || !strings.Contains(ps.In("en"), c.en) || filepath.Base(ps[0].File) != file || ps[0].Line < 10 || ps[0].Col < 2 {
				t.Errorf("told:\n%s\n%s", fr, ps.In("en"))
			}
			path := filepath.Join(dir, FileName)
			if schema == "release" {
				path = filepath.Join(dir, "releases/1.5.0.yaml")
			}
			if err := schemaFor(t, schema).Validate(asJSON(t, path)); c.shape && err == nil {
				t.Error("the schema accepts what Load refuses")
			}
		})
	}
}
