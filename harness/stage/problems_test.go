package stage

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite golden files")

// broken is the good stage with one edit, and so one mistake (or the few that
// follow from it). What the author is told stands in testdata/problems.golden,
// in both languages, and is meant to be read.
type broken struct {
	name     string
	file     string
	old, new string
}

// overPostgres is the good stage's store, overHTTP the same with the other driver.
const (
	overPostgres = "    driver: postgres\n    service: db\n    port: 5432\n    user: orders\n    password: orders\n    database: orders\n    table: orders\n    column: id\n    admin: {user: postgres, password: secret}\n"
	overHTTP     = "    driver: http\n    service: db\n    port: 8080\n    rows: /rows?prefix={{.Prefix}}\n    writable: /writable\n"
)

func brokenStages() []broken {
	const st, paris, lyon, r140, r150, pra = "stage.yaml", "compose.paris.yaml", "compose.lyon.yaml", "releases/1.4.0.yaml", "releases/1.5.0.yaml", "runbooks/PRA-07.yaml"
	return []broken{
		{"unknown key", st, "entry:", "entri:"},
		{"unknown key with no near miss", st, "    rto: 30s", "    rto: 30s\n    zzzzzz: 1"},
		{"missing key", st, "    rto: 30s\n", ""},
		{"duplicate key", st, "    rto: 30s", "    rto: 30s\n    rto: 40s"},
		{"wrong type", st, "    rto: 30s", "    rto: [30s]"},
		{"nothing written", st, "    rto: 30s", "    rto:"},
		{"a mapping where a list belongs", st, "services: [gateway, orders, stock, db]", "services: {gateway: 1}"},
		{"not a duration", st, "    rto: 30s", "    rto: 30 secs"},
		{"negative duration", st, "    mtpd: 10m", "    mtpd: -10m"},
		{"zero duration", st, "    timeout: 2s", "    timeout: 0s"},
		{"recovery target beyond the tolerable", st, "    mtpd: 10m", "    mtpd: 10s"},
		{"unknown format", st, "format: 1", "format: 2"},
		{"empty title", st, `title: {fr: "Prise de commandes", en: "Order taking"}`, `title: ""`},
		{"one language only", st, `title: {fr: "Prise de commandes", en: "Order taking"}`, `title: {fr: "Prise de commandes"}`},
		{"two primaries", st, "title: Lyon, role: standby", "title: Lyon, role: primary"},
		{"no primary", st, "title: Paris, role: primary", "title: Paris, role: standby"},
		{"unknown role", st, "title: Lyon, role: standby", "title: Lyon, role: standbye"},
		{"two sites of one title", st, "title: Lyon", "title: paris"},
		{"bad site id", st, "  lyon: {", "  Lyon: {"},
		{"third party that does not say whether it is a stub", st, "    third_party: {stub: true, title: {fr: \"acquéreur CB\", en: \"card acquirer\"}}\n", ""},
		{"third party with nothing said of a stub", st, "third_party: {stub: true, ", "third_party: {"},
		{"stub is a word", st, "third_party: {stub: true", "third_party: {stub: maybe"},
		{"site of one's own as a third party", st, "role: standby, compose: compose.lyon.yaml}", "role: standby, compose: compose.lyon.yaml, third_party: {stub: true}}"},
		{"deployment to a third party", st, "  services: [orders]", "  services: [orders, acquirer]"},
		{"store of a third party", st, "    service: db\n", "    service: acquirer\n"},
		{"runbook at a third party", pra, "    action: fence\n    site: paris", "    action: fence\n    site: bank"},
		{"failover to a third party", pra, "to: lyon\n", "to: bank\n"},
		{"certificate of an unknown service", st, "    service: stock\n", "    service: stocks\n"},
		{"certificate without a port", st, "    port: 8443\n", ""},
		{"key that the service does not have", st, "    key: stock-key", "    key: stock-kee"},
		{"authority without its key", st, "    ca_key: ca-key\n", ""},
		{"authority that no site declares", st, "    ca_cert: ca-cert", "    ca_cert: root"},
		{"administrator without a name", st, "admin: {user: postgres, ", "admin: {"},
		{"no Compose file", st, "compose.lyon.yaml", "compose.lion.yaml"},
		{"entry missing on a site", lyon, "  gateway:", "  gatway:"},
		{"unknown entry", st, "service: gateway", "service: gatevay"},
		{"port is a word", st, "entry: {service: gateway, port: 8080}", "entry: {service: gateway, port: http}"},
		{"port out of range", st, "    port: 5432", "    port: 54320000"},
		{"flow from an unknown site", st, "from: lyon/db", "from: lion/db"},
		{"flow to an unknown service", st, "to: paris/db", "to: paris/dbb"},
		{"flow to nowhere", st, "to: paris/db", "to: paris"},
		{"flow inside a site", st, "from: lyon/db, to: paris/db", "from: paris/orders, to: paris/db"},
		{"flow name taken by a service", st, "name: db.paris", "name: stock"},
		{"two flows of one name", st, "from: paris/db, to: lyon/db, name: db.lyon", "from: lyon/db, to: paris/stock, name: DB.paris"},
		{"no ports", st, "ports: [5432], why: \"streaming", "ports: [], why: \"streaming"},
		{"unknown driver", st, "driver: postgres", "driver: oracle"},
		{"database without a table", st, "    table: orders\n", ""},
		{"database with a path", st, "    table: orders\n", "    table: orders\n    rows: /rows\n"},
		{"store over HTTP without its paths", st, overPostgres, "    driver: http\n    service: db\n    port: 8080\n"},
		{"store over HTTP with a table", st, overPostgres, overHTTP + "    table: orders\n"},
		{"store over HTTP with half a path", st, overPostgres, strings.Replace(overHTTP, "/writable", "writable", 1)},
		{"store over HTTP with a wrong template", st, overPostgres, strings.Replace(overHTTP, ".Prefix", ".Preefix", 1)},
		{"unknown service of a store", st, "    service: db\n", "    service: database\n"},
		{"unknown service of a function", st, "[gateway, orders, stock, db]", "[gateway, orders, stoc, db]"},
		{"unknown workload", st, "    workload: orders", "    workload: order"},
		{"no rate", st, "    rate: 100", "    rate: 0"},
		{"share above one", st, "read_share: 0.2", "read_share: 20"},
		{"unknown method", st, "method: POST", "method: POTS"},
		{"template error", st, "{{.Prefix}}", "{{.Prefiks}}"},
		{"template does not close", st, "/orders/{{.ID}}", "/orders/{{.ID"},
		{"relative path", st, "path: /orders/{{.ID}}", "path: orders/{{.ID}}"},
		{"writes that look alike", st, `{"id": "{{.ID}}",`, `{`},
		{"status both ways", st, "rejected: [400, 409, 503]", "rejected: [400, 201]"},
		{"status out of range", st, "ok: [201]", "ok: [20]"},
		{"reads asked for, none described", st, "    read:\n      method: GET\n      path: /orders/{{.ID}}\n      ok: [200]\n      rejected: [400, 404, 503]\n", ""},
		{"unknown strategy", st, "strategy: rolling", "strategy: roling"},
		{"unknown service to deploy", st, "  services: [orders]", "  services: [order]"},
		{"service to deploy twice", st, "  services: [orders]", "  services: [orders, orders]"},
		{"no folder of releases", st, "releases: releases", "releases: relases"},
		{"folder without manifests", st, "runbooks: runbooks", "runbooks: images"},
		{"unknown function of a variant", st, "      orders: {rpo: 5m}", "      order: {rpo: 5m}"},
		{"unknown service of a variant", st, "      db: {SYNC", "      bd: {SYNC"},
		{"infrastructure of an unknown site", st, "    site: lyon\n    ansible:", "    site: lion\n    ansible:"},
		{"infrastructure of a third party", st, "    site: lyon\n    ansible:", "    site: bank\n    ansible:"},
		{"infrastructure without a site", st, "    site: lyon\n    ansible:", "    ansible:"},
		{"infrastructure that no tool keeps", st, "    ansible: {playbook: infrastructure/lyon.yaml, extra_vars: {read_only: off}}\n", ""},
		{"infrastructure that two tools keep", st, "    terraform:\n", "    ansible: {playbook: infrastructure/lyon.yaml}\n    terraform:\n"},
		{"playbook missing", st, "infrastructure/lyon.yaml", "infrastructure/lyon.yml"},
		{"playbook that is a folder", st, "infrastructure/lyon.yaml", "infrastructure"},
		{"Ansible with an unknown key", st, "extra_vars:", "vars:"},
		{"Terraform without a folder", st, "      dir: infrastructure/network\n", ""},
		{"folder of Terraform missing", st, "dir: infrastructure/network", "dir: infrastructure/reseau"},
		{"recorded plan missing", st, "plan: infrastructure/network/plan.json", "plan: plan.json"},
		{"not YAML", st, "  lyon: {title: Lyon,", "  lyon: {title: Lyon"},
		{"two documents", st, "# What clients", "---\n# What clients"},
		{"release of another name", r150, "version: 1.5.0\nservices", "version: 1.5.1\nservices"},
		{"release without an image", r150, "    image: bascule-sample/orders:1.5.0\n", ""},
		{"release of an unknown service", r150, "services:\n  orders:", "services:\n  order:"},
		{"release of a service that is not deployed", r150, "services:\n  orders:", "services:\n  stock:"},
		{"release with an unknown key", r140, "environment: {}", "environnement: {}"},
		{"build folder missing", r140, "context: ..,", "context: ../nowhere,"},
		{"Dockerfile missing", r140, "images/orders/Dockerfile", "images/order/Dockerfile"},
		{"migration of an unknown service", r150, "migration: {service: orders", "migration: {service: odrers"},
		{"migration without a command", r150, "command: [/orders, migrate], timeout", "command: [], timeout"},
		{"unknown action", pra, "action: switch_entry", "action: switch-entry"},
		{"action lacks a field", pra, "    command: [promote]\n", ""},
		{"action with a field too many", pra, "    action: fence\n", "    action: fence\n    service: db\n"},
		{"unknown site in a runbook", pra, "    action: fence\n    site: paris", "    action: fence\n    site: pariss"},
		{"unknown service in a runbook", pra, "    service: db\n", "    service: bd\n"},
		{"unknown function in a runbook", pra, "    function: orders", "    function: order"},
		{"unknown release in a runbook", pra, "    action: restart\n", "    action: recreate\n    release: 1.6.0\n"},
		{"unknown name in a runbook", pra, "    action: switch_entry\n    site: lyon", "    action: switch_name\n    name: db.pariss\n    to: lyon/db"},
		{"name to nowhere", pra, "    action: switch_entry\n    site: lyon", "    action: switch_name\n    name: stock\n    to: lyon"},
		{"name to an unknown site", pra, "    action: switch_entry\n    site: lyon", "    action: switch_name\n    name: stock\n    to: lion/stock"},
		{"name to an unknown service", pra, "    action: switch_entry\n    site: lyon", "    action: switch_name\n    name: stock\n    to: lyon/stok"},
		{"name where no flow leads", pra, "    action: switch_entry\n    site: lyon", "    action: switch_name\n    name: stock\n    to: lyon/stock"},
		{"name that is not given", pra, "    action: switch_entry\n    site: lyon", "    action: switch_name\n    to: lyon/stock"},
		{"unknown volume in a runbook", pra, "    action: exec\n    site: lyon\n    service: db\n    command: [promote]", "    action: recreate\n    site: lyon\n    service: db\n    wipe: [pgdat]"},
		{"two steps of one id", pra, "  - id: promote", "  - id: fence"},
		{"runbook of another name", pra, "id: PRA-07", "id: PRA-7"},
		{"failover that goes nowhere", pra, "to: lyon\n", ""},
		{"failover that comes back", pra, "to: lyon\n", "to: paris\n"},
		{"procedure that moves", pra, "purpose: failover", "purpose: procedure"},
		{"runbook without steps", pra, "steps:\n", "steps: []\nrest:\n"},
		{"Compose: unknown key", paris, "    depends_on: [orders]", "    depend_on: [orders]"},
		{"Compose: wrong type", paris, "    scale: 2", "    scale: {a: 2}"},
		{"Compose: not a number", paris, "    scale: 2", "    scale: two"},
		{"Compose: undefined service", paris, "depends_on: [orders]", "depends_on: [order]"},
		{"Compose: undefined volume", paris, "\"pgdata:/var", "\"data:/var"},
		{"Compose: neither image nor build", paris, "    image: sample/stock:1", "    restart: \"no\""},
		{"Compose: duplicate key", paris, "    image: sample/stock:1", "    image: sample/stock:1\n    image: sample/stock:2"},
		{"Compose: not YAML", paris, "    depends_on: [orders]", "    depends_on: [orders"},
		{"Compose: unset variable", paris, "${DB_IMAGE}", "${DATABASE_IMAGE}:1"},
		{"Compose: required variable", paris, "${DB_IMAGE}", "${DATABASE_IMAGE:?name the image}"},
		{"Compose: env_file missing", paris, "    image: sample/stock:1", "    image: sample/stock:1\n    env_file: stock.env"},
		{"Compose: bad port", paris, "8080:8080", "8080:http"},
		{"Compose: bad duration", paris, "interval: 500ms", "interval: soon"},
		{"Compose: dependency cycle", paris, "  stock:\n", "  stock:\n    depends_on: [stock]\n"},
		{"Compose: no service", paris, "services:", "x-services:"},
	}
}

// copyGood gives a copy of the good stage with one edit.
func copyGood(t *testing.T, b broken) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "good")
	if err := os.CopyFS(dir, os.DirFS("testdata/good")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, b.file)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(content), b.old) {
		t.Fatalf("%s does not hold %q: the edit would change nothing", b.file, b.old)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(content), b.old, b.new, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestProblems(t *testing.T) {
	var all strings.Builder
	for _, b := range brokenStages() {
		t.Run(b.name, func(t *testing.T) {
			dir := copyGood(t, b)
			_, err := Load(dir, "")
			var ps Problems
			if !errors.As(err, &ps) || len(ps) == 0 {
				t.Fatalf("want problems, got %v", err)
			}
			fmt.Fprintf(&all, "%s\n", b.name)
			for _, p := range ps {
				fmt.Fprintf(&all, "  %s\n  %s\n", strings.ReplaceAll(p.In("en"), dir+"/", ""), strings.ReplaceAll(p.In("fr"), dir+"/", ""))
			}
			if ps.Error() != ps.In("en") {
				t.Errorf("Error() is not the English text")
			}
		})
	}
	golden(t, "testdata/problems.golden", all.String())
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	wantLines := strings.Split(string(want), "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(wantLines) || line != wantLines[i] {
			t.Fatalf("%s:%d differs (run with -update and read the difference)\n got: %s\nwant: %s", path, i+1, line, strings.Join(wantLines[i:min(i+1, len(wantLines))], ""))
		}
	}
	t.Fatalf("%s holds more than was made", path)
}
