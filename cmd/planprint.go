package cmd

import (
	"fmt"
	"io"
	"strings"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// printPlan writes a plan for people, each scenario in its own language.
func printPlan(w io.Writer, p plan.Plan) error {
	var b strings.Builder
	lang := tongue("en")
	if len(p.Scenarios) > 0 {
		lang = tongue(p.Scenarios[0].Language)
	}
	n := len(p.Scenarios)
	b.WriteString(lang.say("Plan : %[1]d %[2]s, graine %[4]d. Rien n’est démarré.\n", "Plan: %[1]d %[3]s, seed %[4]d. Nothing is started.\n",
		n, tongue("fr").plural(n, "scénario", "scénarios"), tongue("en").plural(n, "scenario", "scenarios"), p.Seed))
	for i, s := range p.Scenarios {
		printScenario(&b, i+1, s)
	}
	printNotRun(&b, lang, p.Scenarios)
	_, err := io.WriteString(w, b.String())
	return err
}

func printScenario(b *strings.Builder, n int, s plan.Scenario) {
	t := tongue(s.Language)
	fmt.Fprintf(b, "\n%d. %s\n", n, wrap(s.Name, columns-4, "   "))
	fmt.Fprintf(b, "   %s:%d\n", s.Feature, s.Line)
	facts := []string{t.say("plateforme %s", "stage %s", s.Stage), t.say("version %s en production", "release %s live", s.Live)}
	if s.Rate > 0 {
		facts = append(facts, t.say("%s opérations par seconde", "%s operations per second", t.number(s.Rate)))
	}
	facts = append(facts, t.say("stable après %s de succès", "stable after %s of successes", t.duration(s.Stability.D())))
	fmt.Fprintf(b, "   %s\n", wrap(strings.Join(facts, ", "), columns-3, "   "))
	for _, f := range s.Functions {
		fmt.Fprintf(b, "   %s\n", wrap(describeFunction(t, f), columns-3, "     "))
	}
	for _, when := range s.Snapshots {
		fmt.Fprintf(b, "   %s\n", wrap(describeSnapshot(t, when), columns-3, "     "))
	}
	for k, step := range s.Steps {
		fmt.Fprintf(b, "   %2d) %s\n", k+1, wrap(describeStep(t, s, step), columns-7, "       "))
	}
	printProbeTime(b, t, s)
	for _, e := range s.Expect {
		fmt.Fprintf(b, "   %s %s\n", "=>", wrap(e.Text, columns-6, "      "))
	}
	for _, warning := range s.Warnings {
		fmt.Fprintf(b, "   ! %s\n", wrap(warning, columns-5, "     "))
	}
}

// printNotRun names, once a stage, what its Compose files ask for in vain.
func printNotRun(b *strings.Builder, t tongue, scenarios []plan.Scenario) {
	told := map[string]bool{}
	for _, s := range scenarios {
		if len(s.NotRun) == 0 || told[s.Stage] {
			continue
		}
		told[s.Stage] = true
		text := t.say("Demandé par Compose et non appliqué (%s) : ", "Asked for by Compose and not applied (%s): ", s.Stage) + strings.Join(s.NotRun, ", ")
		fmt.Fprintf(b, "\n%s\n", wrap(text, columns, "  "))
	}
}

func describeFunction(t tongue, f history.Function) string {
	targets := []string{t.say("délai de rétablissement %s", "RTO %s", t.duration(f.RTO))}
	if f.RPOSet {
		targets = append(targets, t.say("point de rétablissement %s", "RPO %s", t.duration(f.RPO)))
	}
	if f.MTPD > 0 {
		targets = append(targets, t.say("DMIA %s", "MTPD %s", t.duration(f.MTPD)))
	}
	return t.say("fonction %s : %s", "function %s: %s", t.quote(f.Name.In(string(t))), strings.Join(targets, ", "))
}

// describeStep says when and what.
func describeStep(t tongue, s plan.Scenario, step plan.Step) string {
	what := describeAction(t, s, step)
	if when := describeTrigger(t, step.When); when != "" {
		return when + t.say(" : ", ": ") + what
	}
	return what
}

func describeTrigger(t tongue, w plan.Trigger) string {
	after := ""
	if w.Delay > 0 {
		after = t.say(" (%s plus tard)", " (%s later)", t.duration(w.Delay.D()))
	}
	switch w.On {
	case plan.OnPhase:
		return describeMoment(t, w.Moment) + " " + describePhase(t, w.Phase) + after
	case plan.OnInstance:
		return describeMoment(t, w.Moment) + t.say(" le remplacement de l’instance %d sur %d de %s", " the replacement of instance %d of %d of %s", w.K, w.N, t.quote(w.Service)) + after
	case plan.OnRunbook:
		return describeMoment(t, w.Moment) + " " + describeRunbookStep(t, w) + after
	case plan.OnTogether:
		return t.say("en même temps", "at the same time")
	case plan.OnStart:
		return t.say("%s après le début du déploiement", "%s after the start of the deployment", t.duration(w.Delay.D()))
	}
	return strings.Trim(after, " ()")
}

// describeRunbookStep names a step of a runbook.
func describeRunbookStep(t tongue, w plan.Trigger) string {
	if w.Step == "" {
		return t.say("la première étape de la procédure %s", "the first step of runbook %s", w.Runbook)
	}
	return t.say("l’étape %s de la procédure %s", "step %s of runbook %s", t.quote(w.Step), w.Runbook)
}

func describeMoment(t tongue, m plan.Moment) string {
	switch m {
	case plan.Before:
		return t.say("avant", "before")
	case plan.After:
		return t.say("après", "after")
	}
	return t.say("pendant", "during")
}

// describePhase names a phase as scenarios do.
func describePhase(t tongue, p plan.Phase) string {
	switch p {
	case plan.Prepare:
		return t.say("la préparation", "preparation")
	case plan.Migrate:
		return t.say("la migration du schéma", "schema migration")
	case plan.Replace:
		return t.say("le remplacement des instances", "instance replacement")
	case plan.Verify:
		return t.say("la vérification", "verification")
	case plan.Switch:
		return t.say("l’aiguillage du trafic", "traffic switch")
	case plan.Finish:
		return t.say("la clôture", "finish")
	}
	return string(p)
}

func describeAction(t tongue, s plan.Scenario, step plan.Step) string {
	switch {
	case step.Deploy != nil:
		return t.say("déployer la version %s sur %s (%s)", "deploy release %s on %s (%s)", step.Deploy.Release, strings.Join(step.Deploy.Sites, ", "), step.Deploy.Strategy)
	case step.Fault != nil:
		return describeFault(t, *step.Fault)
	case step.Rollback != nil:
		return t.say("revenir en arrière vers la version %s sur %s", "roll back to release %s on %s", step.Rollback.Release, strings.Join(step.Rollback.Sites, ", "))
	case step.Runbook != nil:
		return describeRunbook(t, s, step)
	}
	switch step.Do {
	case plan.DoHeal:
		return t.say("réparer toutes les pannes", "repair every fault")
	case plan.DoStop:
		return t.say("arrêter le déploiement%s", "stop the deployment%s", describeAuthority(t, s.Stop))
	case plan.DoFinish:
		return t.say("attendre la fin du déploiement", "wait for the end of the deployment")
	case plan.DoCompare:
		return t.say("comparer les sites, conteneur par conteneur", "compare the sites, container by container")
	case plan.DoWait:
		return t.say("garder la charge %s", "keep the load on for %s", t.duration(step.Wait.D()))
	case plan.DoCalm:
		text := t.say("attendre que le service soit de nouveau stable, %s au plus", "wait until service is stable again, %s at most", t.duration(step.Wait.D()))
		if step.Restart != "" {
			text += t.say(" ; sinon, relancer les services de %s", "; else start the services of %s again", step.Restart)
		}
		return text
	case plan.DoInfraCheck:
		return t.say("comparer le site %s à son code : %s", "compare site %s with its code: %s", step.Infra.Site, strings.Join(step.Infra.IDs, ", "))
	case plan.DoInfraApply:
		return t.say("appliquer le playbook %s sur %s", "apply playbook %s on %s", strings.Join(step.Infra.IDs, ", "), step.Infra.Site)
	}
	return string(step.Do)
}

// describeSnapshot says when the sites are looked at without a step.
func describeSnapshot(t tongue, when string) string {
	switch when {
	case history.AtRest:
		return t.say("les sites sont comparés au repos, avant la charge", "the sites are compared at rest, before the load")
	case history.AtFailover:
		return t.say("les sites sont comparés à l’instant de la bascule", "the sites are compared at the instant of failover")
	}
	return t.say("les sites sont comparés à la fin, après la charge", "the sites are compared at the end, after the load")
}

func describeRunbook(t tongue, s plan.Scenario, step plan.Step) string {
	r := step.Runbook
	switch step.Do {
	case plan.DoFailover:
		return t.say("basculer sur %s selon la procédure %s%s", "fail over to %s following runbook %s%s", r.To, r.ID, describeAuthority(t, s.Failover))
	case plan.DoFailback:
		return t.say("rebasculer sur %s selon la procédure %s%s", "fail back to %s following runbook %s%s", r.To, r.ID, describeAuthority(t, s.Failover))
	}
	return t.say("appliquer la procédure %s", "apply runbook %s", r.ID)
}

// describeAuthority says who decides, and how fast the simulated person is.
func describeAuthority(t tongue, a plan.Authority) string {
	owner := a.Owner.In(string(t))
	if owner == "" {
		return ""
	}
	return t.say(" ; décision : %s, en %s", "; decision: %s, in %s", owner, t.duration(a.Delay.D()))
}
