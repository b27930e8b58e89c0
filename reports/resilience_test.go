package reports

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// probedModel is the sample with a table that has a cell of every kind.
func probedModel() Model {
	m := sampleModel()
	r := &m.Scenarios[0]
	line := func(of history.Lost, target string, c analysis.Bearing) analysis.LossLine {
		c.Function = r.Functions[0].ID
		return analysis.LossLine{Of: of, Target: target, Title: text(target, target), Owner: text("équipe A", "team A"), Fault: "p" + target, For: 5 * time.Second, Cells: []analysis.Bearing{c}}
	}
	r.Resilience = &analysis.Resilience{Lines: []analysis.LossLine{
		line(history.LostService, "paris/mail", analysis.Bearing{Effect: analysis.Unaffected, Return: analysis.ReturnNone, Availability: 100}),
		line(history.LostInstance, "paris/orders/2", analysis.Bearing{Effect: analysis.Degraded, Return: analysis.ReturnByItself, Time: 1500 * time.Millisecond, Error: 20 * time.Millisecond, Failed: 75, Availability: 85}),
		line(history.LostService, "paris/db", analysis.Bearing{Effect: analysis.Down, Return: analysis.ReturnRepaired, Time: 5400 * time.Millisecond, Error: 20 * time.Millisecond, AfterRepair: 300 * time.Millisecond, Failed: 500, Availability: 0}),
		line(history.LostLink, "paris/orders -> paris/db", analysis.Bearing{Effect: analysis.Down, Return: analysis.ReturnNot, Watched: 38 * time.Second, Failed: 3800, Availability: 0}),
		line(history.LostService, "paris/cache", analysis.Bearing{Effect: analysis.EffectUnknown, Return: analysis.ReturnNone, Availability: -1, Why: text("la fonction n'était pas stable", "the function was not stable")}),
	}}
	return m
}

// Each cell tells by a drawing and a word what it means, never by its colour alone.
func TestTheTableOfAProbeTellsEachCellInWords(t *testing.T) {
	for lang, want := range map[string][]string{
		"fr": {"sans effet", "en mode dégradé", "revenue d’elle-même en 1,50 s ± 0,02 s", "85 % des opérations servies", "à l’arrêt",
			"revenue en 5,40 s ± 0,02 s, 300 ms après la remise en service", "pas revenue en 38 s", "non concluant", "la fonction n’était pas stable",
			"paris/orders → paris/db", "une instance sur plusieurs", "responsable : équipe A", "#g-degraded"},
		"en": {"unaffected", "degraded", "back by itself in 1.50 s ± 0.02 s", "85% of operations served", "down", "back in 5.40 s ± 0.02 s, 300 ms after the repair",
			"not back in 38 s", "inconclusive", "the function was not stable", "one instance of several", "owner: team A"},
	} {
		m := probedModel()
		m.Scenarios[0].Header.Language = lang
		page := strings.NewReplacer(nbsp, " ", narrow, " ").Replace(written(t, HTML{}, m))
		for _, w := range want {
			if !strings.Contains(page, w) {
				t.Errorf("%s: the page does not say %q", lang, w)
			}
		}
	}
	if strings.Contains(written(t, HTML{}, sampleModel()), "class=\"bearings\"") {
		t.Error("a table of losses where nothing was probed")
	}
}

// A function without load has a cell that says so.
func TestAFunctionWithoutLoadIsNotMeasured(t *testing.T) {
	m := probedModel()
	r := &m.Scenarios[0]
	r.Functions = append(slices.Clone(r.Functions), analysis.Function{Function: history.Function{ID: "mail", Name: text("Courrier", "Mail")}})
	b := newTongue("fr").bearings(*r)
	if len(b.Functions) != 2 || len(b.Rows) != 5 {
		t.Fatalf("%d columns, %d rows", len(b.Functions), len(b.Rows))
	}
	for _, row := range b.Rows {
		if c := row.Cells[1]; c.Glyph != "skipped" || c.Word == "" || c.Why != "sans charge" {
			t.Errorf("%s: %+v", row.Target, c)
		}
	}
}

// The recoveries of a probe stand in its table, not as a bar each.
func TestLossesOfAProbeAreNoBars(t *testing.T) {
	m := probedModel()
	r := m.Scenarios[0]
	was := len(newTongue("fr").recoveries(r))
	r.Resilience.Lines[0].Fault = r.Functions[0].Recoveries[0].Fault
	if got := len(newTongue("fr").recoveries(r)); was == 0 || got != was-1 {
		t.Errorf("%d bars, then %d", was, got)
	}
}

func TestTheSchemaKnowsAProbe(t *testing.T) {
	m := probedModel()
	m.Scenarios[0].Header.Steps = append(m.Scenarios[0].Header.Steps, history.PlannedStep{Do: "fault", Probe: &history.Probe{Of: history.LostService, Target: "paris/db", For: time.Second}})
	var doc struct {
		Defs map[string]struct{ Properties map[string]any } `json:"$defs"`
	}
	if err := json.Unmarshal(Schema, &doc); err != nil {
		t.Fatal(err)
	}
	for def, v := range map[string]any{"lossLine": m.Scenarios[0].Resilience.Lines[0], "bearing": m.Scenarios[0].Resilience.Lines[0].Cells[0], "probe": m.Scenarios[0].Header.Steps[len(m.Scenarios[0].Header.Steps)-1].Probe} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(b, &fields); err != nil {
			t.Fatal(err)
		}
		for k := range fields {
			if _, ok := doc.Defs[def].Properties[k]; !ok {
				t.Errorf("field %q of %s is not in report.schema.json", k, def)
			}
		}
	}
}
