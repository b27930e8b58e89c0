package reports

import (
	"strings"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// ClassName is a class of dependency as readers know it.
func ClassName(lang string, c analysis.Class) string {
	t := map[analysis.Class]history.Text{
		analysis.Missing:    {FR: "manquante", EN: "missing"},
		analysis.Unresolved: {FR: "demandée en vain", EN: "asked in vain"},
		analysis.Undeclared: {FR: "non déclarée", EN: "undeclared"},
		analysis.Hidden:     {FR: "cachée entre sites", EN: "hidden across sites"},
		analysis.Unused:     {FR: "déclarée, jamais vue", EN: "declared, never seen"},
		analysis.Outside:    {FR: "hors de la plateforme", EN: "outside the stage"},
		analysis.Explained:  {FR: "coupée par une panne", EN: "cut by a fault"},
	}[c]
	return t.In(lang)
}

// ClassNames are the classes of a dependency; "en ordre" where there is none.
func ClassNames(lang string, d analysis.Dependency) string {
	var out []string
	for _, c := range d.Classes {
		out = append(out, ClassName(lang, c))
	}
	if len(out) == 0 {
		return history.Text{FR: "en ordre", EN: "in order"}.In(lang)
	}
	return strings.Join(out, ", ")
}

// DependencyPhase is a phase of the exercise in which a dependency was seen.
func DependencyPhase(lang, phase string) string {
	t, ok := map[string]history.Text{
		"start-up":  {FR: "démarrage", EN: "start-up"},
		"before":    {FR: "avant", EN: "before"},
		"deploying": {FR: "déploiement", EN: "deploying"},
		"between":   {FR: "entre deux", EN: "in between"},
		"failing":   {FR: "panne", EN: "failing"},
		"recovered": {FR: "après reprise", EN: "recovered"},
		"after":     {FR: "après la charge", EN: "after the load"},
	}[phase]
	if !ok {
		return phase
	}
	return t.In(lang)
}

// SourceName is where a dependency is declared.
func SourceName(lang string, s history.Source) string {
	t, ok := map[history.Source]history.Text{
		history.ByCompose:      {FR: "depends_on (Compose)", EN: "depends_on (Compose)"},
		history.ByFlow:         {FR: "matrice des flux", EN: "flow matrix"},
		history.ByDependencies: {FR: "liste des dépendances", EN: "list of dependencies"},
		history.ByFunction:     {FR: "fonction critique", EN: "critical function"},
	}[s]
	if !ok {
		return string(s)
	}
	return t.In(lang)
}

// Provider is what a dependency leads to, with its port, and whose it is.
func Provider(d analysis.Dependency) string {
	out := d.To
	switch {
	case d.Port > 0 && d.Proto != "":
		out += " (" + itoa(d.Port) + "/" + d.Proto + ")"
	case d.Port > 0:
		out += " (" + itoa(d.Port) + ")"
	case d.Proto != "":
		out += " (" + d.Proto + ")"
	}
	if d.Leads != "" {
		out += " = " + d.Leads
	}
	return out
}
