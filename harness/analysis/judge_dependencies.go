package analysis

import (
	"slices"

	"bascule/harness/history"
)

// noneMissing judges that what was to go on without the other site got all that
// it asked for. It can be told only where a site was out of reach, and where the
// other one was seen to ask for anything after that.
func (j *judge) noneMissing(e history.Expectation) judged {
	var wrong []Dependency
	for _, d := range j.needed.List {
		if (e.Site == "" || siteOf(d.From) == e.Site) && (d.Is(Missing) || d.Is(Hidden) && d.How != ByVolume) {
			wrong = append(wrong, d)
		}
	}
	if len(wrong) > 0 {
		n := dependencies(len(wrong), "manquante", "manquantes", "missing")
		return fail(n, say("%s : %s", "%s: %s", n, named(wrong, func(d Dependency) history.Text { return d.Text })))
	}
	switch {
	case !j.needed.Measured:
		return unknown(history.Text{}, say("l'usage des liens n'a pas été observé", "the use of links was not observed"))
	case !j.needed.cutOff():
		return unknown(history.Text{}, say("le site qui servait n'a jamais été coupé des autres : rien ne dit ce qui manquerait", "the site that served was never cut off from the others: nothing tells what would be missing"))
	case !j.needed.takenOver():
		return unknown(history.Text{}, say("personne n'a pris le relais du site coupé : rien ne dit ce qui manquerait", "nobody took over from the site that was cut off: nothing tells what would be missing"))
	case j.needed.Without == 0:
		return unknown(history.Text{}, say("le site de secours n'a rien demandé après la coupure : rien n'a pu manquer", "the recovery site asked for nothing after the cut: nothing could be missing"))
	}
	return pass(say("%s après la coupure, toutes obtenues", "%s after the cut, all of them got",
		some(j.needed.Without, "dépendance observée", "dépendances observées", "dependency observed", "dependencies observed")))
}

// noneUndeclared judges that each dependency that was seen stands somewhere.
func (j *judge) noneUndeclared() judged {
	var wrong []Dependency
	seen := 0
	for _, d := range j.needed.List {
		if d.Is(Undeclared) || (d.Is(Missing) || d.Is(Unresolved)) && len(d.Declared) == 0 && d.How == ByUnknown {
			wrong = append(wrong, d)
		}
		if d.How != Unseen && d.How != ByVolume {
			seen++
		}
	}
	switch {
	case len(wrong) > 0:
		n := dependencies(len(wrong), "non déclarée", "non déclarées", "undeclared")
		return fail(n, say("%s : %s", "%s: %s", n, named(wrong, func(d Dependency) history.Text { return history.Same(d.ends()) })))
	case !j.needed.Measured || !j.needed.Known:
		return unknown(history.Text{}, say("l'usage des liens, ou ce qui est déclaré, n'a pas été enregistré", "the use of links, or what is declared, was not recorded"))
	case seen == 0:
		return unknown(history.Text{}, say("aucune dépendance n'a été observée", "no dependency was observed"))
	}
	return pass(say("%s, toutes déclarées", "%s, all declared", some(seen, "dépendance observée", "dépendances observées", "dependency observed", "dependencies observed")))
}

// JudgeDependencies is the verdict on dependencies alone, whatever the scenario
// asked for. How even the load was is not asked; but what was not done, was not
// seen to the end, or was not taken down again proves nothing.
func JudgeDependencies(r Result) Verdict {
	d := r.Dependencies
	if slices.ContainsFunc(d.List, Dependency.Wrong) {
		return Fail
	}
	if !d.Measured || !d.Known || !d.takenOver() || d.Without == 0 || !r.played() {
		return Inconclusive
	}
	return Pass
}

// played tells whether the exercise was carried out to its end: its steps and its
// faults, on an engine that lived, and taken down again.
func (r Result) played() bool {
	return !slices.ContainsFunc(r.Preconditions, func(c Check) bool {
		return !c.OK && slices.Contains([]string{checkFaults, checkSteps, checkEngine, checkInterrupted, checkCleanup}, c.ID)
	})
}

func dependencies(n int, fr1, fr, en string) history.Text {
	return some(n, "dépendance "+fr1, "dépendances "+fr, "dependency "+en, "dependencies "+en)
}

// mostNamed is how many dependencies a reason names.
const mostNamed = 3

// named lists what is wrong, the first few.
func named(wrong []Dependency, words func(Dependency) history.Text) (out history.Text) {
	for _, d := range wrong[:min(len(wrong), mostNamed)] {
		out = join(out, words(d))
	}
	if n := len(wrong) - mostNamed; n > 0 {
		out = say("%s ; et %s", "%s; and %s", out, some(n, "autre", "autres", "more", "more"))
	}
	return out
}
