package cmd_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"bascule/cmd"
	"bascule/harness/engine"
	"bascule/harness/fault"
	"bascule/harness/history"
)

func TestTheCatalogueInBothLanguages(t *testing.T) {
	for lang, words := range map[string][]string{
		"fr": {"Résolution des noms", "site isolé  (site-isolated)", "preuve\u00a0: ", "et trafic canari", `> Quand la base primaire tombe pendant la migration du schéma`},
		"en": {"Name resolution", "site isolated  (site-isolated)", "proof: ", "and canary traffic", `> When the primary database fails during schema migration`},
	} {
		var out, errs bytes.Buffer
		if code := cmd.Execute(t.Context(), []string{"faults", "--engine=false", "--lang", lang}, strings.NewReader(""), &out, &errs); code != 0 {
			t.Fatalf("exit code %d: %s", code, errs.String())
		}
		for _, e := range fault.Catalogue() {
			if !strings.Contains(out.String(), "("+string(e.Kind)+")") {
				t.Errorf("%s: %s is missing", lang, e.Kind)
			}
		}
		for _, w := range words {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%s: %q is missing in:\n%s", lang, w, out.String())
			}
		}
		if strings.Contains(out.String(), "ossible") {
			t.Errorf("%s: it says what is possible, and asked nobody", lang)
		}
	}
}

// What the engine can do is looked up for each fault, and nothing is left of it.
func TestTheCatalogueTellsWhatTheEngineCanDo(t *testing.T) {
	out, err := exec.Command(bascule(t), "faults", "--engine", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Kind     string
		Possible *bool
		Why      history.Text
	}
	if err := json.Unmarshal(out, &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(fault.Catalogue()) {
		t.Errorf("%d faults, want %d", len(rows), len(fault.Catalogue()))
	}
	for _, r := range rows {
		if r.Possible == nil || *r.Possible != (r.Why == history.Text{}) {
			t.Errorf("%s: possible %v, why not %q", r.Kind, r.Possible, r.Why)
		}
		if r.Kind == "crash" && r.Possible != nil && !*r.Possible {
			t.Errorf("an engine that cannot kill: %s", r.Why)
		}
	}
	e, err := engine.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	owners, err := e.Owners(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for id, owner := range owners {
		// Runs of others may be under way; those of a process that is gone are left.
		if alive, known := engine.OwnerAlive(owner); known && !alive && strings.HasPrefix(id, time.Now().UTC().Format("20060102-15")) {
			t.Errorf("the look left objects of run %s", id)
		}
	}
}
