package steps

import (
	"context"
	"errors"
	"fmt"
	"io"

	messages "github.com/cucumber/messages/go/v21"

	"github.com/cucumber/godog"
)

// godog is the front end of the compiler: it runs each scenario of one file, in
// strict mode, against handlers that start nothing and add to a plan.

// errSkipped is a step of the wanted scenarios that godog did not hand over.
var errSkipped = errors.New("godog passed over a step that the linter knows")

// play runs the wanted pickles of a file, by their ids, into their builders.
func play(ctx context.Context, s *source, wanted map[string]*builder) error {
	handled := 0
	suite := godog.TestSuite{
		Name: "bascule",
		Options: &godog.Options{
			Strict: true, Format: "progress", NoColors: true, Output: io.Discard, Concurrency: 1,
			Dialect: string(s.lang), DefaultContext: ctx,
			FeatureContents: []godog.Feature{{Name: s.name, Contents: s.text}},
		},
		ScenarioInitializer: func(sc *godog.ScenarioContext) {
			p := &player{source: s, wanted: wanted, handled: &handled}
			sc.Before(p.before)
			sc.StepContext().Before(p.beforeStep)
			p.register(sc)
		},
	}
	// The status says nothing here: scenarios that were not asked for may hold
	// steps that nobody knows. What counts is that each wanted step came through.
	suite.Run()
	want := 0
	for _, k := range s.pickles {
		if wanted[k.Id] != nil {
			want += len(k.Steps)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if handled != want {
		return fmt.Errorf("%s: %d of %d steps: %w", s.name, handled, want, errSkipped)
	}
	return nil
}

// player hands the steps of one scenario to its builder.
type player struct {
	*source
	wanted  map[string]*builder
	handled *int
	b       *builder
	step    *godog.Step
}

func (p *player) before(ctx context.Context, sc *godog.Scenario) (context.Context, error) {
	// Cancelling the context does not stop godog.
	if err := ctx.Err(); err != nil {
		return ctx, err
	}
	p.b = p.wanted[sc.Id]
	return ctx, nil
}

func (p *player) beforeStep(ctx context.Context, st *godog.Step) (context.Context, error) {
	p.step = st
	return ctx, nil
}

// register gives godog every phrase of the file's language. The expression that
// godog gets has one group, the whole text; values are read by their names.
func (p *player) register(sc *godog.ScenarioContext) {
	add := map[Kind]func(any, any){Given: sc.Given, When: sc.When, Then: sc.Then}
	for _, c := range table(p.lang) {
		for _, expr := range c.forGodog {
			if c.table {
				add[c.kind](expr, func(text string, _ *godog.Table) error { return p.run(c, text) })
				continue
			}
			add[c.kind](expr, func(text string) error { return p.run(c, text) })
		}
	}
}

// run calls a phrase's handler for the step under way. Mistakes become
// diagnostics rather than errors, so that the steps behind are checked too.
func (p *player) run(c compiled, text string) error {
	if p.b == nil {
		return nil
	}
	v, ok := c.read(text)
	if !ok {
		return fmt.Errorf("step %q does not read as %s", text, c.id)
	}
	*p.handled++
	at := p.places.steps[p.step.AstNodeIds[0]]
	line := int(at.Location.Line)
	p.b.step = stepAt{
		line: line, col: int(at.Location.Column), text: text, written: p.source.step(line, text), table: cells(at, p.step),
	}
	c.do(p.b, v)
	return nil
}

// cells is the table of a step with the place of each cell.
func cells(at *messages.Step, st *godog.Step) [][]cell {
	if at.DataTable == nil || st.Argument == nil || st.Argument.DataTable == nil {
		return nil
	}
	var out [][]cell
	for i, row := range st.Argument.DataTable.Rows {
		var cs []cell
		for j, c := range row.Cells {
			place := at.DataTable.Rows[i].Cells[j].Location
			cs = append(cs, cell{text: c.Value, line: int(place.Line), col: int(place.Column)})
		}
		out = append(out, cs)
	}
	return out
}
