package steps

import (
	"regexp"
	"slices"

	"bascule/harness/plan"
	"bascule/harness/stage"
)

// Moments of a failover, a failback or a procedure: "pendant la bascule", "avant
// l'étape 2 de la procédure", "during step \"Promote the database\" of runbook
// \"PRA-07\"". The sentence stands right after the one that follows the runbook.

var (
	runbookSaid = regexp.MustCompile(`^(?:que )?(?:la |l'|the |we )?(bascule retour|rebascule|retour|bascule|basculement|procedure|failover|failback|fail over|fail back|runbook)(?: "([^"]*)")?$`)
	stepSaid    = regexp.MustCompile(`^(?:l'|the )?(?:etape|step) ("[^"]*"|\d+)(?: (?:de la |of (?:the )?)(bascule retour|bascule|procedure|runbook|failover|failback)(?: "([^"]*)")?)?$`)
	goesOn      = regexp.MustCompile(` (?:runs|is running|is under way|is in progress|is being (?:followed|done|applied)|takes place|se deroule|a lieu)$`)
)

// onRunbook ties an action to a step of the runbook that is followed; mine is
// false where the words are about something else.
func (b *builder) onRunbook(text string, when instant, do plan.Action) (t plan.Trigger, ok, mine bool) {
	words := goesOn.ReplaceAllString(when.words, "")
	said, step := runbookSaid.FindStringSubmatch(words), ""
	if said == nil {
		m := stepSaid.FindStringSubmatch(words)
		if m == nil {
			return t, false, false
		}
		step, said = m[1], m[1:]
	}
	// Names as the author wrote them.
	if names := quoted.FindAllStringSubmatch(text, -1); len(names) > 0 {
		if step != "" && said[0][0] == '"' {
			step = names[0][0]
		}
		if said[2] != "" {
			said[2] = names[len(names)-1][1]
		}
	}
	if do != plan.DoFault && do != plan.DoHeal {
		b.errorAt(text, "« %s » : seule une panne, ou sa réparation, se rattache à une étape de procédure", "%q: only a fault, or its repair, is tied to a step of a runbook", text)
		return t, false, true
	}
	r, ok := b.followed(text, said[1], said[2])
	if !ok {
		return t, false, true
	}
	delay, ok := b.duration(when.delay)
	if !ok {
		return t, false, true
	}
	t = plan.Trigger{On: plan.OnRunbook, Runbook: r.ID, Moment: when.moment, Delay: plan.Duration(delay)}
	switch {
	case step != "":
		if t.Step, ok = b.runbookStep(step, r); !ok {
			return t, false, true
		}
	case when.moment == plan.After && len(r.Steps) > 0:
		t.Step = r.Steps[len(r.Steps)-1].ID
	}
	return t, b.inRunbookOrder(text, r, t), true
}

// followed is the runbook that the step before follows, checked against what
// the author calls it.
func (b *builder) followed(text, called, id string) (stage.Runbook, bool) {
	at, last := -1, -1
	for i, s := range b.sc.Steps {
		if s.Runbook != nil {
			at, last = i, i
			continue
		}
		if s.When.On != plan.OnRunbook && s.When.On != plan.OnTogether {
			at = -1
		}
	}
	switch {
	case last < 0:
		b.errorAt(text, "« %s » : aucune bascule ni procédure avant cette étape", "%q: no failover and no runbook before this step", text).Hint =
			b.lang.say("cette phrase vient juste après « Quand on bascule… » ou « Quand on applique la procédure… »", "this sentence stands right after: When we fail over…, or: When we apply runbook…")
		return stage.Runbook{}, false
	case at < 0:
		b.errorAt(text, "« %s » : cette étape doit suivre tout de suite celle de la ligne %d, à laquelle elle se rattache",
			"%q: this step must stand right after that of line %d, on which it hangs", text, b.sc.Steps[last].Line)
		return stage.Runbook{}, false
	}
	s := b.sc.Steps[at]
	r := b.stage.Runbooks[slices.IndexFunc(b.stage.Runbooks, func(r stage.Runbook) bool { return r.ID == s.Runbook.ID })]
	if id != "" && !same(id, r.ID) {
		b.errorAt(text, "la procédure suivie à la ligne %d est « %s »", "the runbook that is followed on line %d is %q", s.Line, r.ID)
		return r, false
	}
	wants := plan.Action("")
	switch called {
	case "bascule retour", "rebascule", "retour", "failback", "fail back":
		wants = plan.DoFailback
	case "bascule", "basculement", "failover", "fail over":
		wants = plan.DoFailover
	}
	// A failback is a failover too, back.
	if wants == plan.DoFailback && s.Do != plan.DoFailback || wants == plan.DoFailover && s.Do == plan.DoProcedure {
		b.errorAt(text, "la procédure suivie à la ligne %d (« %s ») est une procédure %s", "the runbook that is followed on line %d (%q) is a %s runbook", s.Line, r.ID, b.lang.purpose(r.Purpose))
		return r, false
	}
	return r, true
}

// runbookStep finds a step of a runbook by its number from 1, its title in
// either language, or its id.
func (b *builder) runbookStep(said string, r stage.Runbook) (string, bool) {
	m := quoted.FindStringSubmatch(said)
	if m == nil {
		n := atoi(said)
		if n < 1 || n > len(r.Steps) {
			b.errorAt(said, "la procédure « %s » a %s : pas d’étape %s", "runbook %q has %s: no step %s", r.ID,
				b.lang.some(len(r.Steps), "%d étape", "%d étapes", "%d step", "%d steps"), said)
			return "", false
		}
		return r.Steps[n-1].ID, true
	}
	var known []string
	for _, s := range r.Steps {
		if same(m[1], s.ID, s.Title.FR, s.Title.EN) {
			return s.ID, true
		}
		known = append(known, s.Title.In(string(b.lang)))
	}
	b.unknown(m[1], known, "étape « %s » inconnue de la procédure « %s »", "step %q is unknown to runbook %q", r.ID)
	return "", false
}

// inRunbookOrder refuses a moment that has passed when its step comes.
func (b *builder) inRunbookOrder(text string, r stage.Runbook, t plan.Trigger) bool {
	place := func(t plan.Trigger) int {
		step := max(0, slices.IndexFunc(r.Steps, func(s stage.RunbookStep) bool { return s.ID == t.Step }))
		return 3*step + slices.Index([]plan.Moment{plan.Before, plan.During, plan.After}, t.Moment)
	}
	for _, s := range slices.Backward(b.sc.Steps) {
		if s.Runbook != nil {
			return true
		}
		if s.When.On != plan.OnRunbook {
			continue
		}
		if place(s.When) > place(t) {
			b.errorAt(text, "« %s » : ce moment est déjà passé, l’étape de la ligne %d attend plus tard dans la procédure",
				"%q: this moment has passed, the step of line %d waits for a later one of the runbook", text, s.Line).Hint =
				b.lang.say("mettez les étapes dans l’ordre de la procédure", "put the steps in the order of the runbook")
			return false
		}
		return true
	}
	return true
}
