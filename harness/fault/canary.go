package fault

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// Canaries is a plane that sends traffic of its own where a fault should show:
// apart from the load, and from whoever carries the fault out.
type Canaries interface {
	// StartCanaries begins to ask, and tells who asks whom, or, with 0 canaries,
	// why nobody does. The fault is not in force yet.
	StartCanaries(ctx context.Context, id string, f plan.Fault, members []Member) (n int, what history.Text, err error)
	// CanaryAnswers are those that came since the last call.
	CanaryAnswers(ctx context.Context, id string) ([]Answer, error)
	// CanarySpoilt tells why the canaries of an undone fault say nothing of it any
	// more: who they asked was stopped, fenced or hit by another fault. Empty when
	// they do.
	CanarySpoilt(ctx context.Context, id string) (history.Text, error)
	StopCanaries(ctx context.Context, id string) error
}

// Answer is what one request of a canary met.
type Answer struct {
	Asked  time.Time
	Took   time.Duration
	Err    string // class: timeout, refused, reset, eof, unreachable, nxdomain, servfail, gone...; "" with an answer
	Detail string // HTTP status, address that a name led to
}

// Times of canaries.
const (
	before5     = 700 * time.Millisecond // for the first answers, before a fault that is due now
	afterBound  = 30 * time.Second       // for canaries to be well again after the undo
	canaryLooks = 100 * time.Millisecond
)

// enough answers to call a canary well.
const enough = 5

// summary is what canaries met in a stretch of time.
type summary struct {
	sent, ok int
	median   time.Duration // of those that were answered
	fast     time.Duration // a quarter of them took no longer: noise makes answers late, never early
	err      string        // the most frequent class of errors
	details  []string      // of those that were answered, each once
}

func summarise(answers []Answer) summary {
	s := summary{sent: len(answers)}
	var took []time.Duration
	classes := map[string]int{}
	for _, a := range answers {
		if a.Err != "" {
			classes[a.Err]++
			continue
		}
		s.ok++
		took = append(took, a.Took)
		if !slices.Contains(s.details, a.Detail) {
			s.details = append(s.details, a.Detail)
		}
	}
	if len(took) > 0 {
		slices.Sort(took)
		s.median, s.fast = took[len(took)/2], took[len(took)/4]
	}
	for c, n := range classes {
		if n > classes[s.err] || n == classes[s.err] && c < s.err {
			s.err = c
		}
	}
	return s
}

// well tells canaries that can show a fault from those that were ill before it.
func (s summary) well() bool { return s.ok >= 3 && s.ok*10 >= s.sent*9 }

// sight is how a fault shows on canaries.
type sight struct {
	// hit tells an answer that met the fault from one that did not.
	hit func(f plan.Fault, before summary, a Answer) bool
	// share of the answers that must have met it while it is in force: 1 for a
	// fault that lets nothing through, 0 for one that is seen now and then.
	share float64
}

// sights lists the kinds that a small canary can see. All others are proved by
// counters alone.
func sights() map[plan.FaultKind]sight {
	unanswered := func(_ plan.Fault, _ summary, a Answer) bool { return a.Err != "" }
	refused := func(f plan.Fault, _ summary, a Answer) bool {
		return a.Err == "refused" || a.Err == "reset" || f.Direction == plan.Back && a.Err != ""
	}
	broken := func(_ plan.Fault, _ summary, a Answer) bool {
		return slices.Contains([]string{"reset", "eof", "refused"}, a.Err)
	}
	slow := func(f plan.Fault, before summary, a Answer) bool {
		return a.Err == "timeout" || a.Err == "" && a.Took >= before.fast+f.Latency.D()/2
	}
	elsewhere := func(_ plan.Fault, before summary, a Answer) bool {
		return a.Err == "" && !slices.Contains(before.details, a.Detail)
	}
	class := func(c string) func(plan.Fault, summary, Answer) bool {
		return func(_ plan.Fault, _ summary, a Answer) bool { return a.Err == c }
	}
	status := func(f plan.Fault, _ summary, a Answer) bool {
		return a.Err != "" || strings.Contains(a.Detail, fmt.Sprint(f.Status))
	}
	return map[plan.FaultKind]sight{
		plan.Cut:          {unanswered, 1},
		plan.Refuse:       {refused, 1},
		plan.Slow:         {slow, 0.5},
		plan.Reset:        {broken, 0},
		plan.Flap:         {unanswered, 0},
		plan.HTTPError:    {status, 0.5},
		plan.NXDomain:     {class("nxdomain"), 1},
		plan.ServFail:     {class("servfail"), 1},
		plan.SlowNames:    {slow, 0.5},
		plan.StaleAnswer:  {elsewhere, 1},
		plan.WrongAddress: {elsewhere, 1},
		plan.Crash:        {unanswered, 1},
		plan.KillOne:      {unanswered, 1},
		plan.Restart:      {unanswered, 0},
		plan.CrashLoop:    {unanswered, 0},
		plan.Freeze:       {unanswered, 1},
		plan.HostLost:     {unanswered, 1},
		plan.SiteLost:     {unanswered, 1},
		plan.SiteIsolated: {unanswered, 1},
		plan.AllLost:      {unanswered, 1},
	}
}

// Seen tells whether a small canary can see faults of a kind, as against
// counters alone.
func Seen(k plan.FaultKind) bool {
	_, ok := sights()[k]
	return ok
}
