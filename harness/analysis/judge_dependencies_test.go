package analysis

import (
	"slices"
	"strings"
	"testing"

	"bascule/harness/history"
)

func TestNoDependencyIsMissing(t *testing.T) {
	noMissing := history.Expectation{Kind: history.ExpectNoMissing}
	noUndeclared := history.Expectation{Kind: history.ExpectNoUndeclared}
	for name, c := range map[string]struct {
		play    func(*world) *world
		expect  history.Expectation
		verdict Verdict
		words   string
	}{
		"all got":       {func(w *world) *world { return w.used(20*sec, "lyon/app/1", "lyon/db/1", 5432, 3, 3) }, noMissing, Pass, "1 dependency observed after the cut, all of them got"},
		"one missing":   {func(w *world) *world { return w.asked(20*sec, "lyon/app/1", "acquirer", "A", "NXDOMAIN", 4) }, noMissing, Fail, "on site Paris this name exists"},
		"hidden":        {func(w *world) *world { return w.stray(20*sec, "lyon/app/1", "10.9.1.4", "paris/db/1", 4) }, noMissing, Fail, "that is paris/db"},
		"nothing asked": {func(w *world) *world { return w }, noMissing, Inconclusive, "asked for nothing after the cut"},
		"not observed":  {func(w *world) *world { w.h.Events = without(w.h.Events, history.Observed); return w }, noMissing, Inconclusive, "was not observed"},
		"nobody took over": {func(w *world) *world {
			w.h.Events = without(w.h.Events, history.EntrySwitched)
			return w.used(20*sec, "lyon/db/1", "paris/db/1", 5432, 9, 0)
		}, noMissing, Inconclusive, "nobody took over"},
		"only the lost site asked for": {func(w *world) *world { return w.used(15*sec, "lyon/db/1", "paris/db/1", 5432, 1, 0) }, noMissing, Inconclusive, "asked for nothing after the cut"},
		"never cut off": {func(w *world) *world {
			w.h.Events = without(w.h.Events, history.SiteState, history.EntrySwitched)
			return w
		}, noMissing, Inconclusive, "never cut off"},
		"all declared":       {func(w *world) *world { return w.used(20*sec, "lyon/app/1", "lyon/db/1", 5432, 3, 3) }, noUndeclared, Pass, "all declared"},
		"one undeclared":     {func(w *world) *world { return w.used(5*sec, "paris/app/1", "paris/mail/1", 25, 3, 3) }, noUndeclared, Fail, "paris/app -> paris/mail:25"},
		"a name of nobody":   {func(w *world) *world { return w.asked(5*sec, "paris/app/1", "audit", "A", "NXDOMAIN", 4) }, noUndeclared, Fail, "paris/app -> audit"},
		"declared unknown":   {func(w *world) *world { w.h.Header.Declared = nil; return w }, noUndeclared, Inconclusive, "was not recorded"},
		"nothing to declare": {func(w *world) *world { w.h.Events = without(w.h.Events, history.Observed); return w }, noUndeclared, Inconclusive, "was not recorded"},
	} {
		w := c.play(failedOver()).expect(c.expect)
		r := w.analyze()
		e := r.Expectations[0]
		if text := plain(e.Measured.EN + " " + e.Reason.EN); e.Verdict != c.verdict || !strings.Contains(text, c.words) {
			t.Errorf("%s: %s, %q, want %s, %q", name, e.Verdict, text, c.verdict, c.words)
		}
		if (e.Reason.FR == "") != (e.Reason.EN == "") || (e.Measured.FR == "") != (e.Measured.EN == "") {
			t.Errorf("%s: one language only: %+v", name, e)
		}
	}
	// The site that is asked about is the only one that counts.
	w := failedOver().asked(20*sec, "lyon/app/1", "acquirer", "A", "NXDOMAIN", 4).used(20*sec, "lyon/app/1", "lyon/db/1", 5432, 3, 3)
	w.expect(history.Expectation{Kind: history.ExpectNoMissing, Site: "bank"})
	if r := w.analyze(); r.Expectations[0].Verdict == Fail {
		t.Errorf("what is missing in Lyon is held against another site: %+v", r.Expectations[0])
	}
}

// without leaves out events of some kinds.
func without(events []history.Event, kinds ...history.Kind) []history.Event {
	return slices.DeleteFunc(slices.Clone(events), func(e history.Event) bool { return slices.Contains(kinds, e.Kind) })
}

func TestTheVerdictOnDependenciesAlone(t *testing.T) {
	fine := failedOver().used(20*sec, "lyon/app/1", "lyon/db/1", 5432, 3, 3)
	if v := JudgeDependencies(fine.analyze()); v != Pass {
		t.Errorf("nothing wrong: %s", v)
	}
	if v := JudgeDependencies(failedOver().analyze()); v != Inconclusive {
		t.Errorf("nothing asked for: %s", v)
	}
	left := fine.analyze()
	for i := range left.Preconditions {
		if left.Preconditions[i].ID == checkCleanup {
			left.Preconditions[i].OK = false
		}
	}
	if v := JudgeDependencies(left); v != Inconclusive {
		t.Errorf("containers are left: %s", v)
	}
	if v := JudgeDependencies(failedOver().asked(5*sec, "paris/app/1", "audit", "A", "NXDOMAIN", 4).analyze()); v != Fail {
		t.Errorf("a name in vain: %s", v)
	}
	if v := JudgeDependencies(calm().analyze()); v != Inconclusive {
		t.Errorf("an older record: %s", v)
	}
}

func TestFindingsNameWhatIsToBeMended(t *testing.T) {
	w := failedOver().asked(20*sec, "lyon/app/1", "acquirer", "A", "NXDOMAIN", 4).used(5*sec, "paris/app/1", "paris/mail/1", 25, 3, 3)
	w.h.Header.Shared = []history.SharedMount{{Kind: "volume", Source: "archive", At: []string{"paris/db", "lyon/db"}}, {Kind: "bind", Source: "data", At: []string{"paris/mail", "lyon/mail"}}}
	want := map[string]Finding{
		"missing-dependency":    {Severity: serious, Subject: "lyon/app -> acquirer", Owner: history.Text{FR: "ventes", EN: "sales"}},
		"undeclared-dependency": {Severity: minor, Subject: "paris/app -> paris/mail:25", Owner: history.Text{FR: "ventes", EN: "sales"}},
		"shared-volume":         {Severity: serious, Subject: "lyon/db -> archive", Owner: history.Text{FR: "ventes", EN: "sales"}},
		"unused-dependency":     {Severity: info, Subject: "lyon/app -> smtp.example.com", Owner: history.Text{FR: "ventes", EN: "sales"}},
	}
	r := w.analyze()
	for code, f := range want {
		i := slices.IndexFunc(r.Findings, func(x Finding) bool { return x.Code == code })
		if i < 0 {
			t.Errorf("no finding %s: %+v", code, r.Findings)
			continue
		}
		got := r.Findings[i]
		if got.Severity != f.Severity || got.Subject != f.Subject || got.Owner != f.Owner || got.Text.FR == "" || got.Text.EN == "" {
			t.Errorf("%s: %+v, want %+v", code, got, f)
		}
	}
	if n := findingsOf(r, "shared-volume"); n != 2 {
		t.Errorf("%d shared stores, want 2", n)
	}
	// One thing is said once: what links tell, the older rule for names does not.
	w.link(20*sec, "lyon/db/1", "paris/db/1", "tcp", 5432, 0, 0, 0, 4).link(24*sec, "lyon/db/1", "paris/db/1", "tcp", 5432, 0, 0, 0, 9)
	w.asked(20*sec, "lyon/db/1", "db.paris", "A", "NOERROR", 2).asked(24*sec, "lyon/db/1", "db.paris", "A", "NOERROR", 5)
	if n := findingsOf(w.analyze(), "needs-lost-site"); n != 1 {
		t.Errorf("told %d times that a replica looks for the lost site", n)
	}
}

func findingsOf(r Result, code string) (n int) {
	for _, f := range r.Findings {
		if f.Code == code {
			n++
		}
	}
	return n
}

func TestCutOffs(t *testing.T) {
	lost := failedOver().analyze().Dependencies.CutOff
	if len(lost) != 1 || lost[0].Site != "paris" || lost[0].How != "lost" || lost[0].From != 10*sec || lost[0].Took != "lyon" || lost[0].At != 14*sec || !lost[0].Open {
		t.Errorf("lost: %+v", lost)
	}
	isolated := calm().event(10*sec, history.FaultInjecting, "f1", "fault", "site-isolated", "target", "paris").event(10*sec, history.FaultInjected, "f1").event(20*sec, history.FaultRecovered, "f1")
	if c := isolated.analyze().Dependencies.CutOff; len(c) != 1 || c[0].How != "isolated" || c[0].To != 20*sec || c[0].Took != "" || c[0].Open {
		t.Errorf("isolated: %+v", c)
	}
	moved := calm().event(10*sec, history.EntrySwitched, "lyon", "from", "paris").event(20*sec, history.EntrySwitched, "paris", "from", "lyon")
	c := moved.analyze().Dependencies.CutOff
	if len(c) != 2 || c[0].How != "moved" || c[0].Site != "paris" || c[0].To != 20*sec || c[1].Site != "lyon" {
		t.Errorf("moved there and back: %+v", c)
	}
	// A standby that is lost is nobody's to do without.
	if c := calm().event(10*sec, history.SiteState, "lyon", "state", "lost").analyze().Dependencies.CutOff; len(c) != 0 {
		t.Errorf("the standby: %+v", c)
	}
	// Lost, then fenced by the runbook: cut off once.
	twice := failedOver().event(12*sec, history.SiteState, "paris", "state", "fenced").analyze().Dependencies.CutOff
	if len(twice) != 1 {
		t.Errorf("fenced after it was lost: %+v", twice)
	}
}

// TestReplicasOfAPairAreNotHidden: once service has moved to a site and the
// other one lives as its standby, copies go the other way, as declared.
func TestReplicasOfAPairAreNotHidden(t *testing.T) {
	play := func(from, to string) Result {
		w := failedOver()
		w.h.Events = without(w.h.Events, history.SiteState, history.FaultInjecting, history.FaultInjected, history.FaultBiting)
		return w.used(20*sec, from, to, 5432, 3, 3).used(24*sec, from, to, 5432, 6, 6).analyze()
	}
	if finding(play("lyon/db/1", "paris/db/1"), "hidden-cross-site") {
		t.Error("a replica of a pair that is declared both ways")
	}
	if !finding(play("lyon/mail/1", "paris/db/1"), "hidden-cross-site") {
		t.Error("service was moved, and goes on using the site that it left: not told")
	}
}

// Where service was moved away from a site that lives, that site is not gone.
func TestAMovedServiceIsNotToldAsALoss(t *testing.T) {
	w := failedOver()
	w.h.Events = without(w.h.Events, history.SiteState, history.FaultInjecting, history.FaultInjected, history.FaultBiting)
	w.asked(20*sec, "lyon/app/1", "audit", "A", "NXDOMAIN", 4)
	for _, f := range w.analyze().Findings {
		if f.Code == "missing-dependency" && (strings.Contains(f.Text.EN, "gone") || !strings.Contains(f.Text.EN, "moved")) {
			t.Errorf("%s", f.Text.EN)
		}
	}
}

// One dependency is enough to say that all are declared; what was not seen, or is
// a volume, is none.
func TestWhatCountsAsObserved(t *testing.T) {
	declared := func(how Way) Dependency { return Dependency{How: how, Declared: []history.Source{history.ByCompose}} }
	for _, c := range []struct {
		list []Dependency
		want Verdict
	}{
		{nil, Inconclusive},
		{[]Dependency{declared(Unseen)}, Inconclusive},
		{[]Dependency{declared(ByVolume)}, Inconclusive},
		{[]Dependency{declared(ByName)}, Pass},
		{[]Dependency{declared(ByName), declared(ByVolume), declared(Unseen)}, Pass},
	} {
		j := &judge{needed: Dependencies{Measured: true, Known: true, List: c.list}}
		got := j.noneUndeclared()
		if got.verdict != c.want || c.want == Pass && plain(got.measured.EN) != "1 dependency observed, all declared" {
			t.Errorf("%+v: %+v, want %s", c.list, got, c.want)
		}
	}
}

func TestOnlyAFewAreNamed(t *testing.T) {
	word := func(Dependency) history.Text { return history.Same("x") }
	for n, want := range map[int]string{1: "x", mostNamed: "x; x; x", mostNamed + 1: "x; x; x; and 1 more", mostNamed + 2: "x; x; x; and 2 more"} {
		if got := plain(named(make([]Dependency, n), word).EN); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
