package analysis

import (
	"slices"
	"time"

	"bascule/harness/history"
)

// Resilience is what a probe showed: a line for each thing that was lost, a cell
// for each critical function under load.
type Resilience struct {
	Lines []LossLine `json:"lines"` // in the order of the plan
}

// LossLine is one thing that was lost.
type LossLine struct {
	Of     history.Lost  `json:"of"`
	Target string        `json:"target"` // "paris/orders", "paris/orders/2", "paris/orders -> paris/db"
	Title  history.Text  `json:"title"`
	Owner  history.Text  `json:"owner"`           // of the functions that need it
	Fault  string        `json:"fault,omitempty"` // subject of the injection; empty where it did not come to it
	For    time.Duration `json:"for_ns"`          // how long it was to be lost
	Cells  []Bearing     `json:"cells"`
}

// Effect is how a function fared while something was lost.
type Effect string

// The effects.
const (
	EffectUnknown Effect = "unknown"    // it could not be told: Why tells why
	Unaffected    Effect = "unaffected" // every operation was acknowledged, as fast as before
	Degraded      Effect = "degraded"   // some operations failed, or were slow
	Down          Effect = "down"       // for half a second or more, most operations failed
)

// Return is how a function came back.
type Return string

// The returns.
const (
	ReturnNone     Return = "n/a"          // it had not gone
	ReturnByItself Return = "by-itself"    // while the thing was still lost
	ReturnRepaired Return = "after-repair" // once the thing was there again, without anybody's help
	ReturnNot      Return = "not"          // not before the next thing was lost, or somebody intervened
	ReturnUnknown  Return = "unknown"      // the load ended too early to tell
)

// Bearing is how one function bore one loss.
type Bearing struct {
	Function     string        `json:"function"`
	Effect       Effect        `json:"effect"`
	Return       Return        `json:"return"`
	Time         time.Duration `json:"time_ns"`              // from the fault to the return; 0 where there was none
	Error        time.Duration `json:"error_ns"`             // the true value lies in [Time-Error, Time+Error]
	AfterRepair  time.Duration `json:"after_repair_ns"`      // ReturnRepaired: from the end of the repair to the return
	Watched      time.Duration `json:"watched_ns"`           // from the fault to the end of what can be said of it
	Failed       int           `json:"failed"`               // operations that were not acknowledged
	Availability float64       `json:"availability_percent"` // while it was lost; -1 where nothing was intended
	P95          time.Duration `json:"p95_ns"`               // of the answers while it was lost
	Why          history.Text  `json:"why"`                  // EffectUnknown, ReturnUnknown: what stands in the way
}

const (
	// shortestDown is the shortest stretch of failures that counts as being down:
	// what breaks off at the instant of a crash does not.
	shortestDown = 500 * time.Millisecond
	// mostFailed is the share of failures from which a stretch counts as down, in percent.
	mostFailed = 50.0
	// leastFailing is the share of failures from which a function is not back, in
	// percent; with less it may stumble over something else.
	leastFailing = 5.0
	// leastProbed is the fewest operations from which a loss can be judged.
	leastProbed = 10
	// leastFast is the share of the answers that must be as fast as before, in
	// percent, where the scenario does not say.
	leastFast = 95.0
)

// resist reads the probe off the history; nil where none was planned.
func (j *judge) resist() *Resilience {
	r := &Resilience{}
	used := map[string]bool{}
	for _, s := range j.h.Header.Steps {
		if s.Probe == nil {
			continue
		}
		p := *s.Probe
		line := LossLine{Of: p.Of, Target: p.Target, Title: p.Title, Owner: j.ownerOf(p.Target), For: p.For, Cells: []Bearing{}}
		i := slices.IndexFunc(j.faults, func(x fault) bool { return x.probe == p.Of && x.target == p.Target && !used[x.id] })
		if i >= 0 {
			line.Fault = j.faults[i].id
			used[line.Fault] = true
		}
		for fn, w := range j.watches {
			if w.len() > 0 {
				line.Cells = append(line.Cells, j.bearing(i, fn))
			}
		}
		r.Lines = append(r.Lines, line)
	}
	if len(r.Lines) == 0 {
		return nil
	}
	return r
}

// bearing is how function fn bore fault i; a negative one never came.
func (j *judge) bearing(i, fn int) Bearing {
	b := Bearing{Function: j.h.Header.Functions[fn].ID, Effect: EffectUnknown, Return: ReturnNone, Availability: -1}
	if i < 0 {
		b.Why = say("le sondage n'est pas allé jusque-là", "the probe did not get that far")
		return b
	}
	x, w := j.faults[i], j.watches[fn]
	switch {
	case !x.in:
		b.Why = because(say("la panne n'a pas été mise en place", "the fault was not put in force"), x.failed)
	case !x.bit:
		b.Why = say("aucun effet constaté : personne ne se servait de ce qui a été retiré", "no effect of the fault was seen: nobody used it")
	case !x.undone:
		b.Why = because(say("la panne n'a pas été levée", "the fault was not undone"), x.failed)
	case w.shaken(x.injecting):
		b.Why = say("la fonction n'était pas stable juste avant", "the function was not stable right before")
	default:
		j.measureBearing(&b, x, fn)
	}
	return b
}

// shaken tells whether the function was down, or not yet stable again, at the
// instant t from something that came before.
func (w *watch) shaken(t time.Duration) bool {
	for _, o := range w.outages {
		first := o.from
		if w.done(first) > t || o.fromAt >= t {
			continue // it began with what happened at t
		}
		if !o.closed || o.stableAt > t {
			return true
		}
	}
	return false
}

// untilNext is the instant up to which what happens is a fault's doing: the
// next fault begins, or people intervene.
func (j *judge) untilNext(x fault, end time.Duration) time.Duration {
	for _, y := range j.injected() {
		if y.injecting > x.injecting {
			end = min(end, y.injecting)
		}
	}
	for _, r := range j.runbooks {
		if r.start > x.injecting {
			end = min(end, r.start)
		}
	}
	for _, e := range j.of(history.SiteRestart) {
		if e.At > x.injecting {
			end = min(end, e.At)
		}
	}
	return end
}

// measureBearing fills in what the operations tell.
func (j *judge) measureBearing(b *Bearing, x fault, fn int) {
	w := j.watches[fn]
	until := j.untilNext(x, w.end())
	b.Watched = max(0, until-x.injected)
	n, acked, fast := 0, 0, 0
	limit, share95 := j.fastEnough(fn)
	lat := newLatencies(judgedDigits)
	for k := w.from(x.injecting); k < w.len() && w.intended(k) < x.undoing; k++ {
		n++
		if w.acked(k) {
			acked++
			took := w.done(k) - w.intended(k)
			lat.record(took)
			if took <= limit {
				fast++
			}
		}
	}
	b.Availability, b.P95 = share(acked, n), lat.summary().p95
	if n < leastProbed {
		b.Why = say("trop peu d'opérations pendant la perte (%s)", "too few operations during the loss (%s)", count(n))
		return
	}
	hurt := w
	slow := acked > 0 && share(fast, acked) < share95
	if slow {
		hurt = w.withSlow(limit, x.injecting, until)
	}
	b.Failed = w.failedBetween(x.injecting, until)
	during, after := hurt.ofLoss(x, until)
	switch {
	case len(during)+len(after) == 0:
		b.Effect = Unaffected
		return
	}
	// What the repair brings about counts like the loss where the function is down
	// for it; a mere hitch does not delay its return.
	b.Effect = Degraded
	if slices.ContainsFunc(during, func(o outage) bool {
		end := o.until(until)
		return w.fellDown(hurt, o, x.injecting, min(x.undoing, end)) || end > x.undoneAt+shortestDown && w.fellDown(hurt, o, x.injecting, end)
	}) {
		b.Effect = Down
	}
	after = slices.DeleteFunc(after, func(o outage) bool {
		down := w.fellDown(hurt, o, x.injecting, o.until(until))
		if down {
			b.Effect = Down
		}
		return !down && len(during) > 0 && o.closed && o.back < until
	})
	j.measureReturn(b, hurt, x, until, during, after)
}

// measureReturn tells how and when the function came back from what began while
// the thing was lost, and from what its repair did.
func (j *judge) measureReturn(b *Bearing, w *watch, x fault, until time.Duration, during, after []outage) {
	all := slices.Concat(during, after)
	for _, o := range all {
		if o.closed && o.back < until {
			continue
		}
		b.Return = ReturnUnknown
		switch tail := max(until-w.stability, x.undoneAt); {
		case until-x.undoneAt < w.stability+time.Second: // as long as calm is waited for
			b.Why = say("la charge s'est arrêtée trop tôt après la remise en service", "the load ended too soon after the repair")
		case w.failingBetween(tail, until) < leastFailing:
			b.Why = say("de retour, mais pas assez longtemps sans à-coup pour le dire stable", "back, but not without a hitch for long enough to call it stable")
		default:
			b.Return = ReturnNot
		}
		return
	}
	last := all[len(all)-1]
	b.Return = ReturnByItself
	if last.back+shortestReturn > x.undoing { // one that is seen for less may be the repair's doing
		b.Return, b.AfterRepair = ReturnRepaired, max(0, last.back-x.undoneAt)
	}
	b.Time = last.back - x.injected
	b.Error = max(0, last.back-max(w.lastSilence(last, x.injecting), x.injecting)+(x.injected-x.injecting))
}
