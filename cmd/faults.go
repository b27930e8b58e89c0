package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bascule/harness/engine"
	"bascule/harness/fault"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/run"
	"bascule/harness/target"
	"bascule/harness/target/containers"
	"bascule/steps"
)

// faultRow is a fault with what this engine can do.
type faultRow struct {
	fault.Entry
	Ability  string       `json:"ability"` // that it asks of a target
	Possible *bool        `json:"possible,omitempty"`
	Why      history.Text `json:"why,omitzero"`       // it is not possible
	Examples []string     `json:"examples,omitempty"` // sentences of scenarios
}

// newFaultsCommand prints the catalogue of faults.
func newFaultsCommand() *cobra.Command {
	var look, asJSON bool
	c := &cobra.Command{
		Use:   "faults",
		Short: "Show every fault: what it does, how it is undone, what proves it, what this engine can do",
		Long: `Show the catalogue of faults, in French (--lang fr) or English (--lang en).
Where a container engine answers, it is asked what it can do: the fabric and the
hand are raised for a moment and removed again. --engine=false asks no engine;
--engine makes it an error that none answers.`,
		Example: "  bascule faults --lang fr\n  bascule faults --engine=false --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			lang := tongueOf(c)
			rows := faultRows(lang)
			var note string
			if look || !c.Flags().Changed("engine") {
				caps, name, err := lookAtEngine(c.Context())
				switch {
				case err == nil:
					judgeFaults(rows, caps)
					note = lang.say("Possibilités de ce moteur : %s.", "What this engine can do: %s.", name)
				case look || !errors.Is(err, engine.ErrNoEngine):
					return exitError(exitEngine, err)
				default:
					note = lang.say("Aucun moteur de conteneurs ne répond : ce qui est possible ici n’est pas connu.", "No container engine answers: what is possible here is not known.")
				}
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), rows)
			}
			return printFaults(c.OutOrStdout(), lang, rows, note)
		},
	}
	c.Flags().BoolVar(&look, "engine", false, "ask the container engine what it can do (default: if one answers)")
	c.Flags().BoolVar(&asJSON, "json", false, "for machines, in both languages")
	return c
}

func faultRows(lang tongue) []faultRow {
	var rows []faultRow
	for _, e := range fault.Catalogue() {
		rows = append(rows, faultRow{Entry: e, Ability: target.Need(e.Kind), Examples: faultExamples(lang, e.Kind)})
	}
	return rows
}

// lookAtEngine raises what carries faults out, asks it, and removes it.
func lookAtEngine(ctx context.Context) (target.Capabilities, string, error) {
	eng, err := engine.Connect(ctx)
	if err != nil {
		return nil, "", err
	}
	defer eng.Close()
	caps, err := look(ctx, eng)
	return caps, eng.String(), err
}

// look asks an engine what it can do. What it raises for that is watched over as
// a run is: it goes away even if this process is killed.
func look(ctx context.Context, eng *engine.Engine) (caps target.Capabilities, err error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("where this program lies: %w", err)
	}
	scope := engine.Scope{Run: run.NewID(time.Now()), Scenario: "look", Owner: engine.Owner()}
	reaper, err := run.StartReaper(binary, scope.Run, "")
	if err != nil {
		return nil, err
	}
	// A look without an error has removed all that it raised.
	defer func() { err = errors.Join(err, reaper.Stop(err == nil)) }()
	image, err := containers.BuildAgent(ctx, eng, scope, binary)
	if err != nil {
		return nil, err
	}
	return containers.Look(ctx, eng, scope, image)
}

func judgeFaults(rows []faultRow, caps target.Capabilities) {
	for i := range rows {
		err := caps.Refuse(rows[i].Kind)
		possible := err == nil
		rows[i].Possible = &possible
		if !possible {
			rows[i].Why = caps.Why(rows[i].Kind)
		}
	}
}

func printFaults(w io.Writer, lang tongue, rows []faultRow, note string) error {
	var b strings.Builder
	family := fault.Family("")
	in := func(t history.Text) string { return lang.typeset(t.In(string(lang))) }
	line := func(name, text string) {
		fmt.Fprintf(&b, "    %s\n", wrap(name+text, columns-4, "        "))
	}
	for _, r := range rows {
		if r.Family != family {
			family = r.Family
			title := in(fault.FamilyTitle(family))
			fmt.Fprintf(&b, "%s\n%s\n\n", title, strings.Repeat("=", len([]rune(title))))
		}
		fmt.Fprintf(&b, "  %s  (%s)%s\n", in(r.Title), r.Kind, possibility(lang, r))
		line("", in(r.Does)+".")
		var params []string
		for _, p := range r.Params {
			params = append(params, in(p.Text))
		}
		if len(params) > 0 {
			line(lang.say("se précise par : ", "is given: "), strings.Join(params, lang.say(" ; ", "; "))+".")
		}
		line(lang.say("levée : ", "undone: "), in(r.Undo)+".")
		proof := in(r.Proof)
		if r.Canary {
			proof += lang.say(", et trafic canari", ", and canary traffic")
		}
		line(lang.say("preuve : ", "proof: "), proof+".")
		if r.Why != (history.Text{}) {
			line(lang.say("impossible ici : ", "not possible here: "), in(r.Why))
		}
		for _, e := range r.Examples {
			fmt.Fprintf(&b, "    > %s\n", wrap(e, columns-6, "      "))
		}
		b.WriteByte('\n')
	}
	if note != "" {
		b.WriteString(wrap(note, columns, "") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// possibility tells at a glance what this engine can do.
func possibility(lang tongue, r faultRow) string {
	switch {
	case r.Possible == nil:
		return ""
	case *r.Possible:
		return lang.say("  [possible ici]", "  [possible here]")
	}
	return lang.say("  [IMPOSSIBLE ICI]", "  [NOT POSSIBLE HERE]")
}

// faultExamples are sentences that put a fault of this kind in a scenario: the
// phrases that bear its name, or its name and what they aim at.
func faultExamples(lang tongue, kind plan.FaultKind) []string {
	var out []string
	for _, e := range steps.Vocabulary(string(lang)) {
		if e.Kind == steps.When && (e.ID == string(kind) || kind == plan.Slow && e.ID == "slow" || aimed(e.ID, kind)) {
			out = append(out, e.Example)
		}
	}
	return out
}

// aimed tells a phrase such as "cut-site" of cut from one of another fault, such
// as "crash-loop".
func aimed(id string, kind plan.FaultKind) bool {
	if !strings.HasPrefix(id, string(kind)+"-") {
		return false
	}
	return !slices.ContainsFunc(fault.Catalogue(), func(e fault.Entry) bool { return string(e.Kind) == id })
}
