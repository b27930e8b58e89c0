package observe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"bascule/harness/history"
)

// watcher feeds a monitor and keeps what it says.
type watcher struct {
	*Monitor
	now  time.Duration
	mu   sync.Mutex
	said []string
}

func newWatcher() *watcher {
	w := &watcher{}
	say := func(what string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.said = append(w.said, what)
	}
	w.Monitor = NewMonitor(MonitorConfig{
		Functions: []string{"orders", "billing"}, Clock: func() time.Duration { return w.now },
		Slow: 500 * time.Millisecond, Detected: func(f string, _ history.Text) { say("alarm " + f) }, Healthy: func(f string) { say("healthy " + f) },
	})
	return w
}

// see feeds one operation a letter, 10 ms apart: "." acknowledged, "x" failed, "s" slow.
func (w *watcher) see(function uint8, letters string) {
	for _, c := range letters {
		w.now += 10 * time.Millisecond
		op := history.Operation{Function: function, Outcome: history.Acked, Intended: w.now, Done: w.now}
		switch c {
		case 'x':
			op.Outcome, op.Err = history.Unknown, "timeout"
		case 'r':
			op.Outcome, op.Err = history.Rejected, "refused"
		case 'o':
			op.Outcome, op.Err = history.Rejected, "overrun"
		case 'm':
			op.Kind, op.Outcome, op.Status, op.Err = history.Read, history.Rejected, 404, "status 404"
		case 's': // acknowledged, but late
			op.Intended -= 600 * time.Millisecond
		case '_':
			continue // time passes
		}
		w.Observe(op)
	}
}

func times(n int, s string) string {
	var b []byte
	for range n {
		b = append(b, s...)
	}
	return string(b)
}

func TestAlarm(t *testing.T) {
	for name, tc := range map[string]struct {
		letters string
		want    []string
	}{
		"all is well":               {times(300, "."), nil},
		"two failures now and then": {times(50, "xx...."), nil},
		"three in a row":            {"...xxx", []string{"alarm orders"}},
		"refused counts too":        {"...rrr", []string{"alarm orders"}},
		"once an episode":           {"...xxx" + times(200, "x"), []string{"alarm orders"}},
		"more than half of 1 s":     {times(60, ".") + times(100, "xx."), []string{"alarm orders"}},
		"less than half of 1 s":     {times(100, "xx..."), nil},
		"mostly slow":               {times(60, ".") + times(100, "ss."), []string{"alarm orders"}},
		"sometimes slow":            {times(100, "ss..."), nil},
		"a few slow in a row":       {times(60, ".") + "sssss" + times(60, "."), nil},
		"half of very few":          {"x.xx.", nil},
		"never sent says nothing":   {"..." + times(50, "o"), nil},
		"lost rows are answers":     {"..." + times(50, "m"), nil},
		"healthy again":             {"xxx" + times(110, "."), []string{"alarm orders", "healthy orders"}},
		"not yet healthy":           {"xxx" + times(90, "."), []string{"alarm orders"}},
		"a late failure delays it":  {"xxx" + times(90, ".") + "x" + times(90, "."), []string{"alarm orders"}},
		"silence is not health":     {"xxx" + times(200, "_"), []string{"alarm orders"}},
		"two episodes":              {"xxx" + times(110, ".") + "xxx", []string{"alarm orders", "healthy orders", "alarm orders"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWatcher()
			w.see(0, tc.letters)
			if !slices.Equal(w.said, tc.want) {
				t.Errorf("said %v, want %v", w.said, tc.want)
			}
		})
	}
}

func TestFunctionsApart(t *testing.T) {
	w := newWatcher()
	for range 20 {
		w.see(0, "x")
		w.see(1, ".")
	}
	w.see(9, "xxx") // no such function: not a reason to break
	if want := []string{"alarm orders"}; !slices.Equal(w.said, want) {
		t.Errorf("said %v, want %v", w.said, want)
	}
}

func TestWait(t *testing.T) {
	w := newWatcher()
	got := make(chan error, 1)
	go func() { got <- w.Wait(t.Context()) }()
	w.see(0, "..xx")
	select {
	case err := <-got:
		t.Fatalf("Wait returned %v before the alarm", err)
	case <-time.After(50 * time.Millisecond):
	}
	w.see(0, "x")
	if err := within(t, got); err != nil {
		t.Fatal(err)
	}
	if err := w.Wait(t.Context()); err != nil {
		t.Errorf("an alarm that was raised before: %v", err)
	}

	// Armed anew, only what fails from here on counts, though the episode goes on.
	w.Arm()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("patience"))
	defer cancel()
	if err := w.Wait(ctx); err == nil || !errors.Is(err, context.Cause(ctx)) {
		t.Errorf("after Arm: %v", err)
	}
	go func() { got <- w.Wait(t.Context()) }()
	late := history.Operation{Outcome: history.Unknown, Done: w.now - time.Millisecond}
	for range 5 {
		w.Observe(late) // of before
	}
	if len(w.said) != 1 {
		t.Errorf("what ended before Arm raised an alarm: %v", w.said)
	}
	w.see(0, "xxx")
	if err := within(t, got); err != nil {
		t.Fatal(err)
	}
	if want := []string{"alarm orders", "alarm orders"}; !slices.Equal(w.said, want) {
		t.Errorf("said %v, want %v", w.said, want)
	}
}

// TestArmWhileWaiting: whoever waits is not forgotten by Arm.
func TestArmWhileWaiting(t *testing.T) {
	w := newWatcher()
	got := make(chan error, 1)
	go func() { got <- w.Wait(t.Context()) }()
	<-time.After(20 * time.Millisecond)
	w.Arm()
	w.see(0, "xxx")
	if err := within(t, got); err != nil {
		t.Fatal(err)
	}
}

func TestMonitorFromManySides(t *testing.T) {
	w := newWatcher()
	w.now = time.Second
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 500 {
				op := history.Operation{Function: uint8(i % 2), Done: time.Second + time.Duration(n)*time.Millisecond}
				w.Observe(op)
			}
		})
	}
	all.Wait()
	slices.Sort(w.said)
	if want := "[alarm billing alarm orders]"; fmt.Sprint(w.said) != want {
		t.Errorf("said %v, want %s", w.said, want)
	}
}

func within(t *testing.T, got <-chan error) error {
	t.Helper()
	select {
	case err := <-got:
		return err
	case <-time.After(5 * time.Second):
		t.Fatal("Wait does not return")
		return nil
	}
}
