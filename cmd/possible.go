package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"bascule/harness/engine"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/target"
)

// rare are the abilities that an engine may well lack: asking takes a second or
// two, so that nobody asks who needs none of them. What every engine that can
// carry a stage has is asked of the stage itself.
var rare = []string{target.CanLose, target.CanDelay, target.CanMemory, target.CanLimit, target.CanDisk}

// refuseImpossible asks the engine, before anything is raised, whether it can
// do the faults of a plan. Those that it cannot are told in the language of
// their feature.
func refuseImpossible(ctx context.Context, stderr io.Writer, eng *engine.Engine, p plan.Plan) error {
	if !slices.ContainsFunc(p.Scenarios, func(sc plan.Scenario) bool { return slices.ContainsFunc(sc.Steps, needsRare) }) {
		return nil
	}
	caps, err := look(ctx, eng)
	if err != nil {
		return exitError(exitEngine, err)
	}
	return impossible(stderr, p, caps)
}

func needsRare(s plan.Step) bool {
	return s.Fault != nil && slices.Contains(rare, target.Need(s.Fault.Kind))
}

// impossible prints the steps that cannot be done, and is an error if there are any.
func impossible(stderr io.Writer, p plan.Plan, caps target.Capabilities) error {
	lang, n := tongue("en"), 0
	for _, sc := range p.Scenarios {
		for _, s := range sc.Steps {
			if !needsRare(s) {
				continue
			}
			why := caps.Why(s.Fault.Kind)
			if why == (history.Text{}) {
				continue
			}
			if n == 0 {
				lang = tongue(sc.Language)
			}
			n++
			l := tongue(sc.Language)
			fmt.Fprintln(stderr, l.say("%s:%d: panne impossible sur ce moteur : %s : %s", "%s:%d: fault not possible on this engine: %s: %s",
				sc.Feature, s.Line, s.Fault.Title.In(sc.Language), l.typeset(why.In(sc.Language))))
		}
	}
	if n == 0 {
		return nil
	}
	return exitError(exitInput, errors.New(lang.say("%[1]d %[2]s, rien n’a été démarré", "%[1]d %[3]s, nothing was started", n,
		tongue("fr").plural(n, "étape impossible", "étapes impossibles"), tongue("en").plural(n, "step that is not possible", "steps that are not possible"))))
}
