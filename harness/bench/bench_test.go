package main

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestOutageIsTrue: what the measured recovery time is compared with must hold.
// Between the two instants nothing is answered; before and after, everything.
func TestOutageIsTrue(t *testing.T) {
	for _, how := range []mode{refuse, silent, freeze} {
		t.Run(string(how), func(t *testing.T) {
			s, err := newOutageServer("127.1.9.9:0", monotonic)
			if err != nil {
				t.Skipf("SKIPPED: no loopback address to itself here: %v", err)
			}
			url := "http://" + s.address
			var mu sync.Mutex
			var answers []time.Duration
			ctx, cancel := context.WithCancel(t.Context())
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					client := &http.Client{Transport: &http.Transport{}, Timeout: 50 * time.Millisecond}
					if how == freeze {
						client.Timeout = 2 * time.Second
					}
					for ctx.Err() == nil {
						if ask(ctx, client, url) {
							mu.Lock()
							answers = append(answers, monotonic())
							mu.Unlock()
						} else {
							<-time.After(time.Millisecond)
						}
					}
					client.CloseIdleConnections()
				})
			}
			<-time.After(100 * time.Millisecond)
			down := s.fail(how)
			<-time.After(300 * time.Millisecond)
			up, err := s.restore()
			if err != nil {
				t.Fatal(err)
			}
			<-time.After(200 * time.Millisecond)
			cancel()
			all.Wait()
			if err := s.close(); err != nil {
				t.Fatal(err)
			}
			var before, within, after int
			for _, at := range answers {
				switch {
				// What was written just before the end is read a moment later.
				case at < down+20*time.Millisecond:
					before++
				case at < up:
					within++
				default:
					after++
				}
			}
			if up-down < 300*time.Millisecond || before == 0 || within != 0 || after == 0 {
				t.Errorf("down for %v: %d answers before, %d within, %d after", up-down, before, within, after)
			}
		})
	}
}

// TestOutageCommands: the child does what it is told and answers with instants.
func TestOutageCommands(t *testing.T) {
	var out bytes.Buffer
	if err := actOutage("127.1.9.10:0", strings.NewReader("fail refuse\nrestore\n"), &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "127.1.9.10:") || lines[1] >= lines[2] && len(lines[1]) == len(lines[2]) {
		t.Errorf("said %q", lines)
	}
	if err := actOutage("127.1.9.10:0", strings.NewReader("explode\n"), &out); err == nil {
		t.Error("a command that is none was accepted")
	}
}

func TestScript(t *testing.T) {
	all := script(100, outageRate, outageLongest)
	shortest, longest, modes := all[0].length, all[0].length, map[mode]int{}
	for _, o := range all {
		shortest, longest = min(shortest, o.length), max(longest, o.length)
		modes[o.how]++
	}
	if shortest != outageShortest || longest.Round(time.Millisecond) != outageLongest || len(modes) != 3 {
		t.Errorf("outages from %v to %v of %v", shortest, longest, modes)
	}
	if again := script(100, outageRate, outageLongest); again[17] != all[17] {
		t.Error("two runs do not play the same outages")
	}
}

// TestJudge: an outage that was missed is not left out of the figure, and one
// that could not be played spoils it.
func TestJudge(t *testing.T) {
	all := make([]outage, 100)
	for i := range all {
		all[i] = outage{how: refuse, true: time.Second, measured: time.Second + 4*time.Millisecond, stated: 5 * time.Millisecond}
	}
	row := func() Row {
		t.Helper()
		rows, err := judge(all, "")
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		return rows[0]
	}
	if r := row(); !r.Met || r.Measured != 4 {
		t.Errorf("all are 4 ms off: %+v", r)
	}
	all[3].measured = 0
	if r := row(); !r.Met {
		t.Errorf("one of 100 may be off: %+v", r)
	}
	all[4].measured = 0
	if r := row(); r.Met || r.Measured != 1000 {
		t.Errorf("two of 100 are off: %+v", r)
	}
	all[5].err = context.Canceled
	if _, err := judge(all, ""); err == nil {
		t.Error("an outage that was not played is passed over")
	}
}

func TestTable(t *testing.T) {
	var out bytes.Buffer
	rows := []Row{{What: "a thing", Goal: "< 5 ms", Unit: "ms", Measured: 1.234, Alternative: 120, Ratio: 0.01, Met: true, Limit: "the wall", Note: "ten runs"}}
	if err := print(&out, rows); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a thing", "1.23 ms", "120 ms", "0.01", "yes", "the wall", "ten runs"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table does not say %q:\n%s", want, out.String())
		}
	}
	if list, err := choose("volume,link"); err != nil || len(list) != 2 || list[0].name != "volume" {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := choose("volume,nothing"); err == nil {
		t.Error("a measurement that does not exist can be chosen")
	}
}
