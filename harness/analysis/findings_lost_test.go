package analysis

import (
	"testing"
	"time"

	"bascule/harness/history"
)

// losing is a world in which a fault strikes at 10 s, and the writes that were
// acknowledged between two instants are gone. Clients are sent elsewhere as moves
// says: site after site, at those instants.
func losing(from, to time.Duration, moves map[time.Duration]string) *world {
	w := calm().fault("f1", 10*sec).down("refuse", 10*sec, 12*sec)
	serving := "paris"
	for _, at := range []time.Duration{12 * sec, 20 * sec} {
		if site, ok := moves[at]; ok {
			w.event(at, history.EntrySwitched, site, "from", serving)
			serving = site
		}
	}
	w.answers = func(_ int, at time.Duration, o *history.Operation) {
		for moved, site := range moves {
			if at >= moved && (moved == 20*sec || at < 20*sec || len(moves) == 1) {
				o.Site = site
			}
		}
		if o.Kind == history.Write && at >= from && at < to {
			w.absent[o.ID] = true
		}
	}
	return w
}

func TestTheOccasionOfALossIsTold(t *testing.T) {
	failover := map[time.Duration]string{12 * sec: "lyon"}
	back := map[time.Duration]string{12 * sec: "lyon", 20 * sec: "paris"}
	for _, c := range []struct {
		name, code, words string
		world             *world
	}{
		{"with the site that had taken them", "lost-in-failover", "Lyon, which took over, lacks 40 writes acknowledged by Paris, the earliest 496 ms before the fault", losing(9500*ms, 10*sec, failover)},
		{"with a service that came back without them", "lost-in-restart", "Paris lacks, after the fault, 40 writes acknowledged before it, the earliest 496 ms earlier: Paris acknowledges without keeping", losing(9500*ms, 10*sec, nil)},
		{"on the way back", "lost-in-failback", "Paris, where clients were sent back at 20 s, lacks 80 writes acknowledged by Lyon", losing(15*sec, 16*sec, back)},
	} {
		r := c.world.analyze()
		wantTold(t, r, c.code, c.words)
		for _, other := range []string{"lost-in-failover", "lost-in-restart", "lost-in-failback"} {
			if got := told(r, other); other != c.code && got != "" {
				t.Errorf("%s: %s is told, too: %q", c.name, other, got)
			}
		}
	}
	for name, w := range map[string]*world{
		"nothing lost":                     losing(0, 0, nil),
		"lost after every fault":           losing(25*sec, 26*sec, nil),
		"nobody serves in the end":         losing(9500*ms, 10*sec, nil).event(30*sec, history.SiteState, "paris", "state", "lost"),
		"from before a way there and back": losing(9500*ms, 10*sec, back),
	} {
		r := w.analyze()
		for _, code := range []string{"lost-in-failover", "lost-in-restart", "lost-in-failback"} {
			if got := told(r, code); got != "" {
				t.Errorf("%s: %s: %q", name, code, got)
			}
		}
	}
}
