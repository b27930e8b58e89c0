package reports

import (
	"html/template"
	"slices"
	"strings"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// dependencyView is the section of a scenario about who needs whom. Where
// nothing is wrong it is a sentence, with the table behind it.
type dependencyView struct {
	Title, Summary, Note, RestTitle string
	From, To, State, Seen, By       string // headings
	Graph                           template.HTML
	Legend                          []dependencyLegend
	Wrong, Rest                     []dependencyRow
	HabitTitle                      string
	Habits                          []habitRow
}

type dependencyLegend struct{ Class, Glyph, Name string }

type dependencyRow struct {
	From, To, Class, Glyph, State, Text, Owner, Seen, Count, By string
}

type habitRow struct{ Text, Names, Count string }

// With is the view with some of its rows, for the template of a table.
func (v *dependencyView) With(rows []dependencyRow) any {
	return struct {
		View *dependencyView
		Rows []dependencyRow
	}{v, rows}
}

// dependencies is the section; nil where nothing was observed.
func (t tongue) dependencies(r analysis.Result) *dependencyView {
	d := r.Dependencies
	if len(d.List) == 0 && len(d.Habits) == 0 && !d.Measured {
		return nil
	}
	v := &dependencyView{
		Title: t.pick("Dépendances manquantes et non déclarées", "Missing and undeclared dependencies"), Summary: t.dependencySummary(d),
		RestTitle: t.pick("Les autres dépendances", "The other dependencies"), HabitTitle: t.pick("Demandé par habitude, et laissé de côté", "Asked for by habit, and left aside"),
		From: t.pick("Qui", "Who"), To: t.pick("De qui", "Whom"), State: t.pick("État", "State"), Seen: t.pick("Vue", "Seen"), By: t.pick("Déclarée par", "Declared by"),
	}
	for _, x := range d.List {
		row := t.dependencyRow(x)
		if x.Wrong() {
			v.Wrong = append(v.Wrong, row)
		} else {
			v.Rest = append(v.Rest, row)
		}
	}
	if len(v.Wrong) > 0 {
		var left int
		if v.Graph, left = t.dependencyGraph(r); left > 0 {
			rest := history.Plural(left, "%d dépendance en ordre n’y est pas", "%d dépendances en ordre n’y sont pas",
				"%d dependency in order is left out", "%d dependencies in order are left out")
			v.Note = t.pick("Le dessin ne montre que ce qui est à regarder ; %s.", "The drawing shows what is to be looked at only; %s.", rest.In(t.lang))
		}
		v.Legend = t.dependencyLegend(d)
	}
	for _, h := range d.Habits {
		names := strings.Join(h.Names, ", ")
		if h.More > 0 {
			names += " " + t.text(history.Plural(h.More, "et %d autre", "et %d autres", "and %d more", "and %d more"))
		}
		v.Habits = append(v.Habits, habitRow{Text: t.text(h.Text), Names: names, Count: t.number(h.Count) + nbsp + "×"})
	}
	return v
}

// dependencySummary is the section in a sentence.
func (t tongue) dependencySummary(d analysis.Dependencies) string {
	seen, wrong := 0, map[analysis.Class]int{}
	for _, x := range d.List {
		if x.How != analysis.Unseen && x.How != analysis.ByVolume {
			seen++
		}
		for _, c := range x.Classes {
			wrong[c]++
		}
	}
	out := t.count(seen, t.pick("dépendance observée", "dependency observed"), t.pick("dépendances observées", "dependencies observed"))
	var parts []string
	for _, c := range []analysis.Class{analysis.Missing, analysis.Undeclared, analysis.Hidden, analysis.Unresolved, analysis.Unused} {
		if n := wrong[c]; n > 0 {
			parts = append(parts, ClassCount(t.lang, c, n))
		}
	}
	switch {
	case len(parts) > 0:
		out += t.pick(" : ", ": ") + strings.Join(parts, ", ") + "."
	case seen > 0:
		out += t.pick(", toutes en ordre.", ", all in order.")
	default:
		out += "."
	}
	if !d.Known && seen > 0 {
		out += " " + t.pick("Ce qui est déclaré n’a pas été enregistré.", "What is declared was not recorded.")
	}
	if !slices.ContainsFunc(d.CutOff, func(c analysis.CutOff) bool { return c.How != "moved" }) {
		out += " " + t.pick("Le site qui servait n’a jamais été coupé : rien ne dit ce qui manquerait sans lui.", "The site that served was never cut off: nothing tells what would be missing without it.")
	}
	return out
}

func (t tongue) dependencyRow(d analysis.Dependency) dependencyRow {
	c := shownClass(d)
	row := dependencyRow{From: d.From, To: Provider(d), Class: dependencyClass(c), Glyph: dependencyGlyph(c), State: ClassNames(t.lang, d),
		Text: t.text(d.Text), Owner: t.text(d.Owner), Count: t.dependencyCount(d)}
	var phases, by []string
	for _, p := range d.Phases {
		phases = append(phases, DependencyPhase(t.lang, p))
	}
	for _, s := range d.Declared {
		by = append(by, SourceName(t.lang, s))
	}
	row.Seen, row.By = strings.Join(phases, ", "), strings.Join(by, ", ")
	if row.By == "" {
		row.By = t.W.NotApply
	}
	if row.Seen == "" {
		row.Seen = t.pick("jamais", "never")
		if d.How == analysis.ByVolume {
			row.Seen = t.W.NotApply
		}
	}
	return row
}

// dependencyCount tells what became of what was tried: "12 essais, 3 refusés".
func (t tongue) dependencyCount(d analysis.Dependency) string {
	var parts []string
	add := func(n int, fr1, fr, en1, en string) {
		if n > 0 {
			parts = append(parts, t.count(n, t.pick(fr1, en1), t.pick(fr, en)))
		}
	}
	if d.Tried == 0 {
		add(d.Lookups, "résolution de nom", "résolutions de nom", "lookup", "lookups")
	}
	add(d.Tried, "essai", "essais", "attempt", "attempts")
	add(d.Refused, "refusé", "refusés", "refused", "refused")
	if d.How != analysis.ByAddress {
		add(d.Silent, "sans réponse", "sans réponse", "without an answer", "without an answer")
	}
	return strings.Join(parts, ", ")
}

// dependencyLegend names the lines that the drawing has.
func (t tongue) dependencyLegend(d analysis.Dependencies) []dependencyLegend {
	var out []dependencyLegend
	for _, c := range []analysis.Class{"", analysis.Missing, analysis.Hidden, analysis.Undeclared, analysis.Unresolved, analysis.Unused, analysis.Outside, analysis.Explained} {
		if !slices.ContainsFunc(d.List, func(x analysis.Dependency) bool { return shownClass(x) == c }) {
			continue
		}
		name := ClassName(t.lang, c)
		if c == "" {
			name = t.pick("observée et déclarée", "observed and declared")
		}
		out = append(out, dependencyLegend{Class: dependencyClass(c), Glyph: dependencyGlyph(c), Name: t.text(history.Same(name))})
	}
	return out
}
