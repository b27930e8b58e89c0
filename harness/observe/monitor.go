// Package observe looks at the system under test while it runs, from outside:
// a monitor that raises the alarm an on-call team would get, and a probe of
// which sites would take a write.
package observe

import (
	"context"
	"fmt"
	"sync"
	"time"

	"bascule/harness/history"
	"bascule/harness/workload"
)

// MonitorConfig says when the monitor raises an alarm. Only Functions and Clock
// are needed.
type MonitorConfig struct {
	Functions []string                                // ids, by the index that operations carry
	Clock     func() time.Duration                    // monotonic since the start of the scenario
	Detected  func(function string, why history.Text) // an alarm is raised; once an episode
	Healthy   func(function string)                   // the episode is over
	InARow    int                                     // failed operations that raise the alarm; default 3
	Share     float64                                 // of failed or slow operations in Window, above which it is raised; default 0.5
	Slow      time.Duration                           // an answer later than this is slow; 0: slowness is not watched
	AtLeast   int                                     // operations in Window that Share needs; default 10
	Window    time.Duration                           // default 1 s; also how long nothing may fail before an episode is over
}

// Monitor watches the outcomes of the load, as a team's monitoring watches its
// service. It knows nothing of faults: what it notices, and when, is part of
// what is measured. It is safe for concurrent use.
//
//	healthy --3 failures in a row, or more than half of 1 s failed or slow--> alarm
//	   ^                                                                         |
//	   '------------------1 s of answers without a failure-----------------------'
type Monitor struct {
	cfg MonitorConfig

	mu      sync.Mutex
	watched []watched
	armed   time.Duration
	raised  chan struct{} // closed once an alarm was raised since Arm
}

// watched is a function as the monitor sees it.
type watched struct {
	alarm  bool
	row    int           // failures in a row
	last   time.Duration // end of the last failure
	recent []ended       // in Window, in order of arrival
	failed int           // of recent, failed or slow
}

// ended is an operation that is over.
type ended struct {
	at  time.Duration
	bad bool
}

// NewMonitor makes a monitor that waits for its first alarm.
func NewMonitor(cfg MonitorConfig) *Monitor {
	if cfg.InARow <= 0 {
		cfg.InARow = 3
	}
	if cfg.Share <= 0 {
		cfg.Share = 0.5
	}
	if cfg.AtLeast <= 0 {
		cfg.AtLeast = 10
	}
	if cfg.Window <= 0 {
		cfg.Window = time.Second
	}
	return &Monitor{cfg: cfg, watched: make([]watched, len(cfg.Functions)), raised: make(chan struct{})}
}

// Observe takes an operation that is over.
func (m *Monitor) Observe(op history.Operation) {
	if int(op.Function) >= len(m.watched) || op.Err == workload.ErrOverrun {
		return // an operation that was never sent tells nothing of the service
	}
	m.mu.Lock()
	if op.Done < m.armed {
		m.mu.Unlock()
		return
	}
	w := &m.watched[op.Function]
	why := w.take(op.Done, fails(op), m.cfg.Slow > 0 && op.Latency() > m.cfg.Slow, m.cfg)
	over := why == (history.Text{}) && w.alarm && op.Done-w.last > m.cfg.Window
	switch {
	case why != (history.Text{}):
		w.alarm = true
		select {
		case <-m.raised:
		default:
			close(m.raised)
		}
	case over:
		w.alarm = false
	}
	m.mu.Unlock()
	// Called without the lock: they write to the history, which may wait.
	if why != (history.Text{}) && m.cfg.Detected != nil {
		m.cfg.Detected(m.cfg.Functions[op.Function], why)
	}
	if over && m.cfg.Healthy != nil {
		m.cfg.Healthy(m.cfg.Functions[op.Function])
	}
}

// fails says whether a monitoring would count op as a failure. "There is no
// such row" is an answer of a service that works, even where the row was lost.
func fails(op history.Operation) bool {
	return op.Outcome != history.Acked && !(op.Kind == history.Read && op.Status == 404)
}

// take counts an operation and says why an alarm is to be raised now, or nothing.
func (w *watched) take(at time.Duration, bad, slow bool, cfg MonitorConfig) (why history.Text) {
	w.recent = append(w.recent, ended{at, bad || slow})
	if bad {
		w.row++
	} else {
		w.row = 0
	}
	if bad || slow {
		w.failed++
		w.last = max(w.last, at)
	}
	old := 0
	for old < len(w.recent) && at-w.recent[old].at > cfg.Window {
		if w.recent[old].bad {
			w.failed--
		}
		old++
	}
	w.recent = w.recent[old:]
	switch n := len(w.recent); {
	case w.alarm || !bad && !slow:
		return history.Text{}
	case w.row >= cfg.InARow:
		return history.Text{
			FR: fmt.Sprintf("%d opérations de suite en échec", w.row),
			EN: fmt.Sprintf("%d operations in a row failed", w.row),
		}
	case n >= cfg.AtLeast && float64(w.failed) > cfg.Share*float64(n):
		what := history.Text{FR: "en échec", EN: "failed"}
		if slow {
			what = history.Text{
				FR: fmt.Sprintf("en échec ou %s que %s", history.Plural(w.failed, "plus lente", "plus lentes", "", "").FR, history.Length(cfg.Slow).FR),
				EN: fmt.Sprintf("failed or took more than %d ms", cfg.Slow.Milliseconds()),
			}
		}
		return history.Text{
			FR: fmt.Sprintf("%s sur %d %s en %s", history.Plural(w.failed, "%d opération", "%d opérations", "", "").FR, n, what.FR, history.Length(cfg.Window).FR),
			EN: fmt.Sprintf("%d of %d operations %s within %g s", w.failed, n, what.EN, cfg.Window.Seconds()),
		}
	}
	return history.Text{}
}

// Arm forgets what was seen until now: Wait then waits for an alarm raised from
// here on. An episode that goes on is raised anew, since it may be of another
// cause; each fault is to have its own detection.
func (m *Monitor) Arm() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.armed = m.cfg.Clock()
	clear(m.watched)
	select {
	case <-m.raised:
		m.raised = make(chan struct{})
	default: // whoever waits already goes on waiting
	}
}

// Wait waits until an alarm was raised, for any function, since Arm or, without
// one, since the beginning; at once where that has been.
func (m *Monitor) Wait(ctx context.Context) error {
	m.mu.Lock()
	raised := m.raised
	m.mu.Unlock()
	select {
	case <-raised:
		return nil
	default:
	}
	select {
	case <-raised:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the monitoring's alarm: %w", context.Cause(ctx))
	}
}
