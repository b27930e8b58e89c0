package analysis

import (
	"reflect"
	"testing"

	"bascule/harness/history"
)

func expectLoss(kind history.Expect) history.Expectation { return history.Expectation{Kind: kind} }

func TestEveryAcknowledgedWriteIsThere(t *testing.T) {
	r := calm().fault("f1", 10*sec).expect(expectLoss(history.ExpectNothingLost)).expect(expectLoss(history.ExpectNothingTwice)).expect(expectLoss(history.ExpectLossAtMost)).analyze()
	wantVerdict(t, r, Pass)
	l := r.Ledger.Loss
	if l.Acked != 3040 || l.Lost != 0 || l.Span != 0 || !l.Known {
		t.Errorf("%+v, want 3,040 acknowledged writes and none lost", l)
	}
	if r.Ledger.Intended != 3800 || r.Ledger.Reads != 760 || r.Ledger.Acked != 3800 {
		t.Errorf("ledger %+v", r.Ledger)
	}
}

func TestLostWritesAreCountedAndTimed(t *testing.T) {
	w := calm().event(9*sec, history.DeployStarted, "1.5.0").event(30*sec, history.DeployFinished, "1.5.0", "outcome", "failed")
	w.fault("f1", 10*sec).down("refuse", 10*sec, 12*sec)
	for _, id := range []uint64{651, 652, 702, 655, 701} { // 655 is a read: it cannot be lost
		w.absent[id] = true
	}
	w.expect(history.Expectation{Kind: history.ExpectLossAtMost, Within: 2 * sec}).expect(history.Expectation{Kind: history.ExpectLossAtMost, Within: sec})
	r := w.expect(expectLoss(history.ExpectNothingLost)).analyze()
	l := r.Functions[0].Loss
	if l.Lost != 4 || !reflect.DeepEqual(l.Examples, []uint64{651, 652, 701, 702}) {
		t.Errorf("lost %d, for example %v; want 4 of them", l.Lost, l.Examples)
	}
	// Operation 651 was intended at 8.5 s and acknowledged 4 ms later.
	near(t, "span", l.Span, 1496*ms, 0)
	if !reflect.DeepEqual(l.ByPhase, map[string]int{"before": 2, "deploying": 2}) {
		t.Errorf("by phase %v", l.ByPhase)
	}
	for i, want := range []Verdict{Pass, Fail, Fail} {
		if got := r.Expectations[i].Verdict; got != want {
			t.Errorf("expectation %d: %s, want %s", i, got, want)
		}
	}
	wantVerdict(t, r, Fail, "perte de 1,5 s, attendu au plus 1 s", "loss of 1.5 s, expected at most 1 s", "p-651")
}

func TestALossThatGoesOnAfterTheFaultIsLonger(t *testing.T) {
	w := calm().fault("f1", 10*sec) // Paris goes on serving until it is fenced at 15 s; all of that is lost
	for id := uint64(791); id < 1301; id++ {
		w.absent[id] = true
	}
	r := w.expect(expectLoss(history.ExpectNothingLost)).analyze()
	near(t, "span", r.Functions[0].Loss.Span, 5080*ms, 10*ms)
}

func TestTwiceResurrectedAndUnknown(t *testing.T) {
	w := calm().fault("f1", 10*sec)
	w.copies[300], w.copies[301] = 2, 3 // 300 is a read, which the store does not know
	w.broken[500], w.copies[501] = history.Rejected, 1
	w.broken[601], w.copies[602] = history.Unknown, 1
	w.broken[602] = history.Unknown
	r := w.expect(expectLoss(history.ExpectNothingTwice)).analyze()
	l := r.Functions[0].Loss
	if l.Duplicated != 1 || l.Resurrected != 1 || l.UnknownIn != 1 || l.UnknownOut != 1 || l.Lost != 0 {
		t.Errorf("%+v, want one of each and nothing lost", l)
	}
	wantVerdict(t, r, Fail, "plus d'une fois")
	if !finding(r, "resurrected") || r.Findings[0].Severity != "serious" {
		t.Errorf("findings %+v, want the resurrected write among the serious", r.Findings)
	}
}

func TestTheStoreIsBelievedAndTheServiceCompared(t *testing.T) {
	w := calm()
	var all, most []uint64
	for id := uint64(1); id <= 3800; id++ {
		if id%5 == 0 {
			continue
		}
		all = append(all, id)
		if id != 77 {
			most = append(most, id)
		}
	}
	w.h.Readbacks = []history.Readback{
		{Source: "store", Name: "orders-db", Site: "paris", IDs: nil}, // read too early; the last reading counts
		{Source: "service", Name: "orders", Site: "lyon", IDs: all},
		{Source: "store", Name: "orders-db", Site: "lyon", IDs: most},
	}
	r := w.expect(expectLoss(history.ExpectNothingLost)).analyze()
	wantVerdict(t, r, Fail, "1 acknowledged write lost")
	l := r.Functions[0].Loss
	if !l.Disagree || l.Lost != 1 || !finding(r, "store-disagrees") {
		t.Errorf("%+v, want one lost and the sources to disagree", l)
	}
	if want := []string{"service orders @ lyon", "store orders-db @ lyon"}; !reflect.DeepEqual(l.Sources, want) {
		t.Errorf("sources %v, want %v", l.Sources, want)
	}
	w.h.Readbacks = w.h.Readbacks[1:2] // only the service was read
	r = w.analyze()
	if r.Verdict != Pass || r.Functions[0].Loss.Disagree {
		t.Errorf("service alone: %s, %+v", r.Verdict, r.Functions[0].Loss)
	}
}

func TestAStoreServesOnlyItsFunctions(t *testing.T) {
	w := calm()
	w.h.Header.Functions = append(w.h.Header.Functions, history.Function{ID: "stock", Name: history.Same("Stock")})
	w.event(41*sec, history.ReadbackStarted, "store orders-db", "function", "orders")
	w.event(41*sec, history.ReadbackDone, "store orders-db", "function", "orders", "rows", "3040", "unknown_rows", "2")
	r := w.expect(history.Expectation{Kind: history.ExpectNothingLost, Function: "orders"}).analyze()
	wantVerdict(t, r, Pass)
	if !r.Functions[0].Loss.Known || r.Functions[1].Loss.Known {
		t.Errorf("known: orders %v, stock %v; want the first only", r.Functions[0].Loss.Known, r.Functions[1].Loss.Known)
	}
	if !finding(r, "foreign-rows") {
		t.Error("rows that nobody sent are not mentioned")
	}
}

func TestWithoutAReadbackNothingIsKnown(t *testing.T) {
	w := calm()
	w.h.Readbacks = []history.Readback{}
	r := w.expect(expectLoss(history.ExpectNothingLost)).analyze()
	wantVerdict(t, r, Inconclusive, "not read back")
	if r.Ledger.Loss.Known {
		t.Error("the ledger says that the loss is known")
	}
}

func TestLatePacketsOfTheHarnessAreNoUndeclaredFlow(t *testing.T) {
	w := sound()
	w.event(20*sec, history.Observed, "lyon/gateway/1", "what", "flow", "dst", "198.19.0.255", "port", "51244", "proto", "tcp", "count", "6")
	if r := w.analyze(); finding(r, "undeclared-flow") {
		t.Errorf("findings %+v", r.Findings)
	}
	w.event(21*sec, history.Observed, "lyon/orders/1", "what", "flow", "dst", "10.0.0.9", "port", "443", "proto", "tcp", "count", "2")
	w.event(22*sec, history.Observed, "lyon/orders/1", "what", "dns", "name", "audit", "answer", "NXDOMAIN", "count", "3")
	if r := w.analyze(); !finding(r, "undeclared-flow") || !finding(r, "unresolved-name") {
		t.Errorf("findings %+v, want the flow and the name", r.Findings)
	}
}
