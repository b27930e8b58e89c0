package steps

import (
	"strconv"
	"strings"
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// builder is a scenario being compiled: phrases add to it, step by step. It
// keeps what the scenario did so far, so that what cannot happen (a fault during
// a deployment that never starts) is told before anything runs.
type builder struct {
	lang  tongue
	file  *source
	sc    *plan.Scenario
	stage *stage.Stage
	load  func(name string) (*stage.Stage, *loadFailure)
	seed  int64 // of what the plan draws

	step  stepAt
	diags []*Diagnostic

	row      int            // line in a table of examples, 0: no outline
	lost     bool           // the platform could not be read: said once, the rest is skipped
	deploy   *plan.Step     // the last deployment
	underWay bool           // and it has not ended
	reached  progress       // how far the last trigger waits
	faults   int            // in force
	faulted  bool           // there was one
	failover bool           // clients are on the recovery site
	moved    bool           // they were, at some time
	stopping bool           // somebody stops the deployment
	ruled    map[string]int // settings given once: what -> line
}

// stepAt is the step under way.
type stepAt struct {
	line, col int
	text      string // as Gherkin reads it
	written   string // as the author wrote it, without the keyword
	table     [][]cell
}

// cell is a cell of a table, and its place.
type cell struct {
	text      string
	line, col int
}

// errorAt notes a mistake at the place of word in the step ("" for the step as
// a whole). The caller may add a hint to what it returns.
func (b *builder) errorAt(word, fr, en string, args ...any) *Diagnostic {
	return b.note(Error, b.step.line, b.column(word), fr, en, args...)
}

// warn notes a remark, which also goes into the plan.
func (b *builder) warn(word, fr, en string, args ...any) *Diagnostic {
	d := b.note(Warning, b.step.line, b.column(word), fr, en, args...)
	b.sc.Warnings = append(b.sc.Warnings, d.Message)
	return d
}

func (b *builder) note(s Severity, line, col int, fr, en string, args ...any) *Diagnostic {
	if b.row > 0 && line != b.row {
		fr, en = fr+" (exemple de la ligne %d)", en+" (example on line %d)"
		args = append(args, b.row)
	}
	d := &Diagnostic{File: b.file.name, Line: line, Col: col, Severity: s, Language: string(b.lang), Message: b.lang.say(fr, en, args...)}
	b.diags = append(b.diags, d)
	return d
}

// unknown notes a name that nothing has, with the nearest one and all of them.
func (b *builder) unknown(word string, known []string, fr, en string, args ...any) {
	d := b.errorAt(word, fr, en, append([]any{word}, args...)...)
	d.Hint = knownHint(b.lang, word, known)
}

// knownHint proposes the nearest known word, and lists all.
func knownHint(lang tongue, word string, known []string) string {
	if len(known) == 0 {
		return lang.say("il n’y en a aucun", "there is none")
	}
	hint := lang.say("connus : ", "known: ") + lang.list(known)
	if n := nearest(word, known); n != "" {
		hint = lang.say("vouliez-vous dire %s ? ", "did you mean %s? ", lang.quote(n)) + hint
	}
	return hint
}

// column is where a word stands in the line as written, else where the step
// begins.
func (b *builder) column(word string) int {
	if word == "" {
		return b.step.col
	}
	return b.file.column(b.step.line, word, b.step.col)
}

// ready tells whether the platform is named and readable; a step that needs it
// says so when it is not.
func (b *builder) ready() bool {
	if b.stage == nil && !b.lost {
		b.lost = true
		b.errorAt("", "aucune plateforme n’est encore nommée", "no platform is named yet").Hint =
			b.lang.say("commencez par « Étant donné la plateforme \"orders\" »", "begin with: Given the platform \"orders\"")
	}
	return b.stage != nil
}

// once tells whether a setting is given for the first time.
func (b *builder) once(what string) bool {
	if line, again := b.ruled[what]; again {
		b.errorAt("", "déjà dit à la ligne %d", "already said on line %d", line)
		return false
	}
	b.ruled[what] = b.step.line
	return true
}

// add appends an action.
func (b *builder) add(s plan.Step) {
	s.Line, s.Text = b.step.line, b.step.written
	if s.When.On == "" {
		s.When.On = plan.OnNow
	}
	b.sc.Steps = append(b.sc.Steps, s)
}

// expect appends an expectation.
func (b *builder) expect(e history.Expectation) {
	e.Line, e.Text = b.step.line, b.step.written
	b.sc.Expect = append(b.sc.Expect, e)
}

// duration reads a value that may be left out.
func (b *builder) duration(text string) (time.Duration, bool) {
	if text == "" {
		return 0, true
	}
	d, err := parseDuration(text, b.lang)
	if err != nil {
		b.errorAt(text, "%s", "%s", err.Error())
	}
	return d, err == nil
}

// positive is a duration that must be there and not zero.
func (b *builder) positive(text string) (time.Duration, bool) {
	d, ok := b.duration(text)
	if ok && d <= 0 {
		b.errorAt(text, "une durée plus grande que zéro est attendue ici", "a duration above zero is needed here")
		return 0, false
	}
	return d, ok
}

// release checks that the stage has a release.
func (b *builder) release(version string) (stage.Release, bool) {
	var known []string
	for _, r := range b.stage.Releases {
		if r.Version == version {
			return r, true
		}
		known = append(known, r.Version)
	}
	b.unknown(version, known, "version « %s » inconnue de la plateforme « %s »", "release %q is unknown to platform %q", b.stage.ID)
	return stage.Release{}, false
}

// function checks that the stage has a critical function, by its name in either
// language or its id; "" stands for all.
func (b *builder) function(name string) (string, bool) {
	if name == "" {
		return "", true
	}
	i := b.functionIndex(name)
	if i < 0 {
		b.unknown(name, b.functionNames(), "fonction critique « %s » inconnue de la plateforme « %s »", "critical function %q is unknown to platform %q", b.stage.ID)
		return "", false
	}
	return b.sc.Functions[i].ID, true
}

func (b *builder) functionIndex(name string) int {
	for i, f := range b.sc.Functions {
		if same(name, f.ID, f.Name.FR, f.Name.EN) {
			return i
		}
	}
	return -1
}

func (b *builder) functionNames() []string {
	var names []string
	for _, f := range b.sc.Functions {
		names = append(names, f.Name.In(string(b.lang)))
	}
	return names
}

// runbook checks that the stage has a runbook of this purpose. Without a name
// it is the only one of its purpose.
func (b *builder) runbook(id, purpose string) (stage.Runbook, bool) {
	var known, fitting []string
	var only stage.Runbook
	for _, r := range b.stage.Runbooks {
		known = append(known, r.ID)
		if r.Purpose == purpose {
			only = r
			fitting = append(fitting, r.ID)
		}
		if id == "" || !same(id, r.ID) {
			continue
		}
		if r.Purpose != purpose {
			b.errorAt(id, "la procédure « %s » est une procédure %s, pas une procédure %s", "runbook %q is a %s runbook, not a %s one",
				r.ID, b.lang.purpose(r.Purpose), b.lang.purpose(purpose)).Hint = b.fittingHint(purpose)
			return r, false
		}
		return r, true
	}
	switch {
	case id != "":
		b.unknown(id, known, "procédure « %s » inconnue de la plateforme « %s »", "runbook %q is unknown to platform %q", b.stage.ID)
	case len(fitting) == 0:
		b.errorAt("", "la plateforme « %s » n’a aucune procédure %s", "platform %q has no %s runbook", b.stage.ID, b.lang.purpose(purpose))
	case len(fitting) > 1:
		b.errorAt("", "plusieurs procédures %s sont possibles (%s) : dites laquelle est suivie", "several %s runbooks are possible (%s): say which one is followed",
			b.lang.purpose(purpose), b.lang.list(fitting))
	default:
		return only, true
	}
	return stage.Runbook{}, false
}

// fittingHint lists the runbooks of a purpose.
func (b *builder) fittingHint(purpose string) string {
	var fitting []string
	for _, r := range b.stage.Runbooks {
		if r.Purpose == purpose {
			fitting = append(fitting, r.ID)
		}
	}
	if len(fitting) == 0 {
		return b.lang.say("la plateforme n’a aucune procédure %s", "the platform has no %s runbook", b.lang.purpose(purpose))
	}
	return b.lang.say("procédures %s : %s", "%s runbooks: %s", b.lang.purpose(purpose), b.lang.list(fitting))
}

// purpose is how the purpose of a runbook is called.
func (t tongue) purpose(p string) string {
	switch p {
	case "failover":
		return t.say("de bascule", "failover")
	case "failback":
		return t.say("de bascule retour", "failback")
	}
	return t.say("d’exploitation (sans bascule)", "plain (nothing moves)")
}

// authority puts the scenario's owner of a decision in the place of the stage's.
func (b *builder) authority(a *plan.Authority, v values) {
	a.Owner = b.person(v["who"])
	if v["deputy"] != "" {
		a.Deputy = b.person(v["deputy"])
	}
	if d, ok := b.duration(v["delay"]); ok && v["delay"] != "" {
		a.Delay = plan.Duration(d)
		if a.Deadline > 0 && a.Delay > a.Deadline {
			b.errorAt(v["delay"], "la décision viendrait après son échéance (%s)", "the decision would come after its deadline (%s)", b.lang.length(a.Deadline.D()))
		}
	}
}

// person is a role that the stage knows in both languages, or as written.
func (b *builder) person(name string) history.Text {
	bare := withoutArticle(name)
	for _, a := range []stage.Authority{b.stage.Stop, b.stage.Failover} {
		for _, t := range []history.Text{a.Owner, a.Deputy} {
			if same(bare, t.FR, t.EN) {
				return t
			}
		}
	}
	return history.Same(bare)
}

// withoutArticle is "astreinte N2" for "l'astreinte N2".
func withoutArticle(name string) string {
	for _, article := range []string{"l'", "l’", "le ", "la ", "the "} {
		if rest, ok := strings.CutPrefix(name, article); ok {
			return rest
		}
	}
	return name
}

// may tells whether a person may take a decision, and says so when not.
func (b *builder) may(name string, a plan.Authority) bool {
	if name == "" || same(withoutArticle(name), a.Owner.FR, a.Owner.EN, a.Deputy.FR, a.Deputy.EN) {
		return true
	}
	var known []string
	for _, t := range []history.Text{a.Owner, a.Deputy} {
		if w := t.In(string(b.lang)); w != "" {
			known = append(known, w)
		}
	}
	b.unknown(name, known, "« %s » n’a pas autorité pour arrêter le déploiement", "%q has no authority to stop the deployment")
	return false
}

func atoi(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		return -1
	}
	return n
}
