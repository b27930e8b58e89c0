package steps

import (
	"strings"

	messages "github.com/cucumber/messages/go/v21"
)

// lintSteps notes what is wrong with the wording of a scenario's steps, before
// godog meets them.
func (r *reader) lintSteps(k *messages.Pickle) {
	asserts := false
	for _, st := range k.Steps {
		at := r.places.steps[st.AstNodeIds[0]]
		line, col := int(at.Location.Line), int(at.Location.Column)
		asserts = asserts || st.Type == messages.PickleStepType_OUTCOME
		fitting, others := match(st.Text, st.Type, r.lang)
		switch {
		case len(fitting) > 1:
			var ids []string
			for _, c := range fitting {
				ids = append(ids, readable(c.in(r.lang).pattern, r.lang))
			}
			r.note(Error, line, col, "étape ambiguë : « %s »", "ambiguous step: %q", st.Text).Hint =
				r.lang.say("elle se lit comme %s", "it reads as %s", strings.Join(ids, r.lang.say(" et comme ", " and as ")))
		case len(fitting) == 1:
			r.argument(st, fitting[0], line, col)
		case len(others) > 0:
			r.note(Error, line, col, "« %s » est une étape « %s », pas « %s »", "%q is a %s step, not a %s step", st.Text, r.lang.kind(others[0].kind), r.lang.stepType(st.Type)).Hint =
				r.lang.say("écrivez : %s", "write: %s", lead(others[0].kind, r.lang, st.Text))
		default:
			r.undefined(st.Text, line, col)
		}
	}
	if sc, _ := r.places.of(k); !asserts && len(k.Steps) > 0 {
		r.note(Warning, int(sc.Location.Line), int(sc.Location.Column), "le scénario « %s » n’attend rien (aucune étape « Alors ») : son verdict sera « non concluant »",
			"scenario %q expects nothing (it has no Then step): its verdict will be inconclusive", k.Name)
	}
}

// kind is the keyword of a kind of phrase.
func (t tongue) kind(k Kind) string {
	if t == "fr" {
		return map[Kind]string{Given: "Étant donné", When: "Quand", Then: "Alors"}[k]
	}
	return map[Kind]string{Given: "Given", When: "When", Then: "Then"}[k]
}

func (t tongue) stepType(s messages.PickleStepType) string {
	switch s {
	case messages.PickleStepType_CONTEXT:
		return t.kind(Given)
	case messages.PickleStepType_ACTION:
		return t.kind(When)
	}
	return t.kind(Then)
}

// argument checks that a table stands where one is needed, and only there.
func (r *reader) argument(st *messages.PickleStep, c compiled, line, col int) {
	arg := st.Argument
	switch {
	case c.table && (arg == nil || arg.DataTable == nil):
		r.note(Error, line, col, "il manque un tableau sous cette étape", "a table is missing below this step").Hint = r.lang.say("par exemple :\n%s", "for example:\n%s", c.in(r.lang).table)
	case !c.table && arg != nil && arg.DataTable != nil:
		r.note(Error, line+1, col, "cette étape n’attend pas de tableau", "this step takes no table")
	case arg != nil && arg.DocString != nil:
		r.note(Error, line+1, col, "cette étape n’attend pas de texte", "this step takes no doc string")
	}
}

func (r *reader) undefined(text string, line, col int) {
	d := r.note(Error, line, col, "étape inconnue : « %s »", "unknown step: %q", text)
	all := r.lang.say("« bascule steps --lang fr » montre toutes les phrases", "\"bascule steps --lang en\" shows every phrase")
	switch p := proposal(text, r.lang); {
	case strings.ContainsAny(text, "<>"):
		d.Hint = r.lang.say("les valeurs entre < > ne servent que dans un « Plan du scénario », et doivent être des colonnes de ses « Exemples: »",
			"values in < > only serve in a scenario outline, and must be columns of its examples")
	case p != "":
		d.Hint = r.lang.say("la phrase la plus proche : %s", "the nearest phrase: %s", p) + "\n" + all
	default:
		d.Hint = all
	}
}
