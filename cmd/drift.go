package cmd

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"bascule/harness/analysis"
	"bascule/harness/history"
	"bascule/harness/stage"
	"bascule/reports"
)

// driftOptions are the flags of drift.
type driftOptions struct {
	stageRun
	asJSON bool
}

// newDriftCommand compares the sites of a stage.
func newDriftCommand() *cobra.Command {
	var o driftOptions
	c := &cobra.Command{
		Use:   "drift STAGE",
		Short: "Compare the sites of a stage, at rest: what differs, and is not declared",
		Long: `Raise a stage, look at each container of both sites without changing anything,
and tell side by side what differs: images, variables, secrets, files, mounts,
ports, limits, commands, health checks, packages, the database's schema and its
replication. Differences that must be are declared in stage.yaml (differences),
each with its reason; one that no longer occurs is told as well. Of a value that
may be secret only a keyed hash is compared, and nothing is told.

What the release that is live requires (requires in its manifest) is looked for
on both sites.

The exit code is 0 where nothing undeclared differs and nothing is lacking, 1
where something is, 2 where it could not be told.`,
		Example: "  bascule drift orders\n  bascule drift orders/async --lang fr --json",
		Args:    cobra.ExactArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return o.run(c, args[0]) },
	}
	o.flags(c)
	c.Flags().BoolVar(&o.asJSON, "json", false, "for machines")
	return c
}

func (o *driftOptions) run(c *cobra.Command, name string) error {
	t := tongueOf(c)
	s, err := o.load(t, name)
	if err != nil {
		return err
	}
	if len(s.Own()) < 2 {
		return exitError(exitInput, errors.New(t.say("la plateforme %s n’a qu’un site : rien à comparer", "stage %s has one site only: nothing to compare", s.ID)))
	}
	sc, err := o.scenario(t, s, "drift", t.say("Écarts entre les sites de la plateforme %s", "Drift between the sites of stage %s", s.ID))
	if err != nil {
		return err
	}
	sc.Snapshots, sc.Still = []string{history.AtRest}, true
	sc.Expect = []history.Expectation{{Kind: history.ExpectNoDrift, Line: 1,
		Text: t.say("aucun écart de configuration n’est relevé entre les deux sites", "no configuration drift is found between the sites")}}
	if r := releaseOf(s.Releases, sc.Live); len(r.Requires) > 0 {
		for _, site := range s.Own() {
			sc.Expect = append(sc.Expect, history.Expectation{Kind: history.ExpectConfigured, Line: 1, Release: sc.Live, Site: site.ID,
				Text: t.say("la configuration de la version \"%s\" est complète sur le site \"%s\"", "the configuration of release %q is complete on site %q", sc.Live, site.Title)})
		}
	}
	done, err := o.play(c, s, sc)
	if len(done.result) == 0 {
		return err
	}
	r := done.result[0]
	if o.asJSON {
		err = errors.Join(writeJSON(c.OutOrStdout(), struct {
			Verdict       analysis.Verdict         `json:"verdict"`
			Reasons       []history.Text           `json:"reasons"`
			Drift         *analysis.Drift          `json:"drift"`
			Configuration []analysis.Configuration `json:"configuration"`
			Findings      []analysis.Finding       `json:"findings"`
		}{r.Verdict, r.Reasons, r.Drift, r.Configuration, r.Findings}), err)
	} else {
		err = errors.Join(printDrift(c.OutOrStdout(), t, r, done.report), err)
	}
	if err != nil {
		return err
	}
	return verdictError(r.Verdict)
}

// Widths of the columns of the two sites side by side.
const (
	driftKey  = 34
	driftSide = 26
)

// printDrift puts the sites side by side, and says what is to be mended and by
// whom.
func printDrift(w io.Writer, t tongue, r analysis.Result, report string) error {
	var b strings.Builder
	for _, c := range reports.Comparisons(string(t), r) {
		fmt.Fprintf(&b, "%s%s%s\n", c.Instant, t.say(" : ", ": "), c.Summary)
		for _, s := range c.Services {
			fmt.Fprintf(&b, "\n%s (%s)\n", s.Name, s.Equal)
			if len(s.Rows) > 0 {
				fmt.Fprintf(&b, "    %s %s %s\n", pad("", driftKey), pad(c.Primary, driftSide), c.Standby)
			}
			for _, row := range s.Rows {
				sign := "!"
				if row.Declared {
					sign = " "
				}
				fmt.Fprintf(&b, "  %s %s %s %s\n", sign, pad(row.Key, driftKey), pad(row.Primary, driftSide), row.Standby)
				if row.Why != "" {
					fmt.Fprintf(&b, "    %s\n", wrap(row.Sign.Word+t.say(" : ", ": ")+row.Why, columns-4, "      "))
				}
			}
		}
		for _, line := range []string{c.Unread, c.Err} {
			if line != "" {
				fmt.Fprintf(&b, "\n%s\n", wrap(line, columns, "  "))
			}
		}
	}
	fmt.Fprintf(&b, "\n%s %s\n", mark(r.Verdict), verdictWord(r.Verdict, string(t)))
	for _, reason := range r.Reasons {
		fmt.Fprintf(&b, "  %s\n", wrap(reason.In(string(t)), columns-2, "    "))
	}
	for _, f := range r.Findings {
		if f.Code == "note" {
			continue
		}
		owner := f.Owner.In(string(t))
		if owner != "" {
			owner = t.say(" ; responsable : %s", "; owner: %s", owner)
		}
		fmt.Fprintf(&b, "  - %s\n", wrap(f.Text.In(string(t))+" ["+f.Code+"]"+owner, columns-4, "    "))
	}
	if report != "" {
		fmt.Fprintf(&b, "%s%s\n", t.say("compte rendu : ", "report: "), report)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// pad fills a cell; what is longer than it pushes the next one on.
func pad(s string, width int) string {
	if n := width - len([]rune(s)); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}

// releaseOf finds a release by its version; zero where there is none.
func releaseOf(all []stage.Release, version string) stage.Release {
	for _, r := range all {
		if r.Version == version {
			return r
		}
	}
	return stage.Release{}
}
