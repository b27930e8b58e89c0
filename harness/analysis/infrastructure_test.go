package analysis

import (
	"testing"
	"time"

	"bascule/harness/history"
)

// check records a check of Lyon's playbook, with what it found as pairs of
// status and task.
func (w *world) checked(at time.Duration, matched string, found ...string) *world {
	w.event(at, history.InfraChecking, "lyon", "tool", "ansible", "site", "lyon")
	return w.told(at, history.InfraChecked, matched, found...)
}

func (w *world) applied(at time.Duration, matched string, found ...string) *world {
	w.event(at, history.InfraApplying, "lyon", "tool", "ansible", "site", "lyon")
	return w.told(at, history.InfraApplied, matched, found...)
}

func (w *world) told(at time.Duration, done history.Kind, matched string, found ...string) *world {
	for i := 0; i+1 < len(found); i += 2 {
		w.event(at+ms, history.InfraChange, "lyon", "status", found[i], "target", "lyon/db", "what", found[i+1], "names", "/etc/site.conf", "why_fr", "parce que", "why_en", "because")
	}
	return w.event(at+sec, done, "lyon", "tool", "Ansible", "version", "2.14.18", "matched", matched)
}

func TestASiteIsJudgedByItsLastCheck(t *testing.T) {
	for name, c := range map[string]struct {
		what    func(w *world)
		want    Verdict
		reason  string
		finding string
	}{
		"as its code says":     {func(w *world) { w.checked(5*sec, "4") }, Pass, "", ""},
		"differs":              {func(w *world) { w.checked(5*sec, "3", "drift", "Réglages") }, Fail, "lyon/db, « Réglages » (/etc/site.conf)", "infra-drift"},
		"never applied":        {func(w *world) { w.checked(5*sec, "3", "not-applied", "Réglages") }, Fail, "1 écart", "infra-not-applied"},
		"one not verified":     {func(w *world) { w.checked(5*sec, "3", "not-verified", "Commande") }, Pass, "", "infra-not-verified"},
		"nothing verified":     {func(w *world) { w.checked(5*sec, "0", "not-verified", "Commande") }, Inconclusive, "n'a rien pu vérifier", "infra-not-verified"},
		"a host out of reach":  {func(w *world) { w.checked(5*sec, "3", "failed", "Réglages", "drift", "Autre") }, Inconclusive, "parce que", "infra-not-checked"},
		"never checked":        {func(*world) {}, Inconclusive, "n'a pas été contrôlée", ""},
		"a number of nonsense": {func(w *world) { w.checked(5*sec, "many") }, Inconclusive, "rien pu vérifier", ""},
		"mended": {func(w *world) {
			w.checked(5*sec, "3", "drift", "Réglages").applied(8*sec, "3", "applied", "Réglages").checked(11*sec, "4")
		}, Pass, "", "infra-mended"},
		"mended, not checked again": {func(w *world) { w.checked(5*sec, "3", "drift", "Réglages").applied(8*sec, "4") }, Inconclusive, "n'a pas été contrôlé de nouveau", ""},
		"applied to no effect": {func(w *world) {
			w.checked(5*sec, "3", "drift", "Réglages").applied(8*sec, "4").checked(11*sec, "3", "drift", "Réglages")
		}, Fail, "1 écart", "infra-drift"},
		"not known to be mended": {func(w *world) {
			w.checked(5*sec, "3", "drift", "Réglages").checked(8*sec, "3", "failed", "Autre")
		}, Inconclusive, "parce que", "infra-drift"},
		"broke since": {func(w *world) { w.checked(5*sec, "4").checked(8*sec, "3", "drift", "Réglages") }, Fail, "1 écart", "infra-drift"},
		"the tool is missing": {func(w *world) {
			w.event(5*sec, history.InfraChecking, "lyon", "tool", "ansible", "site", "lyon")
			w.event(6*sec, history.InfraChecked, "lyon", "err", "ansible-playbook is not on this machine: install ansible")
		}, Inconclusive, "install ansible", "infra-not-checked"},
		"not ended": {func(w *world) { w.event(5*sec, history.InfraChecking, "lyon", "tool", "ansible", "site", "lyon") }, Inconclusive, "pas allé à son terme", "infra-not-checked"},
	} {
		t.Run(name, func(t *testing.T) {
			w := calm().expect(history.Expectation{Kind: history.ExpectInfraMatches, Site: "lyon"})
			c.what(w)
			r := w.analyze()
			if c.reason != "" {
				wantVerdict(t, r, c.want, c.reason)
			} else {
				wantVerdict(t, r, c.want)
			}
			if e := r.Expectations[0]; e.Verdict != c.want || e.Reason.FR != "" && e.Reason.EN == "" {
				t.Errorf("%+v", e)
			}
			if c.finding != "" && !finding(r, c.finding) {
				t.Errorf("no finding %s in %+v", c.finding, r.Findings)
			}
		})
	}
}

// A planned check or playbook that could not be had proves nothing, whether a
// sentence speaks of it or not.
func TestAPlannedCheckThatCouldNotBeMadeIsInconclusive(t *testing.T) {
	for _, do := range []string{"infra-check", "infra-apply"} {
		w := calm().expect(history.Expectation{Kind: history.ExpectNothingLost})
		w.h.Header.Steps = []history.PlannedStep{{Line: 3, Text: "x", Do: do}}
		wantVerdict(t, w.analyze(), Inconclusive, "n'a pas commencé")
	}
	w := calm().expect(history.Expectation{Kind: history.ExpectNothingLost}).applied(5*sec, "0", "failed", "Réglages")
	r := w.analyze()
	wantVerdict(t, r, Inconclusive, "Réglages")
	if !finding(r, "infra-apply-failed") {
		t.Errorf("%+v", r.Findings)
	}
}

func TestAFindingNamesWhatToMendAndWhoAnswers(t *testing.T) {
	w := calm()
	w.h.Header.Functions[0].Owner, w.h.Header.Functions[0].Services = history.Text{FR: "direction", EN: "sales"}, []string{"db"}
	w.checked(5*sec, "1", "drift", "Réglages")
	for _, owner := range []history.Text{{FR: "direction", EN: "sales"}, {FR: "exploitation", EN: "operations"}} {
		r := w.analyze()
		for _, f := range r.Findings {
			if f.Code == "infra-drift" && (f.Subject != "lyon/db" || f.Owner != owner || f.Severity != serious) {
				t.Errorf("%+v, want owner %v", f, owner)
			}
		}
		for i := range w.h.Events {
			if e := &w.h.Events[i]; e.Kind == history.InfraChecking { // from now on the code has an owner of its own
				e.Attrs["owner_fr"], e.Attrs["owner_en"] = "exploitation", "operations"
			}
		}
	}
	if r := calm().analyze(); r.Infrastructure != nil {
		t.Errorf("a run without checks tells of %+v", r.Infrastructure)
	}
}

// What an earlier check could not conclude, and the last one found in order, is
// not held against the site.
func TestAMendedSiteIsNotCalledDrifted(t *testing.T) {
	w := calm().checked(5*sec, "3", "failed", "Autre", "drift", "Réglages").applied(8*sec, "4").checked(11*sec, "4")
	if r := w.analyze(); finding(r, "infra-drift") {
		t.Errorf("%+v", r.Findings)
	}
}

// Of each piece of a site's code the last check counts, and no other.
func TestLastChecks(t *testing.T) {
	record := func(site, id, do string, matched int) InfraRecord {
		return InfraRecord{Site: site, ID: id, Do: do, Matched: matched}
	}
	all := []InfraRecord{record("lyon", "a", "check", 1), record("paris", "a", "check", 2), record("lyon", "b", "check", 3), record("lyon", "a", "apply", 4), record("lyon", "a", "check", 5), record("lyon", "b", "apply", 6)}
	checks, applied := lastChecks(all, "lyon")
	if len(checks) != 2 || checks[0].Matched != 5 || checks[1].Matched != 3 || applied["a"] || !applied["b"] {
		t.Errorf("%+v, applied since %v", checks, applied)
	}
}

func TestWhatIsNotVerifiedIsToldWithItsReason(t *testing.T) {
	r := calm().checked(5*sec, "3", "not-verified", "Commande").analyze()
	wantTold(t, r, "infra-not-verified", "Not verified by")
	wantTold(t, r, "infra-not-verified", "because")
}

// Only a check that came to an end tells how a piece stands, and only its own.
func TestWhatIsCheckedAgainToAnEnd(t *testing.T) {
	ended := InfraRecord{ID: "a", Do: "check", To: sec, Matched: 1}
	broken := InfraRecord{ID: "a", Do: "check", To: sec, Err: "no answer"}
	for name, c := range map[string]struct {
		later []InfraRecord
		want  bool
	}{
		"nothing":     {nil, false},
		"again":       {[]InfraRecord{ended}, true},
		"in vain":     {[]InfraRecord{broken}, false},
		"then again":  {[]InfraRecord{broken, ended}, true},
		"of another":  {[]InfraRecord{{ID: "b", Do: "check", To: sec, Matched: 1}}, false},
		"applied":     {[]InfraRecord{{ID: "a", Do: "apply", To: sec, Matched: 1}}, false},
		"both, apart": {[]InfraRecord{{ID: "a", Do: "apply", To: sec, Matched: 1}, {ID: "b", Do: "check", To: sec, Matched: 1}}, false},
	} {
		if got := concludedAfter(c.later, "a"); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
