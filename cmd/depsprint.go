package cmd

import (
	"fmt"
	"io"
	"strings"

	"bascule/harness/analysis"
	"bascule/reports"
)

// printDependencies tells who needs whom, what is wrong first.
func printDependencies(w io.Writer, t tongue, r analysis.Result) {
	d := r.Dependencies
	fmt.Fprintf(w, "%s\n", r.Header.Name)
	line := func(indent, text string) {
		fmt.Fprintf(w, "%s%s\n", indent, wrap(text, columns-len(indent), indent+"  "))
	}
	seen := 0
	for _, x := range d.List {
		if x.How != analysis.Unseen && x.How != analysis.ByVolume {
			seen++
		}
	}
	line("  ", t.say("%d %s, %s", "%d %s, %s", seen, plural(t, seen, "dépendance observée", "dépendances observées", "dependency observed", "dependencies observed"), declaredCount(t, d)))
	for _, c := range d.CutOff {
		line("  ", cutOffText(t, r, c))
	}
	for _, f := range r.Findings {
		if f.Code == "runbook-failed" || f.Code == "decision-missed" {
			line("  ! ", t.typeset(f.Text.In(string(t))))
		}
	}
	printWrong(w, t, d)
	printRest(w, t, d)
	for _, h := range d.Habits {
		if h.Kind == d.Habits[0].Kind {
			fmt.Fprintf(w, "\n%s\n", t.say("Demandé par habitude, et laissé de côté :", "Asked for by habit, and left aside:"))
		}
		names := strings.Join(h.Names, ", ")
		if h.More > 0 {
			names += " " + t.some(h.More, "et %d autre", "et %d autres", "and %d more", "and %d more")
		}
		line("  ", fmt.Sprintf("%s (%s, %d ×)", t.typeset(h.Text.In(string(t))), names, h.Count))
	}
	fmt.Fprintf(w, "\n%s\n", dependencyConclusion(t, r))
}

func plural(t tongue, n int, fr1, fr, en1, en string) string {
	if t == "fr" {
		return t.plural(n, fr1, fr)
	}
	return t.plural(n, en1, en)
}

func declaredCount(t tongue, d analysis.Dependencies) string {
	if !d.Known {
		return t.say("l’enregistrement ne dit pas ce qui est déclaré", "the record does not say what is declared")
	}
	return t.say("%d %s", "%d %s", d.Declared, plural(t, d.Declared, "déclarée", "déclarées", "declared", "declared"))
}

func cutOffText(t tongue, r analysis.Result, c analysis.CutOff) string {
	title := func(id string) string {
		for _, s := range r.Header.Sites {
			if s.ID == id && s.Title != "" {
				return s.Title
			}
		}
		return id
	}
	how := map[string]string{
		"lost":     t.say("%s est perdu", "%s is lost", title(c.Site)),
		"fenced":   t.say("%s est isolé par la procédure", "%s is fenced", title(c.Site)),
		"isolated": t.say("%s est isolé", "%s is isolated", title(c.Site)),
		"moved":    t.say("le service quitte %s, qui fonctionne encore", "service leaves %s, which lives", title(c.Site)),
	}[c.How]
	out := t.say("%s à %s\u00a0s", "%s at %s s", how, t.number(float64(c.From.Milliseconds()/100)/10))
	if c.Took != "" {
		out += t.say(", %s sert à partir de %s\u00a0s", ", %s serves from %s s", title(c.Took), t.number(float64(c.At.Milliseconds()/100)/10))
	}
	return out
}

// printWrong is what somebody has to mend, with who.
func printWrong(w io.Writer, t tongue, d analysis.Dependencies) {
	for _, x := range d.List {
		if !x.Wrong() {
			continue
		}
		fmt.Fprintf(w, "\n✘ %s -> %s   %s\n", x.From, reports.Provider(x), strings.ToUpper(reports.ClassNames(string(t), x)))
		fmt.Fprintf(w, "    %s\n", wrap(t.typeset(x.Text.In(string(t))), columns-4, "    "))
		var facts []string
		if owner := x.Owner.In(string(t)); owner != "" {
			facts = append(facts, t.say("responsable : %s", "owner: %s", owner))
		}
		if p := phasesText(t, x); p != "" {
			facts = append(facts, t.say("vue : %s", "seen: %s", p))
		}
		if len(facts) > 0 {
			fmt.Fprintf(w, "    %s\n", wrap(strings.Join(facts, t.say(" ; ", "; ")), columns-4, "    "))
		}
	}
}

// printRest is what is in order, and what is only worth a word.
func printRest(w io.Writer, t tongue, d analysis.Dependencies) {
	titles := map[bool]string{
		true:  t.say("Observées, déclarées, en ordre :", "Seen, declared, in order:"),
		false: t.say("À savoir :", "Worth knowing:"),
	}
	for _, fine := range []bool{true, false} {
		first := true
		for _, x := range d.List {
			if x.Wrong() || (len(x.Classes) == 0) != fine {
				continue
			}
			if first {
				fmt.Fprintf(w, "\n%s\n", titles[fine])
				first = false
			}
			text := fmt.Sprintf("%s -> %s", x.From, reports.Provider(x))
			if p := phasesText(t, x); p != "" {
				text += "   " + p
			}
			if !fine {
				text += t.say(" : ", ": ") + t.typeset(x.Text.In(string(t)))
			}
			fmt.Fprintf(w, "  %s\n", wrap(text, columns-2, "      "))
		}
	}
}

func phasesText(t tongue, d analysis.Dependency) string {
	var out []string
	for _, p := range d.Phases {
		out = append(out, reports.DependencyPhase(string(t), p))
	}
	return strings.Join(out, ", ")
}

// dependencyConclusion is the verdict in a sentence.
func dependencyConclusion(t tongue, r analysis.Result) string {
	switch v := analysis.JudgeDependencies(r); v {
	case analysis.Pass:
		return mark(v) + " " + t.say("aucune dépendance ne manque, toutes sont déclarées", "no dependency is missing, every one is declared")
	case analysis.Fail:
		n := 0
		for _, d := range r.Dependencies.List {
			if d.Wrong() {
				n++
			}
		}
		return mark(v) + " " + t.say("%d %s à corriger", "%d %s to mend", n, plural(t, n, "dépendance", "dépendances", "dependency", "dependencies"))
	}
	for _, e := range r.Expectations {
		if e.Verdict == analysis.Inconclusive && e.Reason.In(string(t)) != "" {
			return mark(analysis.Inconclusive) + " " + t.say("non concluant : %s", "inconclusive: %s", e.Reason.In(string(t)))
		}
	}
	for _, c := range r.Preconditions {
		if !c.OK && c.Detail.In(string(t)) != "" {
			return mark(analysis.Inconclusive) + " " + t.say("non concluant : %s", "inconclusive: %s", c.Detail.In(string(t)))
		}
	}
	return mark(analysis.Inconclusive) + " " + t.say("non concluant : rien ne prouve que rien ne manque (site qui servait jamais coupé, ou usage des liens non observé)",
		"inconclusive: nothing proves that nothing is missing (the site that served was never cut off, or the use of links was not observed)")
}
