package fault

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// watch follows the canaries of one injection:
//
//	start ---- before ----+ injected ---- during ----+ undoing ... whole ---- after ---- stop
//
// An answer counts for a stretch only where all of it lies there. One that was
// asked while the fault was in force and never answered met it, however late that
// was known; one that was answered after the undo says nothing.
type watch struct {
	id    string
	fault plan.Fault
	plane Canaries // nil: there are none
	what  history.Text

	draining sync.Mutex // the look at the bite and the aftermath overlap: answers stay in their order
	mu       sync.Mutex
	answers  []Answer
	injected time.Time
	undoing  time.Time
	whole    time.Time
}

// start begins canary traffic. That there is none is no error: it is told.
func (w *watch) start(ctx context.Context, plane Plane, members []Member) {
	p, ok := plane.(Canaries)
	if !ok {
		w.what = history.Text{FR: "aucun trafic canari : cette cible n’en offre pas", EN: "no canary traffic: this target offers none"}
		return
	}
	n, what, err := p.StartCanaries(ctx, w.id, w.fault, members)
	w.what = what
	switch {
	case err != nil:
		w.what = history.Text{FR: "aucun trafic canari : " + err.Error(), EN: "no canary traffic: " + err.Error()}
	case n > 0:
		w.plane = p
	}
}

func (w *watch) on() bool { return w.plane != nil }

// drain fetches what came. The hand keeps a bounded number of answers: what is
// lost of a long fault is its end, which proves nothing more.
func (w *watch) drain(ctx context.Context) error {
	if !w.on() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	w.draining.Lock()
	defer w.draining.Unlock()
	more, err := w.plane.CanaryAnswers(ctx, w.id)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers = append(w.answers, more...)
	return err
}

// warm waits, briefly, for enough answers from before the fault.
func (w *watch) warm(ctx context.Context) {
	if !w.on() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, before5)
	defer cancel()
	for {
		// An error here shows as too few answers.
		_ = w.drain(ctx)
		w.mu.Lock()
		n := len(w.answers)
		w.mu.Unlock()
		if n >= enough || pause(ctx, canaryLooks/2) != nil {
			return
		}
	}
}

// mark sets an instant of the picture above; the first time counts.
func (w *watch) mark(at *time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if at.IsZero() {
		*at = time.Now()
	}
}

func (w *watch) stretch(in func(Answer) bool) []Answer {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []Answer
	for _, a := range w.answers {
		if in(a) {
			out = append(out, a)
		}
	}
	return out
}

func (w *watch) before() []Answer {
	return w.stretch(func(a Answer) bool { return w.injected.IsZero() || a.Asked.Add(a.Took).Before(w.injected) })
}

func (w *watch) during() []Answer {
	return w.stretch(func(a Answer) bool {
		end := a.Asked
		if a.Err == "" {
			end = a.Asked.Add(a.Took)
		}
		return !w.injected.IsZero() && a.Asked.After(w.injected) && (w.undoing.IsZero() || end.Before(w.undoing))
	})
}

func (w *watch) after() []Answer {
	return w.stretch(func(a Answer) bool { return !w.whole.IsZero() && a.Asked.After(w.whole) })
}

// unfit tells why canaries have no say in the bite; empty where they do.
func (w *watch) unfit() history.Text {
	switch {
	case !w.on() || w.judges():
		return history.Text{}
	case !Seen(w.fault.Kind):
		return history.Text{FR: "un canari ne peut pas voir cette panne : les compteurs font foi", EN: "a canary cannot see this fault: counters are the proof"}
	}
	return history.Text{FR: "pas de réponse régulière avant la panne : les compteurs font foi", EN: "no steady answers before the fault: counters are the proof"}
}

// close forgets the canaries: they have ended.
func (w *watch) close() { w.plane = nil }

// judges tells whether the canaries have a say in the bite.
func (w *watch) judges() bool {
	_, seen := sights()[w.fault.Kind]
	return w.on() && seen && summarise(w.before()).well()
}

// saw tells whether the fault shows on the canaries. What was seen too little of
// is not seen: two answers while there may come more, else one.
func (w *watch) saw() bool {
	s := sights()[w.fault.Kind]
	before, _ := w.without()
	hits, during := 0, w.during()
	for _, a := range during {
		if s.hit(w.fault, before, a) {
			hits++
		}
	}
	w.mu.Lock()
	least := 2
	if !w.undoing.IsZero() || s.share == 0 {
		least = 1
	}
	w.mu.Unlock()
	return len(during) >= least && hits > 0 && float64(hits) >= s.share*float64(len(during))
}

// without is what canaries meet when the fault is not in force: as before it, or
// as after it where the path is faster then. What lingers of an earlier fault may
// make all answers before this one late, and would hide a latency.
func (w *watch) without() (_ summary, faster bool) {
	s, after := summarise(w.before()), summarise(w.after())
	late := w.fault.Kind == plan.Slow || w.fault.Kind == plan.SlowNames
	if late && after.ok >= enough && after.fast < s.fast {
		s.fast, faster = after.fast, true
	}
	return s, faster
}

// blinked tells that the fault is over and that no canary asked while it was in
// force: then they have nothing to say against it.
func (w *watch) blinked() bool {
	w.mu.Lock()
	over := !w.whole.IsZero()
	w.mu.Unlock()
	return over && len(w.during()) == 0
}

// well tells whether the latest answers after the undo are as those before it.
func (w *watch) well() bool {
	after := w.after()
	if len(after) < enough {
		return false
	}
	s, known := sights()[w.fault.Kind]
	before := summarise(w.before())
	before.fast = before.median // as late as before is well enough
	for _, a := range after[len(after)-enough:] {
		if a.Err != "" || known && s.hit(w.fault, before, a) {
			return false
		}
	}
	return true
}

// tell records a stretch.
func (w *watch) tell(rec Recorder, when string, answers []Answer, note history.Text) {
	s := summarise(answers)
	what := w.what
	if note != (history.Text{}) {
		what = and(what, note)
	}
	rec.Event(history.FaultCanary, w.id, "when", when, "what_fr", what.FR, "what_en", what.EN,
		"sent", fmt.Sprint(s.sent), "ok", fmt.Sprint(s.ok), "median_ns", fmt.Sprint(int64(s.median)), "err", s.err)
}

// told is the during in few words, for the proof of the bite.
func (w *watch) told() history.Text {
	during, before := summarise(w.during()).words(), summarise(w.before()).words()
	t := history.Text{
		FR: fmt.Sprintf("canari : %s ; avant : %s", during.FR, before.FR),
		EN: fmt.Sprintf("canary: %s; before: %s", during.EN, before.EN),
	}
	if _, faster := w.without(); faster {
		after := summarise(w.after()).words()
		t.FR, t.EN = t.FR+" ; après : "+after.FR, t.EN+"; after: "+after.EN
	}
	return t
}

// answered is "0 of 7 answered".
func (s summary) answered() history.Text {
	return history.Text{
		FR: fmt.Sprintf("%s sur %d", history.Plural(s.ok, "%d réponse", "%d réponses", "", "").FR, s.sent),
		EN: fmt.Sprintf("%d of %d answered", s.ok, s.sent),
	}
}

// words are "0 of 7 answered (timeout)" or "12 of 12 answered, median 2.1 ms".
func (s summary) words() history.Text {
	t := s.answered()
	fr, en := t.FR, t.EN
	if s.err != "" {
		fr, en = fr+" ("+history.CanaryError(s.err).FR+")", en+" ("+s.err+")"
	}
	if s.ok > 0 {
		ms := strconv.FormatFloat(s.median.Seconds()*1000, 'f', 1, 64) + " ms"
		fr, en = fr+", médiane "+strings.NewReplacer(".", ",", " ", "\u00a0").Replace(ms), en+", median "+ms
	}
	return history.Text{FR: fr, EN: en}
}
