package infra

import (
	"errors"
	"strings"
	"testing"
)

const (
	ending = `{"status":"end","hosts":["lyon-db-1"],"failed":[],"dark":[],"rescued":[]}` + "\n"
	broken = `{"status":"end","hosts":["lyon-db-1"],"failed":["lyon-db-1"],"dark":[],"rescued":[]}` + "\n"
)

func readRecord(checking bool, record string) (Result, error) {
	r := &reading{checking: checking, places: map[string]string{"lyon-db-1": "lyon/db"}, dir: "/stage/infrastructure"}
	err := r.read([]byte(record))
	return r.result, err
}

func TestATaskIsReadAsWhatItProves(t *testing.T) {
	for name, c := range map[string]struct {
		checking bool
		line     string
		want     Status // "" : nothing to tell
		matched  int
	}{
		"as it should be":           {true, `"status":"ok"`, "", 1},
		"would change":              {true, `"status":"ok","changed":true`, Drift, 0},
		"changed when applied":      {false, `"status":"ok","changed":true`, Applied, 0},
		"cannot foresee":            {true, `"status":"skipped","skipped":1`, Unverified, 0},
		"some items not foreseen":   {true, `"status":"ok","skipped":2`, Unverified, 0},
		"a condition":               {true, `"status":"skipped"`, "", 0},
		"really ran":                {true, `"status":"ok","ran":true`, Unverified, 0},
		"really ran and changed":    {true, `"status":"ok","ran":true,"changed":true`, Unverified, 0},
		"ran, when applied":         {false, `"status":"ok","ran":true`, "", 1},
		"failed":                    {true, `"status":"failed","cause":"absent"`, Failed, 0},
		"failed and ignored":        {true, `"status":"failed","ignored":true`, Unverified, 0},
		"out of reach":              {true, `"status":"unreachable"`, Failed, 0},
		"facts say nothing":         {true, `"status":"ok","module":"ansible.builtin.gather_facts"`, "", 0},
		"debug says nothing":        {true, `"status":"ok","module":"debug"`, "", 0},
		"skipped items, when apply": {false, `"status":"skipped","skipped":1`, "", 0},
	} {
		ending := ending
		if c.want == Failed {
			ending = broken
		}
		r, err := readRecord(c.checking, `{"host":"lyon-db-1","task":"T","module":"copy","at":"/stage/infrastructure/lyon.yaml:7","names":["/etc/x"],`+strings.TrimPrefix(c.line, "{")+"}\n"+ending)
		if strings.Contains(c.line, "module") {
			r, err = readRecord(c.checking, `{"host":"lyon-db-1","task":"T","at":"x",`+c.line+"}\n"+ending)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.Matched != c.matched {
			t.Errorf("%s: %d matched, want %d", name, r.Matched, c.matched)
		}
		switch {
		case c.want == "" && len(r.Changes) > 0, c.want != "" && (len(r.Changes) != 1 || r.Changes[0].Status != c.want):
			t.Errorf("%s: %+v, want %q", name, r.Changes, c.want)
		case c.want != "":
			x := r.Changes[0]
			if x.Target != "lyon/db" || x.Where != "lyon.yaml:7" || x.What != "T" || len(x.Names) != 1 {
				t.Errorf("%s: %+v", name, x)
			}
			if needs := x.Status == Unverified || x.Status == Failed; needs != (x.Why.FR != "" && x.Why.EN != "") {
				t.Errorf("%s: why: %+v", name, x.Why)
			}
		}
	}
}

// What a failure means is known when the playbook ends: a host that it went to
// its end with has not failed.
func TestAFailureThatThePlaybookRescuesIsNone(t *testing.T) {
	end := func(failed, dark, rescued string) string {
		return `{"status":"end","hosts":["lyon-db-1","lyon-web-1"],"failed":[` + failed + `],"dark":[` + dark + `],"rescued":[` + rescued + "]}\n"
	}
	const db, web = `"lyon-db-1"`, `"lyon-web-1"`
	for name, c := range map[string]struct {
		status, end string
		want        Status
		why         string
	}{
		"rescued":               {"failed", end("", "", db), Unverified, "la tâche échoue, et le playbook prend une autre voie"},
		"rescued, another not":  {"failed", end(web, "", db), Unverified, "la tâche échoue, et le playbook prend une autre voie"},
		"not rescued":           {"failed", end(db, "", ""), Failed, "un droit manque à la tâche (module « copy »)"},
		"rescued, failed after": {"failed", end(db, "", db), Failed, "un droit manque à la tâche (module « copy »)"},
		"out of reach":          {"unreachable", end("", db, ""), Failed, "conteneur injoignable"},
		"out of reach, ignored": {"unreachable", end("", "", ""), Unverified, "conteneur injoignable, et le playbook passe outre"},
	} {
		r, err := readRecord(false, `{"status":"`+c.status+`","cause":"denied","module":"ansible.builtin.copy","host":"lyon-db-1","task":"T"}`+"\n"+c.end)
		if err != nil || len(r.Changes) != 1 {
			t.Fatalf("%s: %+v, %v", name, r, err)
		}
		if x := r.Changes[0]; x.Status != c.want || x.Why.FR != c.why || x.Why.EN == "" || x.Why.EN == x.Why.FR {
			t.Errorf("%s: %+v", name, x)
		}
	}
}

// Whatever a line holds, of why a task failed only words of ours are told.
func TestWhatAModuleSaysIsNotPassedOn(t *testing.T) {
	for _, line := range []string{
		`"status":"failed","msg":"login as app with hunter2 refused"`,
		`"status":"failed","cause":"hunter2"`,
		`"status":"unreachable","msg":"hunter2","cause":"hunter2"`,
		`"status":"failed","cause":"code","code":3,"msg":"hunter2"`,
	} {
		r, err := readRecord(true, `{"host":"lyon-db-1","task":"T","module":"assert",`+line+"}\n"+broken)
		if err != nil || len(r.Changes) != 1 {
			t.Fatalf("%s: %+v, %v", line, r, err)
		}
		if c := r.Changes[0]; strings.Contains(c.Why.FR+c.Why.EN, "hunter2") || c.Why.FR == "" || c.Why.EN == "" {
			t.Errorf("%s: %+v", line, c.Why)
		}
		if strings.Contains(line, `"code":3`) && !strings.Contains(r.Changes[0].Why.EN, "code 3") {
			t.Errorf("%s: %+v", line, r.Changes[0].Why)
		}
	}
}

func TestARecordThatTellsNotAllIsNoResult(t *testing.T) {
	for name, record := range map[string]string{
		"nothing":          "",
		"no end":           `{"status":"ok","host":"lyon-db-1"}` + "\n",
		"no host":          `{"status":"end","hosts":[]}`,
		"torn":             `{"status":"ok","host":"ly`,
		"an unknown state": `{"status":"maybe"}` + "\n" + ending,
	} {
		if r, err := readRecord(true, record); err == nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if _, err := readRecord(true, ""); !errors.Is(err, ErrUnfinished) {
		t.Errorf("got %v", err)
	}
}

// Whatever is in the record: no panic, and no result without an end.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"status":"ok","host":"lyon-db-1","changed":true}` + "\n" + ending))
	f.Add([]byte(ending))
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, record []byte) {
		r, err := readRecord(true, string(record))
		if err == nil && !strings.Contains(string(record), "end") {
			t.Fatalf("a record without an end is taken: %+v", r)
		}
		for _, c := range r.Changes {
			if c.Status == "" {
				t.Fatalf("a change without a status: %+v", c)
			}
		}
	})
}
