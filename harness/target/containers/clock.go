package containers

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/testcontainers/testcontainers-go"

	"bascule/harness/engine"
	"bascule/harness/fault"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/workload"
)

// A service whose clock the plan will put wrong starts with libfaketime before
// its C library. It reads by how much it is off from a file, again each second:
// writing the file puts the clock wrong, and right, while the service runs. Only
// the wall clock is off. Timers and timeouts count on the monotonic clock, which
// a wrong date does not change on a real machine either.

var _ fault.Clocks = (*Target)(nil)

// Where the library and its file are in a container.
const (
	clockFolder  = "/bascule-clock"
	clockLibrary = clockFolder + "/libfaketime.so.1"
	clockOffset  = clockFolder + "/offset"
)

// clockSwitch bounds how long a clock takes to be read again: the library counts
// whole seconds, and asking takes time.
const clockSwitch = 8 * time.Second

// clocks are the services whose clocks can be put wrong.
type clocks struct {
	library []byte

	mu     sync.Mutex
	ready  map[string]string              // "site/service" -> libraries that its image puts before already
	why    []history.Text                 // services that cannot, and why
	offset map[fault.Member]time.Duration // in force; a container made anew starts with it
}

// hurtClock tells whether the plan will put a service's clock wrong.
func (t *Target) hurtClock(site, service string) bool {
	for _, f := range t.Config.Faults {
		if f.Kind == plan.Clock && (f.Site == "" || f.Site == site) && (f.Service == "" || f.Service == service) {
			return true
		}
	}
	return false
}

// prepareClocks finds out, before a container starts, which services of the
// plan's clock faults take the library. It must run before the containers are
// made. That one does not is no error: the capability tells.
func (t *Target) prepareClocks(ctx context.Context) error {
	t.clocks.ready, t.clocks.offset = map[string]string{}, map[fault.Member]time.Duration{}
	looked := map[string]bool{}
	for _, m := range t.members {
		at := m.Site + "/" + m.Service
		if m.Service == jobService || looked[at] || !t.hurtClock(m.Site, m.Service) {
			continue
		}
		looked[at] = true
		if t.clocks.library == nil {
			library, err := t.fetchLibrary(ctx)
			if err != nil {
				t.clocks.why = append(t.clocks.why, history.Same(err.Error()))
				return nil
			}
			t.clocks.library = library
		}
		err := t.prepareClock(ctx, m)
		var no errNoPreload
		switch {
		case errors.As(err, &no):
			t.clocks.why = append(t.clocks.why, history.Text{
				FR: fmt.Sprintf("%s\u00a0: l’horloge de ce service ne peut pas être décalée (%s)", at, no.why.FR),
				EN: fmt.Sprintf("%s: %s: the clock of this service cannot be shifted", at, no.why.EN)})
		case err != nil:
			return fmt.Errorf("%s: can its clock be shifted? %w", at, err)
		}
	}
	return nil
}

// clockCapability is why the plan's clock faults are not possible; no text if
// they are, and where there is none.
func (t *Target) clockCapability() (out history.Text) {
	for i, why := range t.clocks.why {
		if i > 0 {
			out.FR, out.EN = out.FR+" ; ", out.EN+"; "
		}
		out.FR, out.EN = out.FR+why.FR, out.EN+why.EN
	}
	return out
}

// preloaded adds the library to what a service is given.
func (t *Target) preloaded(m *member, env []string, files []testcontainers.ContainerFile) ([]string, []testcontainers.ContainerFile) {
	t.clocks.mu.Lock()
	before, ok := t.clocks.ready[m.Site+"/"+m.Service]
	offset := t.clocks.offset[m.Member]
	t.clocks.mu.Unlock()
	if !ok {
		return env, files
	}
	env = append(env,
		"LD_PRELOAD="+strings.Trim(clockLibrary+":"+valueOf(env, "LD_PRELOAD", before), ":"),
		"FAKETIME_TIMESTAMP_FILE="+clockOffset,
		"FAKETIME_CACHE_DURATION=1", // seconds; with none, each look at the clock would read the file
		"FAKETIME_DONT_FAKE_MONOTONIC=1",
	)
	return env, append(files,
		testcontainers.ContainerFile{ContainerFilePath: clockLibrary, FileMode: 0o755, Reader: strings.NewReader(string(t.clocks.library))},
		testcontainers.ContainerFile{ContainerFilePath: clockOffset, FileMode: 0o644, Reader: strings.NewReader(offsetText(offset))},
	)
}

// offsetText is what the library reads: seconds ahead or behind.
func offsetText(d time.Duration) string {
	return fmt.Sprintf("%+.3f\n", d.Seconds())
}

// ShiftClock puts a member's clock ahead by offset, or behind where it is
// negative. It is in force when this returns: the member itself tells the new
// time. A container that is made anew meanwhile keeps it.
func (t *Target) ShiftClock(ctx context.Context, m fault.Member, offset time.Duration) error {
	mem, id, err := t.at(m)
	if err != nil {
		return err
	}
	t.clocks.mu.Lock()
	_, ok := t.clocks.ready[m.Site+"/"+m.Service]
	if ok {
		t.clocks.offset[m] = offset
	}
	t.clocks.mu.Unlock()
	if !ok {
		return fmt.Errorf("%s: its clock was not prepared before the start: %s", mem, t.clockCapability().EN)
	}
	if err := t.Engine.WriteFile(ctx, id, engine.File{Path: clockOffset, Content: []byte(offsetText(offset)), Mode: 0o644}); err != nil {
		return fmt.Errorf("%s: shift the clock: %w", mem, err)
	}
	return t.awaitClock(ctx, m, offset)
}

// RestoreClock puts it right. A member that does not run has it right when it
// starts again.
func (t *Target) RestoreClock(ctx context.Context, m fault.Member) error {
	t.clocks.mu.Lock()
	delete(t.clocks.offset, m)
	_, ok := t.clocks.ready[m.Site+"/"+m.Service]
	t.clocks.mu.Unlock()
	mem, id, err := t.at(m)
	if err != nil || !ok {
		return nil // there is none, or it never was wrong
	}
	if err := t.Engine.WriteFile(ctx, id, engine.File{Path: clockOffset, Content: []byte(offsetText(0)), Mode: 0o644}); err != nil {
		return fmt.Errorf("%s: put the clock right: %w", mem, err)
	}
	if s, err := t.State(ctx, m); err != nil || !s.Running || s.Frozen {
		return err
	}
	return t.awaitClock(ctx, m, 0)
}

// awaitClock waits until a member tells the time that it should.
func (t *Target) awaitClock(ctx context.Context, m fault.Member, offset time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, clockSwitch)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	near := min(time.Second, max(offset.Abs()/4, 250*time.Millisecond))
	for {
		now, err := t.ClockOf(ctx, m)
		off := time.Until(now) - offset
		if err == nil && off.Abs() <= near {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			if err == nil {
				err = fmt.Errorf("it is %s from where it should be", off.Round(time.Millisecond))
			}
			return fmt.Errorf("%s: its clock does not follow within %s: %w", m, clockSwitch, err)
		}
	}
}

// ClockOf asks a member what time it is: a store itself, through its door;
// others through a process that starts in their container.
func (t *Target) ClockOf(ctx context.Context, m fault.Member) (time.Time, error) {
	mem, id, err := t.at(m)
	if err != nil {
		return time.Time{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	for _, s := range t.Stage.Stores {
		// Its door leads to the first instance.
		if addr, ok := t.StoreAddr(m.Site, s.ID); ok && s.Service == m.Service && m.Instance == 1 && s.Driver == "postgres" {
			now, err := workload.StoreClock(ctx, s, addr)
			if err == nil {
				return now, nil
			}
			// One that follows another by replication may take no session yet: its
			// container tells.
		}
	}
	out, err := t.Engine.Exec(ctx, id, []string{"date", "+%s.%N"})
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: ask for the time: %w", mem, err)
	}
	seconds, fraction, _ := strings.Cut(strings.TrimSpace(out), ".")
	s, err1 := strconv.ParseInt(seconds, 10, 64)
	ns, err2 := strconv.ParseInt(fraction, 10, 64)
	if err := errors.Join(err1, err2); err != nil {
		return time.Time{}, fmt.Errorf("%s: ask for the time: date says %q: %w", mem, strings.TrimSpace(out), err)
	}
	return time.Unix(s, ns), nil
}
