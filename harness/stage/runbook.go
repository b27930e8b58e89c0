package stage

import (
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"bascule/harness/history"
)

// defaultStepTimeout bounds a runbook step that says nothing.
const defaultStepTimeout = 30 * time.Second

// action tells which fields a runbook step needs beside id, title, owner,
// action and timeout, and which it may have.
type action struct {
	name      string
	need, may []string
}

func actions() []action {
	return []action{
		{name: "fence", need: []string{"site"}},
		{name: "unfence", need: []string{"site"}},
		{name: "exec", need: []string{"site", "service", "command"}},
		{name: "start", need: []string{"site"}, may: []string{"service"}},
		{name: "stop", need: []string{"site"}, may: []string{"service"}},
		{name: "restart", need: []string{"site", "service"}},
		{name: "switch_entry", need: []string{"site"}},
		{name: "switch_name", need: []string{"name", "to"}},
		{name: "verify", need: []string{"function"}},
		{name: "wait_for", need: []string{"site", "service", "command"}},
		{name: "recreate", need: []string{"site", "service"}, may: []string{"release", "env", "wipe"}},
	}
}

// runbookFile is a procedure of runbooks/ as decoded.
type runbookFile struct {
	*doc
	runbook Runbook
}

func decodeRunbook(d *doc, content []byte) *runbookFile {
	f := &runbookFile{doc: d}
	root := d.parse(content)
	if root == nil {
		return f
	}
	r := &f.runbook
	d.fields(root, "",
		need("id", d.word(&r.ID)),
		need("version", d.scalar(&r.Version)),
		need("purpose", d.oneOf(&r.Purpose, "failover", "failback", "procedure")),
		may("from", d.word(&r.From)),
		may("to", d.word(&r.To)),
		need("title", d.text(&r.Title)),
		need("steps", func(n *yaml.Node, path string) {
			d.list(n, path, f.readStep)
			if v := resolve(n); v.Kind == yaml.SequenceNode && len(v.Content) == 0 {
				d.problem(n, "cette procédure n’a aucune étape", "this runbook has no step")
			}
		}),
	)
	f.checkDirection()
	return f
}

// checkDirection: a failover goes from a site to another, a procedure nowhere.
func (f *runbookFile) checkDirection() {
	r := f.runbook
	switch r.Purpose {
	case "failover", "failback":
		for _, end := range []struct{ key, value string }{{"from", r.From}, {"to", r.To}} {
			if end.value == "" && f.seen[end.key] == nil {
				f.problemAt("purpose", "il manque la clé « %[1]s » : une procédure de type « %[2]s » va d’un site à un autre",
					"key \"%[1]s\" is missing: a runbook of purpose \"%[2]s\" goes from one site to another", end.key, r.Purpose)
			}
		}
		if r.From != "" && r.From == r.To {
			f.problemAt("to", "la procédure part du site « %s » et y revient", "the runbook leaves site \"%s\" and comes back to it", r.To)
		}
	case "procedure":
		for _, key := range []string{"from", "to"} {
			if f.seen[key] != nil {
				f.problemAt(key, "« %s » n’a pas de sens ici : cette procédure ne déplace aucun service",
					"\"%s\" makes no sense here: this procedure moves nothing", key)
			}
		}
	}
}

func (f *runbookFile) readStep(n *yaml.Node, path string) {
	s := RunbookStep{Timeout: defaultStepTimeout}
	all := []string{"site", "service", "command", "release", "env", "wipe", "function", "name", "to"}
	names := []string{}
	for _, a := range actions() {
		names = append(names, a.name)
	}
	f.fields(n, path,
		need("id", f.word(&s.ID)),
		need("title", f.text(&s.Title)),
		need("owner", f.text(&s.Owner)),
		need("action", f.oneOf(&s.Action, names...)),
		may("site", f.word(&s.Site)),
		may("service", f.word(&s.Service)),
		may("command", f.command(&s.Command)),
		may("release", f.scalar(&s.Release)),
		may("env", f.environment(&s.Env)),
		may("wipe", f.words(&s.Wipe)),
		may("function", f.word(&s.Function)),
		may("name", f.word(&s.Name)),
		may("to", f.word(&s.To)),
		may("timeout", f.duration(&s.Timeout, time.Millisecond)),
	)
	for _, a := range actions() {
		if a.name != s.Action {
			continue
		}
		for _, key := range all {
			given := f.seen[join(path, key)] != nil
			switch {
			case !given && slices.Contains(a.need, key):
				f.problemAt(join(path, "action"), "l’action « %s » demande la clé « %s »", "action \"%s\" needs key \"%s\"", a.name, key)
			case given && !slices.Contains(a.need, key) && !slices.Contains(a.may, key):
				f.problemAt(join(path, key), "l’action « %s » n’a que faire de la clé « %s »", "action \"%s\" has no use for key \"%s\"", a.name, key)
			}
		}
	}
	f.runbook.Steps = append(f.runbook.Steps, s)
}

// checkIDs finds two steps of one id.
func (f *runbookFile) checkIDs() {
	first := map[string]bool{}
	for i, s := range f.runbook.Steps {
		if s.ID != "" && first[s.ID] {
			f.problemAt(stepPath(i, "id"), "deux étapes portent l’identifiant « %s »", "two steps have the id \"%s\"", s.ID)
		}
		first[s.ID] = true
	}
}

// unknownIn notes a word in a step that names nothing.
func (f *runbookFile) unknownIn(i int, key string, what history.Text, word string, known []string) {
	f.unknown(stepPath(i, key), what, word, known)
}
