package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"bascule/harness/analysis"
	"bascule/harness/engine"
	"bascule/harness/history"
	"bascule/harness/run"
	"bascule/harness/sweep"
	"bascule/reports"
)

// cellReport is the report of one cell, in its folder.
const cellReport = "report.html"

// board is the matrix while it fills up: it is written anew after each cell, so
// that whoever looks, or kills the sweep, has what is known by then.
type board struct {
	dir   string
	sweep *sweep.Sweep

	mu     sync.Mutex
	meta   reports.Run
	played map[string]reports.Played
	errs   []error
}

func newBoard(dir string, s *sweep.Sweep, engine string, parallel int) *board {
	b := &board{dir: dir, sweep: s, played: map[string]reports.Played{}}
	b.meta = reports.Run{ID: filepath.Base(dir), Version: version(), Seed: s.Seed, Started: time.Now().UTC(), Engine: engine,
		Command: fmt.Sprintf("bascule %s", strings.Join(os.Args[1:], " "))}
	if parallel > 1 {
		b.meta.Command += fmt.Sprintf(" (--parallel %d)", parallel)
	}
	return b
}

// takeOver puts the cells of an earlier process on the board.
func (b *board) takeOver(taken map[string]analysis.Result) error {
	for id, r := range taken {
		p, err := playedCell(b.dir, id, r)
		if err != nil {
			return err
		}
		b.played[id] = p
		if !r.Header.Started.IsZero() && r.Header.Started.Before(b.meta.Started) {
			b.meta.Started = r.Header.Started
		}
	}
	return nil
}

// errCutShort means that a cell was not played to its end: it counts as not
// played.
var errCutShort = errors.New("the cell was cut short")

// playedCell reads what the matrix needs beside the result.
func playedCell(dir, id string, r analysis.Result) (reports.Played, error) {
	h, err := history.ReadFile(filepath.Join(dir, id, historyFile))
	if err != nil {
		return reports.Played{}, err
	}
	if run.CutShort(h) {
		return reports.Played{}, errCutShort
	}
	return reports.Played{Result: r, Times: analysis.TimesOf(h), Report: id + "/" + cellReport}, nil
}

// done puts a cell on the board and writes its report and the matrix. It gives
// the cell as the matrix has it.
func (b *board) done(r analysis.Result) reports.MatrixCell {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := r.Header.Scenario
	p, err := playedCell(b.dir, id, r)
	switch {
	case errors.Is(err, errCutShort):
	case err != nil:
		b.errs = append(b.errs, err)
	default:
		b.played[id] = p
	}
	b.meta.Duration = time.Since(b.meta.Started)
	if err := writeCell(b.dir, b.meta, r); err != nil {
		b.errs = append(b.errs, err)
	}
	m := b.matrix()
	if _, err := reports.WriteMatrix(b.dir, m); err != nil {
		b.errs = append(b.errs, err)
	}
	for _, c := range m.Cells {
		if c.ID == id {
			return c
		}
	}
	return reports.MatrixCell{}
}

// writeCell writes the report of one cell: its timeline, and all that a run's
// report tells.
func writeCell(dir string, meta reports.Run, r analysis.Result) error {
	return writeFile(filepath.Join(dir, r.Header.Scenario, cellReport), func(w io.Writer) error {
		return reports.HTML{}.Write(w, reports.Build(meta, []analysis.Result{r}))
	})
}

func (b *board) matrix() reports.Matrix {
	return reports.BuildMatrix(plannedMatrix(b.meta, b.sweep), b.played)
}

// again is the command that plays one cell alone, as it was.
func again(s *sweep.Sweep, c sweep.Cell) string {
	words := []string{"bascule", "sweep", shellWord(s.Feature)}
	if s.Chosen {
		words = append(words, "--scenario", shellWord(s.Scenario))
	}
	if s.Stages != "" && s.Stages != "scenarios" {
		words = append(words, "--stages", shellWord(s.Stages))
	}
	words = append(words, "--seed", fmt.Sprint(s.Seed), "--faults", shellWord(s.Faults[c.Fault].Spec), "--only", c.Key)
	return strings.Join(words, " ")
}

// shellWord quotes a word where a shell would take it apart.
func shellWord(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./=:,@%+", r))
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// conclude writes the sweep's last reports and tells its end.
func (b *board) conclude(c *cobra.Command, out run.Outcome, runErr error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(out.Results) == 0 && runErr != nil && !out.Interrupted {
		return exitError(exitEngine, runErr)
	}
	b.meta.Duration, b.meta.Interrupted = time.Since(b.meta.Started), out.Interrupted
	m, t := b.matrix(), tongue(b.sweep.Language)
	_, err := reports.WriteMatrix(b.dir, m)
	err = errors.Join(append(b.errs, err, writeRunFile(b.dir, b.meta))...)
	b.summarise(c.OutOrStdout(), m, out)
	switch {
	case errors.Is(runErr, engine.ErrNoEngine):
		return exitError(exitEngine, runErr)
	case err != nil:
		return exitError(exitInconclusive, errors.Join(runErr, err))
	case runErr != nil:
		fmt.Fprintln(c.ErrOrStderr(), runErr)
	}
	if out.Remains() != nil && m.Verdict == analysis.Pass {
		return exitError(exitInconclusive, remaining(t, out))
	}
	return verdictError(m.Verdict)
}

// summarise tells a person how the sweep ended: the worst cell, how to play it
// again, and where the matrix is.
func (b *board) summarise(w io.Writer, m reports.Matrix, out run.Outcome) {
	t := tongue(m.Language)
	fmt.Fprintln(w)
	for i, id := range m.Worst {
		for _, c := range m.Cells {
			if c.ID != id || c.Verdict == analysis.Pass {
				continue
			}
			if i == 0 {
				fmt.Fprintln(w, t.say("La plus défavorable d’abord :", "The worst first:"))
			}
			fmt.Fprintf(w, "%s %-14s %s\n    %s\n", mark(c.Verdict), verdictWord(c.Verdict, m.Language), t.typeset(c.Name.In(m.Language)), c.Command)
		}
	}
	k := m.Coverage
	fmt.Fprintln(w, t.say("\n%s : %s, %s, %s ; %s sur %d, %s ; en %s", "\n%s: %s, %s, %s; %s of %d, %s; in %s", verdictWord(m.Verdict, m.Language),
		t.some(m.Counts.Pass, "%d conforme", "%d conformes", "%d passed", "%d passed"),
		t.some(m.Counts.Fail, "%d non conforme", "%d non conformes", "%d failed", "%d failed"),
		t.some(m.Counts.Inconclusive, "%d non concluante", "%d non concluantes", "%d inconclusive", "%d inconclusive"),
		t.some(k.Played, "%d jouée", "%d jouées", "%d played", "%d played"), k.Chosen,
		t.some(k.Possible, "%d possible", "%d possibles", "%d possible", "%d possible"), t.duration(out.Duration.Round(time.Second))))
	if m.Share >= 0 {
		fmt.Fprintln(w, t.say("part du banc d’essai dans la durée des cellules : %.0f %%", "the harness's own share of the cells' time: %.0f%%", m.Share))
	}
	if out.Left.Count() > 0 {
		fmt.Fprintln(w, t.say("il reste dans le moteur : %s", "left in the engine: %s", leftText(t, out.Left)))
	}
	if k.Played < k.Chosen {
		fmt.Fprintln(w, t.say("pour poursuivre : bascule sweep --resume %s", "to go on: bascule sweep --resume %s", b.dir))
	}
	fmt.Fprintln(w, t.say("matrice : %s", "matrix: %s", filepath.Join(b.dir, "sweep.html")))
}

// readSweep reads the folder of a sweep again: what is judged anew comes from its
// histories alone.
func readSweep(dir string) (reports.Matrix, []analysis.Result, error) {
	s, err := sweep.Read(dir)
	if err != nil {
		return reports.Matrix{}, nil, err
	}
	b := &board{dir: dir, sweep: s, played: map[string]reports.Played{}}
	var results []analysis.Result
	for _, c := range s.Cells {
		path := filepath.Join(dir, c.ID, historyFile)
		if !exists(path) {
			continue
		}
		r, err := analyzeFile(path)
		if err != nil {
			return reports.Matrix{}, nil, err
		}
		results = append(results, r)
		switch p, err := playedCell(dir, c.ID, r); {
		case errors.Is(err, errCutShort):
		case err != nil:
			return reports.Matrix{}, nil, err
		default:
			b.played[c.ID] = p
		}
	}
	if b.meta, err = readRun(dir, results); err != nil {
		return reports.Matrix{}, nil, err
	}
	return b.matrix(), results, nil
}

// reportSweep writes the reports of a sweep again, from its histories.
func reportSweep(c *cobra.Command, dir, format string) error {
	m, results, err := readSweep(dir)
	if err != nil {
		return exitError(exitInput, err)
	}
	if format != "" {
		for _, w := range reports.MatrixWriters() {
			if w.Format == strings.ToLower(format) {
				return w.Write(c.OutOrStdout(), m)
			}
		}
		return unknownFormat(format, "html, json, junit, markdown")
	}
	for _, r := range results {
		err = errors.Join(err, writeCell(dir, m.Run, r))
	}
	paths, writeErr := reports.WriteMatrix(dir, m)
	for _, p := range paths {
		fmt.Fprintln(c.OutOrStdout(), p)
	}
	if err = errors.Join(err, writeErr); err != nil {
		return exitError(exitInconclusive, err)
	}
	return nil
}

// writeFile writes a file by a writer of reports.
func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}
