package analysis

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"bascule/harness/history"
)

// used is a look at a consumer's link to a former provider of "db".
func (w *world) calledStill(at time.Duration, held time.Duration, tried, answered string) *world {
	return w.event(at, history.LinkUsed, "paris/orders/1", "name", "db", "to", "paris/db/1", "proto", "tcp", "port", "5432",
		"tried", tried, "answered", answered, "refused", "0", "lost", "0", "held_ns", strconv.FormatInt(int64(held), 10))
}

// switched is a world in which "db" leads to Lyon from 10 s on.
func switched() *world {
	w := calm()
	w.h.Header.Functions[0].Services = []string{"orders", "db"}
	w.h.Header.Functions[0].Owner = history.Text{FR: "ventes", EN: "sales"}
	return w.event(10*sec, history.NameSwitched, "db", "from", "paris/db", "to", "lyon/db", "ttl_ns", "5000000000")
}

// lookup is a look at what the consumer has asked for.
func (w *world) lookup(at time.Duration, n string) *world {
	return w.event(at, history.Observed, "paris/orders/1", "what", "dns", "name", "db", "type", "A", "answer", "NOERROR", "count", n)
}

func TestAConsumerThatKeepsAnOldAnswer(t *testing.T) {
	kept := func() *world {
		return switched().calledStill(11*sec, 0, "40", "4").calledStill(16*sec, sec, "90", "4").calledStill(17*sec, sec, "140", "4")
	}
	r := kept().lookup(5*sec, "1").analyze()
	wantTold(t, r, "name-kept", "paris/orders/1 goes on calling paris/db/1, 100 times, in vain, although the name “db” leads to lyon/db and answers from before have expired; it has not asked for the name again: it keeps the first answer for ever")
	for _, f := range r.Findings {
		if f.Code == "name-kept" && (f.Subject != "paris/orders" || f.Owner.EN != "sales" || f.Severity != serious) {
			t.Errorf("%+v", f)
		}
	}
	wantTold(t, r, "name-switched", "The name “db”, switched at 10 s, leads to lyon/db and no longer to paris/db; an answer from before holds for 5 s more")
	wantTold(t, kept().lookup(5*sec, "1").lookup(14*sec, "2").analyze(), "name-kept", "yet it has asked for the name again")
	wantTold(t, kept().lookup(10500*ms, "1").analyze(), "name-kept", "it has not asked") // told late: it was before
	wantTold(t, kept().lookup(10*sec+afterSwitch, "1").analyze(), "name-kept", "it has not asked")
	wantTold(t, kept().lookup(5*sec, "1").lookup(14*sec, "1").analyze(), "name-kept", "it has not asked") // the same count, told again
	wantTold(t, switched().calledStill(16*sec, sec, "3", "3").analyze(), "name-kept", "3 times, and is answered there")
}

// Lookups of another name, and flows, are no lookups of this one.
func TestWhatIsNoLookupOfTheName(t *testing.T) {
	w := switched().calledStill(11*sec, 0, "40", "4").calledStill(16*sec, sec, "90", "4").lookup(5*sec, "1")
	w.event(14*sec, history.Observed, "paris/orders/1", "what", "dns", "name", "cache", "type", "A", "answer", "NOERROR", "count", "2")
	w.event(14*sec, history.Observed, "paris/orders/1", "what", "flow", "name", "db", "type", "A", "answer", "NOERROR", "count", "2")
	w.event(14*sec, history.Observed, "paris/front/1", "what", "dns", "name", "db", "type", "A", "answer", "NOERROR", "count", "2")
	wantTold(t, w.analyze(), "name-kept", "it has not asked")
}

// Each consumer is told of by itself.
func TestEachConsumerThatKeepsAnOldAnswer(t *testing.T) {
	w := switched().calledStill(11*sec, 0, "0", "0").calledStill(16*sec, sec, "5", "0")
	for at, tried := range map[time.Duration]string{11 * sec: "0", 16 * sec: "7"} {
		w.event(at, history.LinkUsed, "paris/front/1", "name", "db", "to", "paris/db/1", "proto", "tcp", "port", "5432", "tried", tried, "answered", "0", "held_ns", "1000000000")
	}
	var got []string
	for _, f := range w.analyze().Findings {
		if f.Code == "name-kept" {
			got = append(got, f.Subject+" "+plain(f.Text.EN)[:len("paris/front/1 goes on calling paris/db/1, 7 times")])
		}
	}
	if len(got) != 2 || got[0] != "paris/front paris/front/1 goes on calling paris/db/1, 7 times" || !strings.HasPrefix(got[1], "paris/orders paris/orders/1 goes on calling paris/db/1, 5 time") {
		t.Errorf("%q", got)
	}
}

// What was begun before, and what may have been, is not held against anybody.
func TestAnAnswerMayBeKeptForItsTime(t *testing.T) {
	for name, w := range map[string]*world{
		"nobody calls":                 switched(),
		"before the switch only":       switched().calledStill(16*sec, 0, "40", "4"),
		"while the answer holds":       switched().calledStill(11*sec, 0, "40", "4").calledStill(14*sec, sec, "90", "4"),
		"a look that began before":     switched().calledStill(11*sec, 0, "40", "4").calledStill(15500*ms, sec, "90", "4"),
		"counts that do not grow":      switched().calledStill(11*sec, 0, "40", "4").calledStill(17*sec, sec, "40", "40"),
		"after it was led back":        switched().calledStill(11*sec, 0, "40", "4").event(12*sec, history.NameSwitched, "db", "to", "paris/db", "ttl_ns", "5000000000").calledStill(17*sec, sec, "90", "4"),
		"of another name":              switched().event(17*sec, history.LinkUsed, "paris/orders/1", "name", "cache", "to", "paris/db/1", "tried", "9", "held_ns", "1"),
		"by nobody that can be named":  switched().event(17*sec, history.LinkUsed, "unknown", "name", "db", "to", "paris/db/1", "tried", "9", "held_ns", "1"),
		"numbers that cannot be read":  switched().event(17*sec, history.LinkUsed, "paris/orders/1", "name", "db", "to", "paris/db/1", "tried", "many", "held_ns", "1"),
		"no name was ever switched at": calm().calledStill(17*sec, sec, "90", "4"),
	} {
		if got := told(w.analyze(), "name-kept"); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}
