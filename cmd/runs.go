package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"bascule/harness/analysis"
	"bascule/harness/engine"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/run"
	"bascule/reports"
)

// The states of a run, as its folder tells them.
const (
	runComplete    = "complete"
	runInterrupted = "interrupted" // by a signal or a kill: what it wrote can be analysed
	runUnderWay    = "under way"
)

// listedRun is one line of bascule runs.
type listedRun struct {
	ID      string           `json:"id"`
	Dir     string           `json:"dir"`
	State   string           `json:"state"`
	Started time.Time        `json:"started"`
	Planned int              `json:"planned"` // scenarios
	Begun   int              `json:"begun"`   // scenarios with a history
	Verdict analysis.Verdict `json:"verdict"`
}

func newRunsCommand() *cobra.Command {
	var out string
	var asJSON bool
	c := &cobra.Command{
		Use:   "runs",
		Short: "List the runs of a folder, interrupted ones included",
		Long: `List the runs under --out, the latest first: complete, under way, or interrupted
(by a signal, or killed). What an interrupted run recorded up to then can be
judged with bascule analyze, and reported with bascule report.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			runs, err := listRuns(out)
			if err != nil {
				return exitError(exitInput, err)
			}
			if asJSON {
				e := json.NewEncoder(c.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(runs)
			}
			return printRuns(c.OutOrStdout(), tongueOf(c), out, runs)
		},
	}
	c.Flags().StringVar(&out, "out", "runs", "folder that run folders were written to")
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

// listRuns reads every run folder under root, the latest first. A folder
// without a plan is none of ours.
func listRuns(root string) ([]listedRun, error) {
	entries, err := os.ReadDir(root)
	if os.IsNotExist(err) {
		return []listedRun{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	out := []listedRun{}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		if r, ok := listRun(filepath.Join(root, e.Name())); ok {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b listedRun) int { return b.Started.Compare(a.Started) })
	return out, nil
}

func listRun(dir string) (listedRun, bool) {
	content, err := os.ReadFile(filepath.Join(dir, planFile))
	if err != nil {
		return listedRun{}, false
	}
	r := listedRun{ID: filepath.Base(dir), Dir: dir, Verdict: analysis.Inconclusive, State: runInterrupted}
	if info, err := os.Stat(filepath.Join(dir, planFile)); err == nil {
		r.Started = info.ModTime()
	}
	var p plan.Plan
	if json.Unmarshal(content, &p) == nil {
		r.Planned = len(p.Scenarios)
	}
	histories, err := filepath.Glob(filepath.Join(escapeGlob(dir), "*", historyFile))
	if err == nil {
		r.Begun = len(histories)
	}
	content, err = os.ReadFile(filepath.Join(dir, runFile))
	if err != nil { // it is not written before the end
		owner, err := os.ReadFile(filepath.Join(dir, run.OwnerFile))
		if alive, _ := engine.OwnerAlive(strings.TrimSpace(string(owner))); err == nil && alive {
			r.State = runUnderWay
		}
		return r, true
	}
	var meta reports.Run
	if json.Unmarshal(content, &meta) != nil {
		return r, true
	}
	r.Started = meta.Started
	if !meta.Interrupted {
		r.State = runComplete
	}
	var m struct {
		Verdict analysis.Verdict `json:"verdict"`
	}
	for _, name := range []string{"report.json", "sweep.json"} {
		if content, err = os.ReadFile(filepath.Join(dir, name)); err == nil && json.Unmarshal(content, &m) == nil && m.Verdict != "" {
			r.Verdict = m.Verdict
		}
	}
	return r, true
}

func printRuns(w io.Writer, t tongue, root string, runs []listedRun) error {
	if len(runs) == 0 {
		fmt.Fprintln(w, t.say("aucun exercice dans « %s »", "no run in \"%s\"", root))
		return nil
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, t.say("EXERCICE\tDÉBUT\tSCÉNARIOS\tÉTAT\tVERDICT", "RUN\tSTARTED\tSCENARIOS\tSTATE\tVERDICT"))
	states := map[string]history.Text{
		runComplete:    {FR: "terminé", EN: runComplete},
		runInterrupted: {FR: "interrompu", EN: runInterrupted},
		runUnderWay:    {FR: "en cours", EN: runUnderWay},
	}
	for _, r := range runs {
		fmt.Fprintf(tw, "%s\t%s\t%d/%d\t%s\t%s\n", r.Dir, r.Started.Local().Format("2006-01-02 15:04:05"), r.Begun, r.Planned,
			states[r.State].In(string(t)), verdictWord(r.Verdict, string(t)))
	}
	return tw.Flush()
}
