package steps

import (
	messages "github.com/cucumber/messages/go/v21"
)

// places finds the nodes of a document by id: pickles, which are what runs,
// only carry ids.
type places struct {
	scenarios []*messages.Scenario // in the order of the file
	byID      map[string]*messages.Scenario
	steps     map[string]*messages.Step
	rows      map[string]*messages.TableRow // of examples
	starts    []int                         // lines at which something ends the scenario before
	grounds   []ground
}

// ground is a background and the lines for which it holds.
type ground struct {
	from  int // its own first line
	scope int // first line of the feature or rule
	until int // last line of it
}

const lastLine = 1 << 30

func placesOf(doc *messages.GherkinDocument) places {
	p := places{byID: map[string]*messages.Scenario{}, steps: map[string]*messages.Step{}, rows: map[string]*messages.TableRow{}}
	if doc.Feature == nil {
		return p
	}
	for _, c := range doc.Feature.Children {
		p.background(c.Background, int(doc.Feature.Location.Line))
		p.scenario(c.Scenario)
		if c.Rule == nil {
			continue
		}
		line := int(c.Rule.Location.Line)
		p.starts = append(p.starts, line)
		p.closeRules(line, int(doc.Feature.Location.Line))
		for _, rc := range c.Rule.Children {
			p.background(rc.Background, line)
			p.scenario(rc.Scenario)
		}
	}
	return p
}

// closeRules ends the background of the rule before; that of the feature holds
// to the end.
func (p *places) closeRules(line, feature int) {
	for i, g := range p.grounds {
		if g.until == lastLine && g.scope != feature {
			p.grounds[i].until = line - 1
		}
	}
}

func (p *places) background(b *messages.Background, scope int) {
	if b == nil {
		return
	}
	p.learn(b.Steps)
	line := int(b.Location.Line)
	p.starts = append(p.starts, line)
	p.grounds = append(p.grounds, ground{from: line, scope: scope, until: lastLine})
}

func (p *places) scenario(sc *messages.Scenario) {
	if sc == nil {
		return
	}
	p.scenarios = append(p.scenarios, sc)
	p.byID[sc.Id] = sc
	p.learn(sc.Steps)
	p.starts = append(p.starts, int(sc.Location.Line))
	for _, e := range sc.Examples {
		for _, row := range e.TableBody {
			p.rows[row.Id] = row
		}
	}
}

func (p *places) learn(steps []*messages.Step) {
	for _, s := range steps {
		p.steps[s.Id] = s
	}
}

// end is the last line of what begins at line, of a file of so many lines.
func (p *places) end(line, lines int) int {
	for _, s := range p.starts {
		if s > line {
			return s - 1
		}
	}
	return lines
}

// of is where a pickle stands: its scenario, and its row in an outline.
func (p *places) of(k *messages.Pickle) (*messages.Scenario, *messages.TableRow) {
	var row *messages.TableRow
	if len(k.AstNodeIds) > 1 {
		row = p.rows[k.AstNodeIds[1]]
	}
	return p.byID[k.AstNodeIds[0]], row
}

// line is the line that names a pickle: its row in an outline, else its title.
func (p *places) line(k *messages.Pickle) int {
	sc, row := p.of(k)
	if row != nil {
		return int(row.Location.Line)
	}
	return int(sc.Location.Line)
}

// chosen tells whether a line selects a pickle: any line of its scenario, or
// its very row in a table of examples.
func (p *places) chosen(k *messages.Pickle, line, lines int) bool {
	sc, row := p.of(k)
	if row != nil {
		for _, other := range p.rows {
			if int(other.Location.Line) == line {
				return other == row
			}
		}
	}
	from := int(sc.Location.Line)
	for _, t := range sc.Tags {
		from = min(from, int(t.Location.Line))
	}
	return line >= from && line <= p.end(int(sc.Location.Line), lines)
}

// text is a scenario as its author wrote it, after the backgrounds that it
// shares.
func (s *source) scenarioText(sc *messages.Scenario) string {
	line := int(sc.Location.Line)
	out := ""
	for _, g := range s.places.grounds {
		if line >= g.scope && line <= g.until {
			out += s.span(g.from, s.places.end(g.from, len(s.written))) + "\n\n"
		}
	}
	return out + s.span(line, s.places.end(line, len(s.written)))
}
