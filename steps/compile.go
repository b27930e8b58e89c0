// Package steps is the vocabulary of scenarios, in French and in English, and
// its compiler: feature files become a plan, and no container is started.
//
//	*.feature -> Normalise -> linter -> godog (strict) -> builder -> plan.Plan
//	                            |                            |
//	                            '------- diagnostics <-------'
//
// A phrase stands once in the table, with a wording a language and one handler.
// Every mistake is told in the language of the file, with its place and what to
// write instead.
package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"

	messages "github.com/cucumber/messages/go/v21"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// Options says what to compile.
type Options struct {
	Paths    []string                                        // files, folders, file:line
	Tags     string                                          // "@a && ~@b" or "@a and not @b"; "" for every scenario
	Stages   string                                          // folder of the stages; "" for "scenarios"
	Seed     int64                                           // kept in the plan
	Language string                                          // of messages that belong to no file; "" for English
	Load     func(dir, variant string) (*stage.Stage, error) // nil for stage.Load
}

// Compile turns feature files into a plan. With an error among the diagnostics
// (see Failed) the plan is empty and nothing may be started.
func Compile(ctx context.Context, o Options) (plan.Plan, []Diagnostic) {
	c := &compiler{o: o, lang: tongue(o.Language).known(), stages: map[string]loadedStage{}}
	if c.o.Stages == "" {
		c.o.Stages = "scenarios"
	}
	if c.o.Load == nil {
		c.o.Load = stage.Load
	}
	p := c.compile(ctx)
	var out []Diagnostic
	for _, d := range c.diags {
		out = append(out, *d)
	}
	out = sorted(out)
	if Failed(out) {
		return plan.Plan{}, out
	}
	return p, out
}

type compiler struct {
	o      Options
	lang   tongue
	stages map[string]loadedStage
	diags  []*Diagnostic
}

func (c *compiler) compile(ctx context.Context) plan.Plan {
	p := plan.Plan{Format: plan.Format, Seed: c.o.Seed}
	files, diags := sources(c.o.Paths, c.lang)
	c.diags = append(c.diags, diags...)
	meant, err := parseTags(c.o.Tags)
	if err != nil {
		text := history.Same(err.Error())
		var m tagMistake
		if errors.As(err, &m) {
			text = m.Text
		}
		c.outside("--tags", "%s", "%s", text.In(string(c.lang)))
		return p
	}
	chosen := 0
	for _, s := range files {
		r := &reader{source: s}
		r.read()
		builders := c.choose(r, meant)
		c.diags = append(c.diags, r.diags...)
		chosen += len(builders)
		if len(builders) == 0 || failed(r.diags) {
			continue
		}
		p.Scenarios = append(p.Scenarios, c.build(ctx, s, builders)...)
	}
	if chosen == 0 && !failed(c.diags) {
		c.nothing(files)
	}
	number(p.Scenarios)
	return p
}

// outside notes a mistake that belongs to no file.
func (c *compiler) outside(where, fr, en string, args ...any) *Diagnostic {
	d := &Diagnostic{File: where, Line: 1, Col: 1, Severity: Error, Language: string(c.lang), Message: c.lang.say(fr, en, args...)}
	c.diags = append(c.diags, d)
	return d
}

// nothing says that no scenario is meant: a run that checks nothing must not
// look like one that passed.
func (c *compiler) nothing(files []*source) {
	if c.o.Tags == "" {
		c.outside(strings.Join(c.o.Paths, " "), "aucun scénario à jouer", "there is no scenario to run")
		return
	}
	var known []string
	seen := map[string]bool{}
	for _, s := range files {
		for _, k := range s.pickles {
			for _, t := range tagsOf(k) {
				if !seen[t] {
					known = append(known, t)
				}
				seen[t] = true
			}
		}
	}
	c.outside("--tags", "aucun scénario ne porte les étiquettes « %s »", "no scenario answers to %q", c.o.Tags).Hint = knownHint(c.lang, c.o.Tags, known)
}

func tagsOf(k *messages.Pickle) []string {
	var out []string
	for _, t := range k.Tags {
		out = append(out, t.Name)
	}
	return out
}

func failed(ds []*Diagnostic) bool {
	for _, d := range ds {
		if d.Severity == Error {
			return true
		}
	}
	return false
}

// choose lints the scenarios that lines and tags select, and gives each a
// builder, by the pickle's id.
func (c *compiler) choose(r *reader, meant tagFilter) map[string]*builder {
	out := map[string]*builder{}
	hit := map[int]bool{}
	for _, k := range r.pickles {
		picked := len(r.only) == 0
		for _, line := range r.only {
			if r.places.chosen(k, line, len(r.written)) {
				picked, hit[line] = true, true
			}
		}
		if !picked || !meant(tagsOf(k)) || len(k.Steps) == 0 {
			continue
		}
		before := len(r.diags)
		r.lintSteps(k)
		b := c.builder(r.source, k)
		for _, d := range r.diags[before:] {
			if d.Severity == Warning {
				b.sc.Warnings = append(b.sc.Warnings, d.Message)
			}
		}
		out[k.Id] = b
	}
	if r.doc == nil {
		return out
	}
	for _, line := range r.only {
		if !hit[line] {
			r.note(Error, line, 1, "aucun scénario à la ligne %d", "there is no scenario on line %d", line)
		}
	}
	return out
}

func (c *compiler) builder(s *source, k *messages.Pickle) *builder {
	sc, row := s.places.of(k)
	b := &builder{
		lang: s.lang, file: s, load: c.stage, seed: c.o.Seed, ruled: map[string]int{},
		sc: &plan.Scenario{
			ID: slug(k.Name), Name: k.Name, Feature: s.name, Line: s.places.line(k), Language: string(s.lang),
			Tags: tagsOf(k), Source: s.scenarioText(sc), SHA256: s.sum(),
		},
	}
	if row != nil {
		b.row = int(row.Location.Line)
	}
	return b
}

// build runs godog over a file and gives its scenarios in their order.
func (c *compiler) build(ctx context.Context, s *source, builders map[string]*builder) []plan.Scenario {
	if err := play(ctx, s, builders); err != nil {
		c.outside(s.name, "compilation interrompue : %v", "compilation broke off: %v", err)
		return nil
	}
	var out []plan.Scenario
	for _, k := range s.pickles {
		b := builders[k.Id]
		if b == nil {
			continue
		}
		b.finish()
		c.diags = append(c.diags, b.diags...)
		out = append(out, *b.sc)
	}
	return out
}

// number makes the ids of scenarios unique.
func number(scenarios []plan.Scenario) {
	used := map[string]bool{}
	for i := range scenarios {
		id := scenarios[i].ID
		for n := 2; used[scenarios[i].ID]; n++ {
			scenarios[i].ID = fmt.Sprintf("%s-%d", id, n)
		}
		used[scenarios[i].ID] = true
	}
}
