package cmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bascule/harness/history"
	"bascule/harness/sweep"
)

const (
	migrationSweep = "../features/certification/balayage-migration.feature"
	shippedStages  = "../scenarios"
)

func TestASweepIsListedWithoutAnEngine(t *testing.T) {
	code, out, _ := bascule(t, "sweep", migrationSweep, "--stages", shippedStages, "--list", "--faults", "crash,udp-delay,http-error", "--phases", "migrate")
	want(t, code, 0, out, "6 cellules sur", "   1  migrate-during-crash", "Datagrammes retardés", "Non couvert\u00a0:", "«\u00a0db\u00a0» ne parle pas HTTP", "phases non demandées")
	// The moment of the fault is the sweep's, and the fault's own stays what it was.
	want(t, code, 0, out, "Arrêt brutal\u00a0: la base de Paris, pendant la migration du schéma")
}

func TestASweepTellsItsAuthorsMistakes(t *testing.T) {
	several := filepath.Join(t.TempDir(), "several.feature")
	content, err := os.ReadFile(migrationSweep)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(content), "    Et quelle que soit l’étape du déploiement où survient la panne\n", "", 1)
	first := strings.Index(text, "  Scénario:")
	text += "\n" + strings.Replace(text[first:], "Scénario: ", "Scénario: Encore, ", 1)
	if err := os.WriteFile(several, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		says []string
	}{
		{[]string{migrationSweep, "--faults", "crahs"}, []string{"panne inconnue", "vouliez-vous dire «\u00a0crash\u00a0»"}},
		{[]string{migrationSweep, "--faults", "latency:bytes=3"}, []string{"n’a pas de paramètre «\u00a0bytes\u00a0»", "latency"}},
		{[]string{migrationSweep, "--phases", "migrat"}, []string{"phase de déploiement inconnue", "vouliez-vous dire «\u00a0migrate\u00a0»"}},
		{[]string{migrationSweep, "--phases", "switch"}, []string{"n’a pas de phase «\u00a0switch\u00a0»"}},
		{[]string{migrationSweep, "--only", "migrate-during-crahs"}, []string{"cellule «\u00a0migrate-during-crahs\u00a0» inconnue", "vouliez-vous dire «\u00a0migrate-during-crash\u00a0»"}},
		{[]string{migrationSweep, "--parallel", "-1"}, []string{"--parallel -1"}},
		{[]string{several}, []string{"--scenario", "Encore, "}},
		{[]string{"../features/nightly/06-failover-and-failback.feature"}, []string{"no deployment starts before the fault"}},
		{[]string{}, []string{"a feature is needed"}},
		{[]string{"--resume", t.TempDir()}, []string{"is not the folder of a sweep"}},
		{[]string{migrationSweep, "--resume", "runs/x"}, []string{"--resume takes no feature"}},
		{[]string{migrationSweep, "--failed-first", t.TempDir()}, []string{"--failed-first"}},
	} {
		code, out, errs := bascule(t, append([]string{"sweep", "--lang", "en", "--list", "--stages", shippedStages}, c.args...)...)
		want(t, code, 3, errs, c.says...)
		if out != "" {
			t.Errorf("%v printed\n%s", c.args, out)
		}
	}
	code, out, _ := bascule(t, "sweep", several, "--scenario", "Encore, Quelle que soit l’étape, le site de secours reprend", "--stages", shippedStages, "--list", "--phases", "verify", "--faults", "crash")
	want(t, code, 0, out, "verify-during-crash")
}

// killedSweep is the folder that a killed sweep leaves: one cell played to its
// end, one cut short, the rest not begun.
func killedSweep(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s, _ := expanded(t)
	if err := s.Write(dir); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(s.Plan())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, planFile), b, 0o644); err != nil {
		t.Fatal(err)
	}
	for i, last := range []history.Kind{history.RunFinished, history.FaultInjected} {
		id := s.Cells[i].ID
		if err := os.Mkdir(filepath.Join(dir, id), 0o755); err != nil {
			t.Fatal(err)
		}
		w, err := history.Create(filepath.Join(dir, id, historyFile), history.Header{Format: history.Format, Scenario: id, Name: id, Language: "fr", Started: time.Now()},
			func() time.Duration { return time.Second })
		if err != nil {
			t.Fatal(err)
		}
		w.Event(last, id)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func expanded(t *testing.T) (*sweep.Sweep, planned) {
	t.Helper()
	o := sweepOptions{faults: "crash", phases: "verify"}
	c := newSweepCommand()
	o.command, o.stages, o.seed = c, shippedStages, 7
	if err := c.ParseFlags([]string{"--faults", "crash"}); err != nil {
		t.Fatal(err)
	}
	c.SetContext(t.Context())
	p, err := o.expand(c, []string{migrationSweep}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p.sweep, p
}

func TestTheMatrixOfAKilledSweepCanBeWritten(t *testing.T) {
	dir := killedSweep(t)
	code, out, errs := bascule(t, "report", dir)
	want(t, code, 0, out+errs, "sweep.html", "sweep.json", "junit.xml", "summary.md")
	var m struct {
		Verdict  string
		Coverage struct{ Chosen, Played int }
		Cells    []struct{ Verdict, Report, Command string }
	}
	b, err := os.ReadFile(filepath.Join(dir, "sweep.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	if m.Verdict != "inconclusive" || m.Coverage.Chosen != 3 || m.Coverage.Played != 1 || m.Cells[1].Verdict != "" {
		t.Errorf("a killed sweep: %+v: want one of three played, the one cut short not counted", m)
	}
	if _, err := os.Stat(filepath.Join(dir, m.Cells[0].Report)); err != nil {
		t.Errorf("the cell opens no timeline: %v", err)
	}
	for _, c := range m.Cells {
		if !strings.Contains(c.Command, "--seed 7") || !strings.Contains(c.Command, " --only ") || !strings.HasPrefix(c.Command, "bascule sweep "+migrationSweep) {
			t.Errorf("command %q", c.Command)
		}
	}
	code, out, _ = bascule(t, "report", dir, "--format", "junit")
	want(t, code, 0, out, `tests="3"`, "not-played")
	code, out, _ = bascule(t, "runs", "--lang", "en", "--out", filepath.Dir(dir))
	want(t, code, 0, out, "interrupted", "2/3")
	code, out, _ = bascule(t, "sweep", "--resume", dir, "--list")
	want(t, code, 0, out, "3 cellules")
	// What failed there, or could not be judged, comes first elsewhere.
	code, out, _ = bascule(t, "sweep", migrationSweep, "--stages", shippedStages, "--faults", "freeze,crash", "--failed-first", dir, "--list")
	want(t, code, 0, out, "   1  verify-during-crash")
	if err := os.WriteFile(filepath.Join(dir, planFile), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	code, out, errs = bascule(t, "sweep", "--lang", "en", "--resume", dir)
	want(t, code, 3, out+errs, "has no scenario")
}

// The command of a cell plays that cell, whatever its words are.
func TestACellsCommandCanBeTyped(t *testing.T) {
	s, _ := expanded(t)
	s.Feature, s.Chosen, s.Scenario = "mes essais/l'été.feature", true, "Quelle que soit l’étape"
	got := again(s, s.Cells[0])
	if want := `bascule sweep 'mes essais/l'\''été.feature' --scenario 'Quelle que soit l’étape' --stages ../scenarios --seed 7 --faults crash --only verify-during-crash`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// bascule run plays a scenario that asks for it at every step, with its own fault.
func TestAScenarioThatAsksForItIsPlayedAtEveryStep(t *testing.T) {
	code, out, _ := bascule(t, "plan", migrationSweep, "--stages", shippedStages, "--format", "json")
	var p struct {
		Scenarios []struct {
			ID, Name string
			Sweep    bool
			Steps    []struct {
				Fault *struct{ Kind string }
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &p); code != 0 || err != nil {
		t.Fatalf("code %d, %v", code, err)
	}
	if len(p.Scenarios) != 14 {
		t.Fatalf("%d scenarios, want one a moment of the deployment", len(p.Scenarios))
	}
	for _, s := range p.Scenarios {
		for _, st := range s.Steps {
			if st.Fault != nil && st.Fault.Kind != "crash" {
				t.Errorf("%s: fault %s is not the scenario's own", s.ID, st.Fault.Kind)
			}
		}
		if s.Sweep || !strings.HasPrefix(s.Name, "Quelle que soit l’étape, le site de secours reprend — ") {
			t.Errorf("%s: %q", s.ID, s.Name)
		}
	}
}

func TestParallelByTheMachine(t *testing.T) {
	for cores, want := range map[int]int{1: 1, 2: 1, 3: 1, 4: 2, 16: 8} {
		if got := atOnce(cores); got != want {
			t.Errorf("%d cores: %d cells at once, want %d", cores, got, want)
		}
	}
}
