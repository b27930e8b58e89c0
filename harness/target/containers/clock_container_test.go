package containers

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"bascule/harness/fault"
	"bascule/harness/plan"
	"bascule/harness/target"
)

// The clock of a database goes wrong by an hour, either way, under traffic; that
// of a static program cannot, and the capability names it before any fault.
func TestClocks(t *testing.T) {
	s := catalogue(t,
		plan.Fault{Kind: plan.Clock, Site: "paris", Service: "db", Offset: plan.Duration(time.Hour)},
		plan.Fault{Kind: plan.Clock, Site: "paris", Service: "web", Offset: plan.Duration(time.Hour)})
	if err := s.Capabilities().Refuse(plan.Clock); err == nil || !strings.Contains(err.Error(), "paris/web: static binary") || strings.Contains(err.Error(), "paris/db") {
		t.Errorf("capability %q: %v", s.Capabilities()[target.CanClock], err)
	}
	web := fault.Member{Site: "paris", Service: "web", Instance: 1}
	if err := s.ShiftClock(t.Context(), web, time.Hour); err == nil || !strings.Contains(err.Error(), "static binary") {
		t.Errorf("the clock of a static program: %v", err)
	}
	db := fault.Member{Site: "paris", Service: "db", Instance: 1}
	s.clockIs(t, db, 0, "before the fault")
	for _, offset := range []time.Duration{time.Hour, -time.Hour} {
		i := s.inject(t, "clock"+offset.String(), plan.Fault{Kind: plan.Clock, Site: "paris", Service: "db", Offset: plan.Duration(offset)})
		s.clockIs(t, db, offset, "during the fault")
		s.clockIs(t, fault.Member{Site: "lyon", Service: "db", Instance: 1}, 0, "elsewhere")
		s.eventually(t, true, "with a wrong clock in the database")
		if offset > 0 {
			if err := s.Kill(t.Context(), db); err != nil {
				t.Fatal(err)
			}
			if err := s.StartService(t.Context(), "paris", "db"); err != nil {
				t.Fatalf("it does not start with a wrong clock: %v", err)
			}
			s.clockIs(t, db, offset, "after a restart during the fault")
		}
		s.undo(t, i)
		s.clockIs(t, db, 0, "after the fault")
		s.eventually(t, true, "after the fault")
	}
}

// clockIs asks the store itself and a process in its container.
func (s *scene) clockIs(t *testing.T, m fault.Member, offset time.Duration, when string) {
	t.Helper()
	now, err := s.ClockOf(t.Context(), m)
	if off := time.Until(now) - offset; err != nil || off.Abs() > 2*time.Second {
		t.Errorf("%s: the clock of %s is %s off, want %s; %v", when, m, time.Until(now), offset, err)
	}
	_, id, err := s.at(m)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Engine.Exec(t.Context(), id, []string{"date", "+%s"})
	seconds, _ := strconv.ParseInt(strings.TrimSpace(out), 10, 64)
	if off := time.Until(time.Unix(seconds, 0)) - offset; err != nil || off.Abs() > 3*time.Second {
		t.Errorf("%s: a process of %s reads %q, %s off, want %s; %v", when, m, out, off+offset, offset, err)
	}
}
