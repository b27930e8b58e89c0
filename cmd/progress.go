package cmd

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"bascule/harness/analysis"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/run"
)

// newProgress shows bars on a terminal and plain timestamped lines elsewhere:
// mpb prints nothing there, and swallows what is written to it.
func newProgress(w io.Writer) (p run.Progress, wait func()) {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		b := &bars{p: mpb.New(mpb.WithOutput(f), mpb.WithWidth(28), mpb.WithRefreshRate(150*time.Millisecond)), w: f}
		return b, b.wait
	}
	return &lines{w: w, began: time.Now()}, func() {}
}

// lines is progress for a log: one line a step, one an event that matters.
type lines struct {
	mu    sync.Mutex
	w     io.Writer
	began time.Time
}

func (l *lines) print(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := time.Since(l.began)
	fmt.Fprintf(l.w, "%s %6.1fs  %s\n", time.Now().UTC().Format("15:04:05"), d.Seconds(), fmt.Sprintf(format, args...))
}

func (l *lines) Note(text string) { l.print("%s", text) }

func (l *lines) Scenario(i, n int, s plan.Scenario, _ int) run.Track {
	l.print("[%d/%d] %s", i, n, s.Name)
	return &lineTrack{l: l, tag: fmt.Sprintf("[%d/%d]", i, n), lang: s.Language}
}

type lineTrack struct {
	l    *lines
	tag  string
	lang string
}

func (t *lineTrack) Step(text string) { t.l.print("%s %s", t.tag, text) }

func (t *lineTrack) Event(e history.Event) {
	if text := describe(e, t.lang); text != "" {
		t.l.print("%s   %s", t.tag, text)
	}
}

func (t *lineTrack) Done(r analysis.Result) {
	t.l.print("%s %s %s", t.tag, strings.ToUpper(verdictWord(r.Verdict, t.lang)), r.Header.Name)
	for _, reason := range r.Reasons {
		t.l.print("%s   %s", t.tag, reason.In(t.lang))
	}
}

// bars is progress for a person: one bar a scenario under way.
type bars struct {
	p  *mpb.Progress
	w  io.Writer
	mu sync.Mutex
	on []*mpb.Bar
}

func (b *bars) Note(text string) { fmt.Fprintln(b.p, text) }

func (b *bars) Scenario(i, n int, s plan.Scenario, steps int) run.Track {
	t := &barTrack{b: b, lang: s.Language, name: s.Name, tag: fmt.Sprintf("[%d/%d]", i, n)}
	t.bar = b.p.AddBar(int64(steps),
		mpb.PrependDecorators(decor.Name(fmt.Sprintf("%s %-34s ", t.tag, clip(s.Name, 34)))),
		mpb.AppendDecorators(decor.Elapsed(decor.ET_STYLE_MMSS), decor.Any(func(decor.Statistics) string {
			t.mu.Lock()
			defer t.mu.Unlock()
			return "  " + clip(t.text, 44)
		})),
		mpb.BarRemoveOnComplete(),
	)
	b.mu.Lock()
	b.on = append(b.on, t.bar)
	b.mu.Unlock()
	return t
}

// wait ends bars that a cut-short run left unfinished: mpb would wait for them.
func (b *bars) wait() {
	b.mu.Lock()
	for _, bar := range b.on {
		if !bar.Completed() {
			bar.Abort(true)
		}
	}
	b.mu.Unlock()
	b.p.Wait()
}

type barTrack struct {
	b    *bars
	bar  *mpb.Bar
	lang string
	name string
	tag  string
	mu   sync.Mutex
	text string
}

func (t *barTrack) Step(text string) {
	t.mu.Lock()
	t.text = text
	t.mu.Unlock()
	t.bar.Increment()
}

func (t *barTrack) Event(e history.Event) {
	if text := describe(e, t.lang); text != "" {
		t.mu.Lock()
		t.text = text
		t.mu.Unlock()
	}
}

func (t *barTrack) Done(r analysis.Result) {
	fmt.Fprintf(t.b.p, "%s %s %s\n", mark(r.Verdict), t.tag, t.name)
	for _, reason := range r.Reasons {
		fmt.Fprintf(t.b.p, "    %s\n", reason.In(t.lang))
	}
	t.bar.SetTotal(-1, true)
}

func mark(v analysis.Verdict) string {
	switch v {
	case analysis.Pass:
		return "✔"
	case analysis.Fail:
		return "✘"
	}
	return "?"
}

// clip shortens to n runes.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

// describe puts an event into a line, or says that it is none for people.
func describe(e history.Event, lang string) string {
	a := e.Attrs
	pick := func(key string) string { return history.Text{FR: a[key+"_fr"], EN: a[key+"_en"]}.In(lang) }
	t := tongue(lang)
	word := func(fr, en string) string {
		if t == "fr" {
			return t.typeset(fr)
		}
		return en
	}
	failed := func(s string) string {
		why := a["err"]
		if t == "fr" && a["why_fr"] != "" {
			why = t.typeset(a["why_fr"])
		}
		if why != "" {
			return s + word(" : ", ": ") + strings.SplitN(why, "\n", 2)[0]
		}
		return s
	}
	switch e.Kind {
	case history.PhaseStarted:
		return word("phase ", "phase ") + e.Subject
	case history.PhaseFinished:
		if a["err"] != "" {
			return failed(word("phase en échec ", "phase failed ") + e.Subject)
		}
	case history.FaultInjected:
		return word("panne injectée ", "fault injected ") + e.Subject
	case history.FaultBiting:
		return word("la panne agit : ", "the fault bites: ") + t.typeset(pick("proof"))
	case history.FaultNoBite, history.FaultFailed:
		return failed(word("panne sans effet ", "fault without effect ") + e.Subject)
	case history.FaultRecovered:
		return word("panne réparée ", "fault repaired ") + e.Subject
	case history.SiteRestart:
		return word("service toujours pas stable : on relance les services de ", "service is still not stable: starting again the services of ") + e.Subject
	case history.Detected:
		return word("alerte de la supervision : ", "the monitoring raises an alarm: ") + pick("why")
	case history.DecisionMade:
		return word("décision prise par ", "decision taken by ") + pick("by")
	case history.StepStarted:
		return t.say("étape %s/%s : %s (%s)", "step %s/%s: %s (%s)", a["n"], a["of"], pick("title"), pick("owner"))
	case history.StepFinished:
		if a["outcome"] == "failed" {
			return failed(word("étape en échec ", "step failed ") + pick("title"))
		}
	case history.DeployFinished:
		return failed(word("déploiement : ", "deployment: ") + outcomeWord(t, a["outcome"]))
	case history.BaselineFailed:
		return failed(word("état stable non atteint", string(e.Kind)))
	case history.EngineBroke:
		return failed(word("le moteur ou le réseau d’essai ne répond plus", string(e.Kind)))
	case history.Note:
		return pick("text")
	}
	return ""
}

// outcomeWord is how a deployment ended.
func outcomeWord(t tongue, outcome string) string {
	fr, ok := map[string]string{"done": "mené à son terme", "stopped": "arrêté", "failed": "échoué"}[outcome]
	if t == "fr" && ok {
		return fr
	}
	return outcome
}
