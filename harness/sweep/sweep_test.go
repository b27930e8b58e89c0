package sweep

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

var update = flag.Bool("update", false, "write golden files")

// orders is the shipped stage.
func orders(t *testing.T) *stage.Stage {
	t.Helper()
	st, err := stage.Load("../../scenarios/orders", "")
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// migration is the shipped scenario: the primary database fails while a release
// that migrates is rolled out.
func migration() plan.Scenario {
	return plan.Scenario{
		ID: "quelle-que-soit-l-etape", Name: "Quelle que soit l’étape", Feature: "features/certification/balayage-migration.feature", Line: 8,
		Language: "fr", Stage: "orders", Live: "1.4.0", Sweep: true,
		Steps: []plan.Step{
			{Line: 10, Text: "le déploiement démarre", Do: plan.DoDeploy, Deploy: &plan.Deploy{Release: "1.5.0", Sites: []string{"paris"}, Strategy: "rolling"}},
			{Line: 11, Text: "la base primaire tombe", Do: plan.DoFault, When: plan.Trigger{On: plan.OnNow},
				Fault: &plan.Fault{Kind: plan.Crash, Site: "paris", Service: "db", Title: history.Text{FR: "arrêt brutal : la base de Paris", EN: "crash: the database in Paris"}}},
			{Line: 13, Text: "on bascule", Do: plan.DoFailover, Runbook: &plan.Runbook{ID: "PRA-07", To: "lyon"}},
		},
	}
}

func expand(t *testing.T, sc plan.Scenario, list, phases string, c Choice) *Sweep {
	t.Helper()
	var err error
	if c.Faults, c.All, err = ParseFaults(list); err != nil {
		t.Fatal(err)
	}
	if c.Phases, err = ParsePhases(phases); err != nil {
		t.Fatal(err)
	}
	s, err := Expand(sc, orders(t), 7, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The whole expansion, as a reader of the folder of a sweep finds it.
func TestTheShippedMigrationAsASweep(t *testing.T) {
	s := expand(t, migration(), "crash,freeze,cut,latency=250ms,http-error", "", Choice{})
	dir := t.TempDir()
	if err := s.Write(dir); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "migration.json")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("the expansion is not that of %s (-update writes it):\n%s", golden, got)
	}
	again := expand(t, migration(), "crash,freeze,cut,latency=250ms,http-error", "", Choice{})
	a, err := json.Marshal(s.Plan())
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(again.Plan())
	if err != nil {
		t.Fatal(err)
	}
	if string(a) != string(b) {
		t.Error("the same scenario, stage and seed gave another plan")
	}
}

func TestACellIsTheScenarioWithItsFaultAtItsMoment(t *testing.T) {
	s := expand(t, migration(), "crash,latency=250ms", "replace", Choice{})
	cells := s.Plan().Scenarios
	i := slices.IndexFunc(s.Cells, func(c Cell) bool { return c.Key == "replace-orders-2of2-during-latency-250ms" })
	if i < 0 {
		t.Fatalf("no such cell in %+v", s.Cells)
	}
	sc := cells[i]
	if sc.ID != s.Cells[i].ID || sc.Sweep {
		t.Errorf("id %q, sweep %t: a cell is an ordinary scenario of its own name", sc.ID, sc.Sweep)
	}
	if strings.ReplaceAll(sc.Name, "\u00a0", " ") != "Latence : liaisons vers la base de Paris (250 ms), pendant le remplacement de l’instance 2 sur 2 de « orders »" {
		t.Errorf("name %q", sc.Name)
	}
	f := sc.Steps[1]
	if want := (plan.Trigger{On: plan.OnInstance, Phase: plan.Replace, Moment: plan.During, Service: "orders", K: 2, N: 2}); f.When != want {
		t.Errorf("trigger %+v, want %+v", f.When, want)
	}
	if f.Fault.Kind != plan.Slow || f.Fault.Latency.D() != 250*time.Millisecond || f.Fault.To != "paris/db" || f.Fault.From != "" {
		t.Errorf("fault %+v: want that of the links towards the database", *f.Fault)
	}
	if sc.Steps[2].Runbook.ID != "PRA-07" || sc.Steps[0].Deploy.Release != "1.5.0" {
		t.Error("the other steps are not the scenario's")
	}
	if own := migration(); own.Steps[1].Fault.Kind != plan.Crash {
		t.Error("the scenario itself was changed")
	}
}

// The end of a phase and the start of the next one are one instant; between two
// instances a pause lies.
func TestMomentsOfADeployment(t *testing.T) {
	s := expand(t, migration(), "crash", "", Choice{})
	var got []string
	for _, p := range s.Points {
		id := p.ID()
		if p.Same != nil {
			id += " = " + p.Same.ID()
		}
		got = append(got, id)
	}
	want := []string{"prepare-before", "prepare-during", "migrate-before = prepare-after", "migrate-during",
		"replace-orders-1of2-before = migrate-after", "replace-orders-1of2-during", "replace-orders-1of2-after",
		"replace-orders-2of2-before", "replace-orders-2of2-during", "verify-before = replace-orders-2of2-after", "verify-during",
		"finish-before = verify-after", "finish-during", "finish-after"}
	if !slices.Equal(got, want) {
		t.Errorf("moments\n %s\nwant\n %s", strings.Join(got, "\n "), strings.Join(want, "\n "))
	}
}

func TestPhasesThatTheReleaseHas(t *testing.T) {
	sc := migration()
	deploy := *sc.Steps[0].Deploy
	deploy.Release = "1.4.0" // migrates nothing
	sc.Steps[0].Deploy = &deploy
	if s := expand(t, sc, "crash", "", Choice{}); slices.ContainsFunc(s.Points, func(p Point) bool { return p.Phase == plan.Migrate || p.Phase == plan.Switch }) {
		t.Errorf("moments of phases that never come: %+v", s.Points)
	}
	if _, err := Expand(sc, orders(t), 1, Choice{Phases: []plan.Phase{plan.Migrate}}); err == nil {
		t.Error("a sweep over a phase that never comes is no mistake")
	}
	// On two sites each has its own instances.
	deploy.Sites = []string{"paris", "lyon"}
	s := expand(t, sc, "crash", "replace", Choice{})
	if !slices.ContainsFunc(s.Points, func(p Point) bool {
		return p.Trigger() == plan.Trigger{On: plan.OnInstance, Phase: plan.Replace, Moment: plan.During, Service: "orders", Site: "lyon", K: 2, N: 2}
	}) {
		t.Errorf("the second site's instances have no moments: %+v", s.Points)
	}
}

// --phases takes a moment by either of its names.
func TestAPhaseHasItsBothEnds(t *testing.T) {
	s := expand(t, migration(), "crash", "migrate", Choice{})
	var got []string
	for _, p := range s.Points {
		got = append(got, p.ID())
	}
	if want := []string{"migrate-before", "migrate-during", "replace-orders-1of2-before"}; !slices.Equal(got, want) {
		t.Errorf("moments %v, want %v", got, want)
	}
}

func TestTheFirstCellsSeeEveryFaultAndEveryPhase(t *testing.T) {
	for _, list := range []string{"crash,freeze,cut", "crash,freeze,cut,latency,reset,host-lost,refuse,bandwidth"} {
		s := expand(t, migration(), list, "", Choice{})
		faults, phases := map[int]bool{}, map[plan.Phase]bool{}
		first := 0
		for len(faults) < len(s.Faults) || len(phases) < 5 {
			c := s.Cells[first]
			faults[c.Fault], phases[s.Points[c.Point].Phase] = true, true
			first++
		}
		// Six moments lie inside a phase; no order could need fewer cells than the longer side.
		if want := max(6, len(s.Faults)); first > want {
			t.Errorf("%s: %d cells until every fault and phase was seen once, want at most %d", list, first, want)
		}
		seen := map[[2]int]bool{}
		for _, c := range s.Cells {
			seen[[2]int{c.Point, c.Fault}] = true
		}
		if len(seen) != len(s.Points)*len(s.Faults) || len(s.Cells) != len(seen) {
			t.Errorf("%s: %d cells, %d of them distinct, want %d", list, len(s.Cells), len(seen), len(s.Points)*len(s.Faults))
		}
		if p := s.Points[s.Cells[0].Point]; p.Phase != plan.Migrate || p.Moment != plan.During {
			t.Errorf("first comes %s, want the inside of the migration", p.ID())
		}
	}
}

func TestWhatFailedBeforeComesFirst(t *testing.T) {
	s := expand(t, migration(), "crash,freeze", "", Choice{Failed: []string{"finish-after-freeze", "prepare-before-crash", "gone-since"}})
	if a, b := s.Cells[0].Key, s.Cells[1].Key; a != "prepare-before-crash" && b != "prepare-before-crash" || a != "finish-after-freeze" && b != "finish-after-freeze" {
		t.Errorf("first come %s and %s", a, b)
	}
	if s.Cells[0].ID != "c001-"+s.Cells[0].Key || s.Cells[27].ID != "c028-"+s.Cells[27].Key {
		t.Errorf("ids %s ... %s do not number the order of play", s.Cells[0].ID, s.Cells[27].ID)
	}
}

// Cells played and cells left out, with their reasons, are all there could be.
func TestCoverageAddsUp(t *testing.T) {
	netem := func(k plan.FaultKind) history.Text {
		if k == plan.UDPDelay {
			return history.Text{FR: "ce noyau n’a pas netem", EN: "this kernel has no netem"}
		}
		return history.Text{}
	}
	for _, c := range []struct {
		list, phases string
		choice       Choice
	}{{"crash,http-error", "migrate", Choice{}}, {"all", "", Choice{Refuse: netem}}, {"crash,latency=1s,latency=2s", "", Choice{}},
		{"crash,freeze", "", Choice{Only: "c099-migrate-during-freeze"}}} {
		s := expand(t, migration(), c.list, c.phases, c.choice)
		sum := len(s.Cells)
		for _, l := range s.LeftOut {
			sum += l.Cells
			if l.Why.FR == "" || l.Why.EN == "" || l.Cells == 0 {
				t.Errorf("%s: left out without a reason, or nothing at all: %+v", c.list, l)
			}
		}
		if sum != s.Possible {
			t.Errorf("%s %s: %d cells and what is left out make %d of %d possible", c.list, c.phases, len(s.Cells), sum, s.Possible)
		}
		if c.list == "all" && !slices.ContainsFunc(s.LeftOut, func(l LeftOut) bool {
			return strings.Contains(l.Why.EN, "no netem") && slices.Contains(l.Faults, "udp-delay")
		}) {
			t.Errorf("what the engine cannot do is not told: %+v", s.LeftOut)
		}
	}
}

func TestStepsKeepTheirOrder(t *testing.T) {
	sc := migration()
	stop := plan.Step{Line: 12, Do: plan.DoStop, When: plan.Trigger{On: plan.OnPhase, Phase: plan.Migrate, Moment: plan.During}}
	sc.Steps = slices.Insert(sc.Steps, 2, stop)
	s := expand(t, sc, "crash", "", Choice{})
	for _, p := range s.Points {
		if p.Phase != plan.Prepare && p.ID() != "migrate-before" && p.ID() != "migrate-during" {
			t.Errorf("the fault strikes at %s, behind a step that waits for the migration", p.ID())
		}
	}
	if !slices.ContainsFunc(s.LeftOut, func(l LeftOut) bool {
		return strings.Contains(l.Why.EN, "line 12") && slices.Contains(l.Points, "finish-after")
	}) {
		t.Errorf("what is left out names no step: %+v", s.LeftOut)
	}
}

func TestAimedAtWhatTheScenarioIsAbout(t *testing.T) {
	link := migration()
	link.Steps[1].Fault = &plan.Fault{Kind: plan.Slow, From: "paris/orders", To: "paris/db", Latency: plan.Duration(time.Second), Title: history.Same("slow")}
	site := migration()
	site.Steps[1].Fault = &plan.Fault{Kind: plan.SiteLost, Site: "paris", Title: history.Same("lost")}
	for _, c := range []struct {
		name string
		sc   plan.Scenario
		kind plan.FaultKind
		want plan.Fault
	}{
		{"a container of a link's provider", link, plan.Freeze, plan.Fault{Site: "paris", Service: "db"}},
		{"another fault of the same link", link, plan.Cut, plan.Fault{From: "paris/orders", To: "paris/db"}},
		{"the site of a link's provider", link, plan.SiteLost, plan.Fault{Site: "paris"}},
		{"the scenario's own fault as it is", link, plan.Slow, plan.Fault{From: "paris/orders", To: "paris/db", Latency: plan.Duration(time.Second)}},
		{"the name of a container, asked for at its site", migration(), plan.NXDomain, plan.Fault{From: "paris", Name: "db"}},
		{"the links of a site with the other", site, plan.Cut, plan.Fault{From: "paris", To: "lyon"}},
		{"the site of a site", site, plan.SiteIsolated, plan.Fault{Site: "paris"}},
	} {
		s := expand(t, c.sc, string(c.kind), "migrate", Choice{})
		got := s.Faults[0].Fault
		if got.Title.FR == "" || got.Title.EN == "" {
			t.Errorf("%s: no title", c.name)
		}
		got.Title = history.Text{}
		if c.want.Kind = c.kind; got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
	if _, err := Expand(site, orders(t), 1, Choice{Faults: []Spec{{Kind: plan.Crash}}}); err == nil || !strings.Contains(err.Error(), "about no service") {
		t.Errorf("a crash of a whole site: %v", err)
	}
}

func TestMistakesAreToldInBothLanguages(t *testing.T) {
	without, twice, early := migration(), migration(), migration()
	without.Steps = slices.Delete(slices.Clone(without.Steps), 1, 2)
	twice.Steps = append(slices.Clone(twice.Steps), twice.Steps[1])
	early.Steps = []plan.Step{early.Steps[1], early.Steps[0], early.Steps[2]}
	for name, f := range map[string]func() error{
		"no fault":       func() error { _, err := Expand(without, orders(t), 1, Choice{}); return err },
		"two faults":     func() error { _, err := Expand(twice, orders(t), 1, Choice{}); return err },
		"no deployment":  func() error { _, err := Expand(early, orders(t), 1, Choice{}); return err },
		"unknown cell":   func() error { _, err := Expand(migration(), orders(t), 1, Choice{Only: "nowhere"}); return err },
		"unknown fault":  func() error { _, _, err := ParseFaults("crahs"); return err },
		"unknown param":  func() error { _, _, err := ParseFaults("latency:bytes=3"); return err },
		"not a value":    func() error { _, _, err := ParseFaults("latency=quick"); return err },
		"nothing":        func() error { _, _, err := ParseFaults("bandwidth=0"); return err },
		"no such status": func() error { _, _, err := ParseFaults("http-error=200"); return err },
		"over the whole": func() error { _, _, err := ParseFaults("cpu=120"); return err },
		"no value":       func() error { _, _, err := ParseFaults("latency:400ms"); return err },
		"unknown phase":  func() error { _, err := ParsePhases("migrat"); return err },
		"no moment left": func() error {
			sc := migration()
			sc.Steps = slices.Insert(sc.Steps, 1, plan.Step{Line: 11, Do: plan.DoWait, When: plan.Trigger{On: plan.OnPhase, Phase: plan.Migrate, Moment: plan.After}})
			_, err := Expand(sc, orders(t), 1, Choice{Phases: []plan.Phase{plan.Prepare}})
			return err
		},
		"phase not there": func() error {
			_, err := Expand(migration(), orders(t), 1, Choice{Phases: []plan.Phase{plan.Switch}})
			return err
		},
	} {
		var m *Mistake
		if err := f(); !errors.As(err, &m) {
			t.Errorf("%s: got %v, want a mistake", name, err)
			continue
		}
		if m.Text.FR == "" || m.Text.EN == "" || m.Text.FR == m.Text.EN || strings.Contains(m.Text.FR+m.Text.EN, "%!") {
			t.Errorf("%s: %+v", name, m.Text)
		}
		if strings.HasPrefix(name, "unknown") && (m.Word == "" || len(m.Known) == 0) {
			t.Errorf("%s: nothing to propose: %+v", name, m)
		}
	}
}

// Who reads that there is no cell learns where the step is that takes them away,
// and what can be done.
func TestNoMomentLeftNamesTheSteps(t *testing.T) {
	sc := migration()
	wait := func(line int, phase plan.Phase) plan.Step {
		return plan.Step{Line: line, Do: plan.DoWait, When: plan.Trigger{On: plan.OnPhase, Phase: phase, Moment: plan.After}}
	}
	sc.Steps = slices.Insert(sc.Steps, 1, wait(11, plan.Migrate))
	sc.Steps = append(sc.Steps, wait(15, plan.Prepare))
	_, err := Expand(sc, orders(t), 1, Choice{})
	var m *Mistake
	if !errors.As(err, &m) || !strings.Contains(m.Text.FR, "lignes 11, 15") || !strings.Contains(m.Text.EN, sc.Feature) || strings.Contains(m.Text.EN, "--phases") {
		t.Errorf("got %v", err)
	}
	if _, err = Expand(sc, orders(t), 1, Choice{Phases: []plan.Phase{plan.Prepare}}); err == nil || !strings.Contains(err.Error(), "--phases") {
		t.Errorf("phases were asked for, and it tells nothing of them: %v", err)
	}
}

func TestParametersReachTheFault(t *testing.T) {
	specs, all, err := ParseFaults("slicer:bytes=32:latency=2ms:for=10s, cpu=2.5%, clock=-5m, cut:direction=back,crash")
	if err != nil || all || len(specs) != 5 {
		t.Fatalf("%+v, %t, %v", specs, all, err)
	}
	s := expand(t, migration(), "slicer:bytes=32:latency=2ms:for=10s,cpu=2.5%,clock=-5m,cut:direction=back", "migrate", Choice{})
	byKind := map[plan.FaultKind]plan.Fault{}
	for _, f := range s.Faults {
		byKind[f.Fault.Kind] = f.Fault
	}
	if f := byKind[plan.Slicer]; f.Bytes != 32 || f.Latency.D() != 2*time.Millisecond || f.For.D() != 10*time.Second {
		t.Errorf("slicer %+v", f)
	}
	if byKind[plan.CPU].Percent != 2.5 || byKind[plan.Clock].Offset.D() != -5*time.Minute || byKind[plan.Cut].Direction != plan.Back {
		t.Errorf("faults %+v", byKind)
	}
	// What a cell prints can be typed again.
	for _, f := range s.Faults {
		if again, _, err := ParseFaults(f.Spec); err != nil || again[0].String() != f.Spec {
			t.Errorf("%q is read as %v, %v", f.Spec, again, err)
		}
	}
}
