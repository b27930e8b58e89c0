package steps

import (
	"time"

	"bascule/harness/history"
)

// The table of critical functions: one row a function, targets by column.

// column is what a column of the table holds.
type column int

const (
	columnUnknown column = iota
	columnFunction
	columnRTO
	columnRPO
	columnMTPD
)

// columnOf knows the headings of both languages.
func columnOf(heading string) column {
	switch unaccented(heading) {
	case "fonction", "fonction critique", "activite essentielle", "function", "critical function":
		return columnFunction
	case "delai de retablissement", "delai de reprise", "rto", "recovery time objective", "recovery time":
		return columnRTO
	case "point de retablissement", "pdma", "prd", "perte de donnees maximale", "point de retablissement (pdma)", "rpo",
		"recovery point objective", "recovery point":
		return columnRPO
	case "dmia", "dima", "dmtp", "mtpd", "maximum tolerable period of disruption":
		return columnMTPD
	}
	return columnUnknown
}

// headings is the columns to propose.
func (t tongue) headings() []string {
	if t == "fr" {
		return []string{"fonction", "délai de rétablissement", "point de rétablissement", "DMIA"}
	}
	return []string{"function", "RTO", "RPO", "MTPD"}
}

func functionsTable(b *builder, _ values) {
	if !b.ready() || !b.once("functions") {
		return
	}
	rows := b.step.table
	if len(rows) < 2 {
		b.errorAt("", "le tableau des fonctions critiques est vide", "the table of critical functions is empty")
		return
	}
	columns, ok := b.columns(rows[0])
	if !ok {
		return
	}
	seen := map[int]bool{}
	for _, row := range rows[1:] {
		i := -1
		for c, cell := range row {
			if columns[c] == columnFunction {
				i = b.rowFunction(cell)
			}
		}
		if i < 0 {
			continue
		}
		if seen[i] {
			b.note(Error, row[0].line, row[0].col, "la fonction « %s » figure deux fois", "function %q stands twice", b.sc.Functions[i].Name.In(string(b.lang)))
		}
		seen[i] = true
		for c, cell := range row {
			b.target(&b.sc.Functions[i], columns[c], cell)
		}
		b.coherent(b.sc.Functions[i], row[0])
	}
}

// columns reads the heading row.
func (b *builder) columns(row []cell) ([]column, bool) {
	out := make([]column, len(row))
	found := map[column]bool{}
	ok := true
	for i, cell := range row {
		out[i] = columnOf(cell.text)
		switch {
		case out[i] == columnUnknown:
			b.note(Error, cell.line, cell.col, "colonne inconnue : « %s »", "unknown column: %q", cell.text).Hint = knownHint(b.lang, cell.text, b.lang.headings())
			ok = false
		case found[out[i]]:
			b.note(Error, cell.line, cell.col, "la colonne « %s » figure deux fois", "column %q stands twice", cell.text)
			ok = false
		}
		found[out[i]] = true
	}
	if ok && !found[columnFunction] {
		b.note(Error, row[0].line, row[0].col, "il manque la colonne « fonction »", "the column \"function\" is missing")
		ok = false
	}
	return out, ok
}

func (b *builder) rowFunction(c cell) int {
	i := b.functionIndex(c.text)
	if i < 0 {
		b.note(Error, c.line, c.col, "fonction critique « %s » inconnue de la plateforme « %s »", "critical function %q is unknown to platform %q", c.text, b.stage.ID).Hint =
			knownHint(b.lang, c.text, b.functionNames())
	}
	return i
}

// target puts one target; an empty cell keeps the stage's.
func (b *builder) target(f *history.Function, col column, c cell) {
	if col == columnFunction || c.text == "" {
		return
	}
	var d time.Duration
	switch unaccented(c.text) {
	case "0", "aucune", "aucune perte", "nulle", "none", "zero":
		// Nothing may be lost.
	default:
		var err error
		if d, err = parseDuration(c.text, b.lang); err != nil {
			b.note(Error, c.line, c.col, "%s", "%s", err.Error())
			return
		}
	}
	if d == 0 && col != columnRPO {
		b.note(Error, c.line, c.col, "un délai plus grand que zéro est attendu ici", "a time above zero is needed here")
		return
	}
	switch col {
	case columnRTO:
		f.RTO = d
	case columnRPO:
		f.RPO, f.RPOSet = d, true
	case columnMTPD:
		f.MTPD = d
	}
}

// coherent checks that recovery is asked for before the impact is unacceptable.
func (b *builder) coherent(f history.Function, at cell) {
	if f.MTPD > 0 && f.RTO >= f.MTPD {
		b.note(Error, at.line, at.col, "« %s » : le délai de rétablissement (%s) doit être plus court que la DMIA (%s)",
			"%q: the RTO (%s) must be shorter than the MTPD (%s)", f.Name.In(string(b.lang)), b.lang.length(f.RTO), b.lang.length(f.MTPD)).Hint =
			b.lang.say("ici la DMIA est la durée au-delà de laquelle l’impact est inacceptable, pas le délai de rétablissement",
				"the MTPD is the time beyond which the impact is unacceptable")
	}
}
