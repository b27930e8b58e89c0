package analysis

import (
	"slices"
	"strings"

	"bascule/harness/history"
)

// judge holds what was measured, and judges by it.
type judge struct {
	*facts
	watches    []*watch // one a function
	recoveries [][]recovery
	functions  []Function
	phases     []phase
	all        phase
	stats      []PhaseStats
	ledger     Ledger
	yes        []stretch // sites that took writes
	probed     map[string]bool
	split      []overlap
	needed     Dependencies
	resilience *Resilience // nil: no probe
	infra      []InfraRecord

	drift         *Drift
	configuration []Configuration
}

// judged is a verdict with its words.
type judged struct {
	verdict  Verdict
	measured history.Text
	reason   history.Text
}

func pass(measured history.Text) judged { return judged{verdict: Pass, measured: measured} }

func fail(measured, reason history.Text) judged {
	return judged{verdict: Fail, measured: measured, reason: reason}
}

func unknown(measured, reason history.Text) judged {
	return judged{verdict: Inconclusive, measured: measured, reason: reason}
}

// expectations judges each expectation of the scenario.
func (j *judge) expectations() []Judged {
	out := []Judged{}
	for _, e := range j.h.Header.Expect {
		v := j.judge(e)
		out = append(out, Judged{Expectation: e, Verdict: v.verdict, Measured: v.measured, Reason: v.reason})
	}
	return out
}

func (j *judge) judge(e history.Expectation) judged {
	switch e.Kind {
	case history.ExpectRestored:
		return j.each(e, j.restored)
	case history.ExpectLossAtMost, history.ExpectNothingLost, history.ExpectNothingTwice:
		return j.each(e, j.kept)
	case history.ExpectAvailability:
		return j.each(e, j.available)
	case history.ExpectLatency:
		return j.each(e, j.quick)
	case history.ExpectNoInterrupt:
		return j.each(e, j.uninterrupted)
	case history.ExpectOneActive:
		return j.oneActive()
	case history.ExpectStopped:
		return j.stopped(e)
	case history.ExpectDeployed:
		return j.deployed(e)
	case history.ExpectNoFailover:
		return j.noFailover()
	case history.ExpectLiveRelease:
		return j.liveRelease(e)
	case history.ExpectActiveSite:
		return j.servedBy(e)
	case history.ExpectNoMissing:
		return j.noneMissing(e)
	case history.ExpectNoUndeclared:
		return j.noneUndeclared()
	case history.ExpectBearsServices, history.ExpectBearsLinks, history.ExpectReturns:
		return j.each(e, j.bears)
	case history.ExpectInfraMatches:
		return j.infraMatches(e)
	case history.ExpectNoDrift:
		return j.noDrift(e)
	case history.ExpectConfigured:
		return j.configured(e)
	}
	return unknown(history.Text{}, say("ce programme ne sait pas juger « %s »", "this program cannot judge “%s”", string(e.Kind)))
}

// each judges an expectation for its function, or for every function under load
// where it names none. The worst verdict counts.
func (j *judge) each(e history.Expectation, one func(history.Expectation, int) judged) judged {
	var which []int
	for fn, f := range j.h.Header.Functions {
		if e.Function == f.ID || e.Function == "" && j.watches[fn].len() > 0 {
			which = append(which, fn)
		}
	}
	if len(which) == 0 {
		return unknown(history.Text{}, say("aucune fonction sous charge à mesurer", "no function under load to measure"))
	}
	total := judged{verdict: Pass}
	for _, fn := range which {
		v := unknown(history.Text{}, say("aucune opération de cette fonction", "no operation of this function"))
		if j.watches[fn].len() > 0 {
			v = one(e, fn)
		}
		name := j.h.Header.Functions[fn].Name
		if v.reason != (history.Text{}) {
			v.reason = say("fonction « %s » : %s", "function “%s”: %s", name, v.reason)
		}
		if len(which) > 1 && v.measured != (history.Text{}) {
			v.measured = say("« %s » : %s", "“%s”: %s", name, v.measured)
		}
		total.verdict = worse(total.verdict, v.verdict)
		total.measured = join(total.measured, v.measured)
		total.reason = join(total.reason, v.reason)
	}
	return total
}

// worse is the worse of two verdicts: what failed failed, whatever else could
// not be measured.
func worse(a, b Verdict) Verdict {
	switch {
	case a == Fail || b == Fail:
		return Fail
	case a == Inconclusive || b == Inconclusive:
		return Inconclusive
	}
	return Pass
}

// phaseStats finds what was measured in a phase.
func (j *judge) phaseStats(name, function string) (PhaseStats, bool) {
	if name == "" {
		name = phaseAll
	}
	i := slices.IndexFunc(j.stats, func(s PhaseStats) bool { return s.Phase == name && s.Function == function })
	if i < 0 || j.stats[i].Intended == 0 {
		return PhaseStats{}, false
	}
	return j.stats[i], true
}

// phaseName is a phase in words.
func phaseName(name string) history.Text {
	switch name {
	case phaseBefore:
		return say("avant le déploiement", "before")
	case phaseDeploying:
		return say("pendant le déploiement", "while deploying")
	case phaseFailing:
		return say("en mode dégradé", "while degraded")
	case phaseRecovered:
		return say("après le rétablissement", "after recovery")
	}
	return say("pendant tout l'exercice", "during the whole exercise")
}

// same compares names as people write them.
func same(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}
