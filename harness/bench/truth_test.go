package main

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestCover: what lies outside of its stated error is counted and told.
func TestCover(t *testing.T) {
	all := make([]outage, 100)
	for i := range all {
		all[i] = outage{how: refuse, rate: 50, length: time.Second, true: time.Second, measured: time.Second + 9*time.Millisecond, stated: 10 * time.Millisecond}
	}
	if r, err := cover(all, "by a test", ""); err != nil || !r.Met || r.Measured != 100 {
		t.Errorf("all inside: %+v, %v", r, err)
	}
	all[1].measured = time.Second + 11*time.Millisecond
	if r, err := cover(all, "by a test", ""); err != nil || !r.Met || r.Measured != 99 || !strings.Contains(r.Note, "outside: refuse for 1000.0 ms, measured 1011.0 ± 10.0 ms") {
		t.Errorf("one outside: %+v, %v", r, err)
	}
	all[2] = outage{rate: 50, true: 500 * time.Millisecond, missed: true}
	if r, err := cover(all, "by a test", ""); err != nil || r.Met || r.Measured != 98 {
		t.Errorf("one more was not seen at all: %+v, %v", r, err)
	}
	all[1].doubt = 2 * time.Millisecond
	if r, err := cover(all, "by a test", ""); err != nil || r.Measured != 99 || !strings.Contains(r.Note, "the truth itself known to 2.00 ms at worst") {
		t.Errorf("a truth that is not exact: %+v, %v", r, err)
	}
	all[1].rate = 1000
	if r, err := cover(all, "by a test", ""); err != nil || !strings.Contains(r.What, "at 50, 1000 op/s") || !strings.Contains(r.Limit, "20ms, 1ms") ||
		!strings.Contains(r.Note, "at 50 op/s off by 9.00 ms in the median") || !strings.Contains(r.Note, "at 1000 op/s off by 11.00 ms in the median, 11.00 at the 90th") {
		t.Errorf("two rates: %+v, %v", r, err)
	}
	all[3].err = context.Canceled
	if _, err := cover(all, "by a test", ""); err == nil {
		t.Error("an outage that was not played is passed over")
	}
}

// TestForgottenWritesAreCountedExactly: through the real load, file and analysis.
func TestForgottenWritesAreCountedExactly(t *testing.T) {
	for _, n := range forgotten {
		counted, acked, err := forget(t.Context(), t.TempDir(), n, 1500*time.Millisecond)
		if err != nil || counted != n || acked < 150 {
			t.Errorf("forgot %d of %d: counted %d, %v", n, acked, counted, err)
		}
	}
}
