package cmd

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"bascule/harness/analysis"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/run"
	"bascule/reports"
)

// sweepProgress is the progress of a sweep: a line a cell that was played, with
// what is left to wait for; on a terminal the cells under way as bars, too.
type sweepProgress struct {
	inner run.Progress
	quiet bool // in a log: a hundred cells of thirty lines each are not read
	board *board
	t     tongue

	mu      sync.Mutex
	started time.Time
	total   int
	played  int // by this process
}

func newSweepProgress(w io.Writer, b *board) (*sweepProgress, func()) {
	inner, wait := newProgress(w)
	quiet := true
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		quiet = false
	}
	return &sweepProgress{inner: inner, quiet: quiet, board: b, t: tongue(b.sweep.Language)}, wait
}

// began tells what there is to do.
func (p *sweepProgress) began(id string, taken int) {
	p.started, p.total = time.Now(), len(p.board.sweep.Cells)-taken
	p.inner.Note(p.t.say("balayage %s, graine %d : %s à jouer sur %d", "sweep %s, seed %d: %s to play of %d", id, p.board.sweep.Seed,
		p.t.some(p.total, "%d cellule", "%d cellules", "%d cells", "%d cells"), len(p.board.sweep.Cells)))
	p.inner.Note(p.t.say("matrice : %s", "matrix: %s", p.board.dir+"/sweep.html"))
}

// Note is about the sweep as a whole.
func (p *sweepProgress) Note(text string) { p.inner.Note(text) }

// Scenario begins a cell.
func (p *sweepProgress) Scenario(i, n int, s plan.Scenario, steps int) run.Track {
	t := &cellTrack{p: p, i: i, n: n, began: time.Now()}
	if !p.quiet {
		t.bar = p.inner.Scenario(i, n, s, steps)
	}
	return t
}

type cellTrack struct {
	p     *sweepProgress
	i, n  int
	began time.Time
	bar   run.Track // nil in a log
}

func (t *cellTrack) Step(text string) {
	if t.bar != nil {
		t.bar.Step(text)
	}
}

func (t *cellTrack) Event(e history.Event) {
	if t.bar != nil {
		t.bar.Event(e)
	}
}

// Done puts the cell on the board and tells of it. One that did not pass comes
// with its reasons and with the command that plays it again.
func (t *cellTrack) Done(r analysis.Result) {
	c := t.p.board.done(r)
	if b, ok := t.bar.(*barTrack); ok {
		b.bar.SetTotal(-1, true)
	}
	say := t.p.t
	if c.Verdict == "" {
		t.p.inner.Note(say.say("– [%d/%d] %s  interrompue, à rejouer", "– [%d/%d] %s  cut short, to be played again", t.i, t.n, say.typeset(c.Name.In(string(say)))))
		return
	}
	t.p.inner.Note(fmt.Sprintf("%s [%d/%d] %s  %s  (%s)", mark(c.Verdict), t.i, t.n, say.typeset(c.Name.In(string(say))), cellFigures(say, c), t.p.left(time.Since(t.began))))
	if c.Verdict == analysis.Pass {
		return
	}
	for _, reason := range c.Reasons {
		t.p.inner.Note("      " + say.typeset(reason.In(string(say))))
	}
	t.p.inner.Note("      " + c.Command)
}

// left is how long the cell took, and what is left to wait for.
func (p *sweepProgress) left(took time.Duration) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.played++
	text := p.t.duration(took.Round(time.Second))
	if rest := p.total - p.played; rest > 0 {
		eta := time.Since(p.started) / time.Duration(p.played) * time.Duration(rest)
		text += p.t.say(" ; encore %s environ", "; about %s to go", p.t.duration(eta.Round(10*time.Second)))
	}
	return text
}

// cellFigures is what was measured in a cell, in few words.
func cellFigures(t tongue, c reports.MatrixCell) string {
	text := t.say("sans interruption", "no interruption")
	switch {
	case c.Interrupted && !c.Recovered:
		text = t.say("non rétabli", "not restored")
	case c.Interrupted:
		text = t.say("rétabli en %s", "restored in %s", t.duration(c.Recovery.Round(100*time.Millisecond)))
	}
	if c.Lost > 0 {
		text += ", " + t.some(c.Lost, "%d écriture perdue", "%d écritures perdues", "%d lost", "%d lost")
	}
	return text
}
