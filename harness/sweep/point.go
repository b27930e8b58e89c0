package sweep

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// Barrier is a side of a phase of a deployment, or of the replacement of one
// instance, or its inside.
type Barrier struct {
	Phase   plan.Phase  `json:"phase"`
	Moment  plan.Moment `json:"moment"`
	Site    string      `json:"site,omitempty"` // of one instance, where several sites are deployed to
	Service string      `json:"service,omitempty"`
	K       int         `json:"k,omitempty"`
	N       int         `json:"n,omitempty"`
}

// Point is a moment at which a fault strikes. The end of a phase and the start
// of the next one are the same instant: nothing lies between their barriers.
type Point struct {
	Barrier
	Same *Barrier `json:"same,omitempty"` // the other name of the instant: after the phase before
}

// barriers lists those of a deployment in their order. The phase of replacement
// is taken apart where it has several instances.
func barriers(d *plan.Deploy, st *stage.Stage) [][]Barrier {
	var units []Barrier
	units = append(units, Barrier{Phase: plan.Prepare})
	if i := slices.IndexFunc(st.Releases, func(r stage.Release) bool { return r.Version == d.Release }); i >= 0 && st.Releases[i].Migration != nil {
		units = append(units, Barrier{Phase: plan.Migrate})
	}
	units = append(units, instances(d, st)...)
	units = append(units, Barrier{Phase: plan.Verify})
	if d.Strategy != "rolling" && d.Strategy != "recreate" {
		units = append(units, Barrier{Phase: plan.Switch}) // else traffic moves with the instances
	}
	units = append(units, Barrier{Phase: plan.Finish})
	var out [][]Barrier
	for _, u := range units {
		var sides []Barrier
		for _, m := range []plan.Moment{plan.Before, plan.During, plan.After} {
			u.Moment = m
			sides = append(sides, u)
		}
		out = append(out, sides)
	}
	return out
}

// instances are the units of the replacement: each instance, or the phase as a
// whole where there is one instance only.
func instances(d *plan.Deploy, st *stage.Stage) []Barrier {
	var out []Barrier
	for _, id := range d.Sites {
		i := slices.IndexFunc(st.Sites, func(s stage.Site) bool { return s.ID == id })
		if i < 0 {
			continue
		}
		for _, service := range st.Deployment.Services {
			svc, ok := st.Sites[i].Project.Services[service]
			if !ok {
				continue
			}
			n := svc.GetScale()
			for k := 1; k <= n; k++ {
				b := Barrier{Phase: plan.Replace, Service: service, K: k, N: n}
				if len(d.Sites) > 1 {
					b.Site = id
				}
				out = append(out, b)
			}
		}
	}
	if len(out) < 2 {
		return []Barrier{{Phase: plan.Replace}}
	}
	return out
}

// points folds barriers that are one instant. Between two instances a pause may
// lie, so that their barriers are two.
func points(units [][]Barrier) []Point {
	var out []Point
	for i, u := range units {
		for _, b := range u {
			p := Point{Barrier: b}
			switch last := i == len(units)-1; {
			case b.Moment == plan.Before && i > 0 && !between(units[i-1][0], b):
				same := units[i-1][2]
				p.Same = &same
			case b.Moment == plan.After && !last && !between(b, units[i+1][0]):
				continue
			}
			out = append(out, p)
		}
	}
	return out
}

// between tells whether two units are instances of one phase.
func between(a, b Barrier) bool { return a.Phase == plan.Replace && b.Phase == plan.Replace }

// Trigger ties a step to the barrier.
func (b Barrier) Trigger() plan.Trigger {
	if b.Service == "" {
		return plan.Trigger{On: plan.OnPhase, Phase: b.Phase, Moment: b.Moment}
	}
	return plan.Trigger{On: plan.OnInstance, Phase: b.Phase, Moment: b.Moment, Service: b.Service, Site: b.Site, K: b.K, N: b.N}
}

// ID is the barrier as a part of file names: "replace-orders-1of2-during".
func (b Barrier) ID() string {
	parts := []string{string(b.Phase)}
	if b.Service != "" {
		if b.Site != "" {
			parts = append(parts, slug(b.Site))
		}
		parts = append(parts, slug(b.Service), fmt.Sprintf("%dof%d", b.K, b.N))
	}
	return strings.Join(append(parts, string(b.Moment)), "-")
}

// Of is the phase, or the replacement, that the barrier belongs to.
func (b Barrier) Of() history.Text {
	if b.Service == "" {
		return PhaseTitle(b.Phase)
	}
	t := say("le remplacement de l’instance %[2]d sur %[3]d de « %[1]s »", "the replacement of %[1]s %[2]d/%[3]d", b.Service, b.K, b.N)
	if b.Site != "" {
		t.FR, t.EN = t.FR+" à "+capital(b.Site), t.EN+" at "+capital(b.Site)
	}
	return t
}

// Title is the barrier in words: "pendant la migration du schéma".
func (b Barrier) Title() history.Text {
	m, of := MomentTitle(b.Moment), b.Of()
	return history.Text{FR: m.FR + " " + of.FR, EN: m.EN + " " + of.EN}
}

// MomentTitle is a side of a phase in words.
func MomentTitle(m plan.Moment) history.Text {
	return map[plan.Moment]history.Text{
		plan.Before: {FR: "avant", EN: "before"}, plan.During: {FR: "pendant", EN: "during"}, plan.After: {FR: "après", EN: "after"},
	}[m]
}

// PhaseTitle is a phase in words, with its article.
func PhaseTitle(p plan.Phase) history.Text {
	return map[plan.Phase]history.Text{
		plan.Prepare: {FR: "la préparation", EN: "preparation"},
		plan.Migrate: {FR: "la migration du schéma", EN: "schema migration"},
		plan.Replace: {FR: "le remplacement des instances", EN: "instance replacement"},
		plan.Verify:  {FR: "la vérification", EN: "verification"},
		plan.Switch:  {FR: "l’aiguillage du trafic", EN: "the traffic switch"},
		plan.Finish:  {FR: "la clôture", EN: "the close-out"},
	}[p]
}

// Phases are those that a deployment may have, in their order.
func Phases() []plan.Phase {
	return []plan.Phase{plan.Prepare, plan.Migrate, plan.Replace, plan.Verify, plan.Switch, plan.Finish}
}

// ParsePhases reads a list such as "migrate,replace"; "" and "all" are every one.
func ParsePhases(list string) ([]plan.Phase, error) {
	var out []plan.Phase
	for _, word := range split(list) {
		if word == "all" {
			return nil, nil
		}
		if p := plan.Phase(word); slices.Contains(Phases(), p) {
			out = append(out, p)
			continue
		}
		m := mistake("phase de déploiement inconnue : « %s »", "unknown phase of a deployment: %q", word)
		m.Word = word
		for _, p := range Phases() {
			m.Known = append(m.Known, string(p))
		}
		return nil, m
	}
	return out, nil
}

// in tells whether the point belongs to one of the phases, under either name.
func (p Point) in(phases []plan.Phase) bool {
	return len(phases) == 0 || slices.Contains(phases, p.Phase) || p.Same != nil && slices.Contains(phases, p.Same.Phase)
}

// choosePoints keeps those of the phases.
func (s *Sweep) choosePoints(all []Point, phases []plan.Phase) error {
	left := LeftOut{Why: say("phases non demandées (--phases)", "phases that were not asked for (--phases)")}
	for _, p := range all {
		if p.in(phases) {
			s.Points = append(s.Points, p)
		} else {
			left.Points = append(left.Points, p.ID())
		}
	}
	for _, asked := range phases {
		if !slices.ContainsFunc(all, func(p Point) bool { return p.Phase == asked }) {
			return mistake("le déploiement de la version « %s » n’a pas de phase « %s » : elle ne viendrait jamais", "the deployment of release %q has no phase %q: it would never come", s.Release, asked)
		}
	}
	if left.Cells = len(left.Points) * len(s.Faults); left.Cells > 0 {
		s.LeftOut = append(s.LeftOut, left)
	}
	return nil
}

// leavePast leaves out moments that cannot come in their order: steps act one
// after the other, and one before the fault waits for later, or one behind it for
// earlier. That none is left is a mistake; narrowed tells that --phases chose
// among them.
func (s *Sweep) leavePast(sc plan.Scenario, all []Point, own int, narrowed bool) error {
	left := map[int]*LeftOut{} // by step
	s.Points = slices.DeleteFunc(s.Points, func(p Point) bool {
		at := place(all, p.Trigger())
		for i, st := range sc.Steps {
			when := place(all, st.When)
			if i == own || when < 0 || i < own && when <= at || i > own && when >= at {
				continue
			}
			if left[i] == nil {
				left[i] = &LeftOut{Why: say("l’étape de la ligne %d attend un autre moment du déploiement, hors de cet ordre", "the step on line %d waits for another moment of the deployment, out of this order", st.Line)}
			}
			left[i].Points = append(left[i].Points, p.ID())
			left[i].Cells += len(s.Faults)
			return true
		}
		return false
	})
	var lines []string
	for i, st := range sc.Steps {
		if left[i] != nil {
			s.LeftOut = append(s.LeftOut, *left[i])
			lines = append(lines, strconv.Itoa(st.Line))
		}
	}
	if len(s.Points) > 0 {
		return nil
	}
	plural := ""
	if len(lines) > 1 {
		plural = "s"
	}
	m := mistake("ce balayage n’a aucune cellule : la panne ne peut survenir à aucun des moments demandés, parce que des étapes attendent un autre moment du déploiement (%[1]s, ligne%[3]s %[2]s). Donner un autre moment à ces étapes",
		"this sweep has no cell: the fault can strike at none of the moments that were asked for, because steps wait for another moment of the deployment (%[1]s, line%[3]s %[2]s). Tie these steps to another moment",
		sc.Feature, strings.Join(lines, ", "), plural)
	if narrowed {
		m.Text.FR, m.Text.EN = m.Text.FR+", ou demander d’autres phases avec --phases", m.Text.EN+", or ask for other phases with --phases"
	}
	return m
}

// place is where a trigger lies among the moments of a deployment; -1 where it
// hangs on none.
func place(all []Point, t plan.Trigger) int {
	if t.On != plan.OnPhase && t.On != plan.OnInstance {
		return -1
	}
	is := func(b Barrier) bool {
		return b.Phase == t.Phase && b.Moment == t.Moment && (t.Service == "" || b.Service == t.Service && b.K == t.K && (t.Site == "" || b.Site == t.Site))
	}
	found := -1
	for i, p := range all {
		if !is(p.Barrier) && (p.Same == nil || !is(*p.Same)) {
			continue
		}
		if found < 0 || t.Moment == plan.After { // after a phase in parts: after its last one
			found = i
		}
	}
	return found
}

// slug makes a word fit for a file's name.
func slug(s string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.') {
			return unicode.ToLower(r)
		}
		return '-'
	}, s), "-")
}

// capital makes the first letter a capital.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
}
