package analysis

import (
	"strings"
	"testing"
	"time"

	"bascule/harness/history"
)

// probing is a calm world in which losses follow one another, 8 s apart from 6 s
// on, each of 3 s.
func probing(losses ...history.Probe) *world {
	w := calm()
	w.h.Header.Functions[0].RTO = 4 * sec
	w.h.Header.Functions[0].Services = []string{"front", "orders", "db"}
	w.h.Header.Functions[0].Owner = history.Text{FR: "direction commerciale", EN: "head of sales"}
	w.h.Header.Links = []history.Link{{From: "paris/front", To: "paris/orders"}, {From: "paris/orders", To: "paris/db"}, {From: "lyon/db", To: "paris/db"}}
	for i, p := range losses {
		p.For, p.Title = 3*sec, history.Same(p.Target)
		w.h.Header.Steps = append(w.h.Header.Steps, history.PlannedStep{Do: "fault", Probe: &p}, history.PlannedStep{Do: "calm"})
		w.lose("f"+string(rune('1'+i)), p, probeLostAt(i))
	}
	return w
}

func probeLostAt(i int) time.Duration { return time.Duration(6+8*i) * sec }

// lose injects, proves and repairs.
func (w *world) lose(id string, p history.Probe, at time.Duration) {
	w.event(at, history.FaultInjecting, id, "fault", "crash", "target", p.Target, "title_fr", p.Target, "title_en", p.Target, "probe", string(p.Of))
	w.event(at, history.FaultInjected, id).event(at+10*ms, history.FaultBiting, id, "proof_fr", "vu", "proof_en", "seen")
	w.event(at+3*sec, history.FaultUndoing, id).event(at+3200*ms, history.FaultRecovered, id)
	w.event(at+3500*ms, history.FaultCanary, id, "when", "after", "sent", "9", "ok", "7")
}

func service(target string) history.Probe {
	return history.Probe{Of: history.LostService, Target: target}
}

func link(target string) history.Probe {
	return history.Probe{Of: history.LostLink, Target: target}
}

// cellOf is the only cell of a line.
func cellOf(t *testing.T, r Result, line int) Bearing {
	t.Helper()
	if r.Resilience == nil || len(r.Resilience.Lines) <= line || len(r.Resilience.Lines[line].Cells) != 1 {
		t.Fatalf("no line %d with one cell: %+v", line, r.Resilience)
	}
	return r.Resilience.Lines[line].Cells[0]
}

// half makes every second operation fail within a stretch.
func (w *world) half(from, to time.Duration, every int) *world {
	was := w.answers
	w.answers = func(k int, at time.Duration, o *history.Operation) {
		if was != nil {
			was(k, at, o)
		}
		if at >= from && at < to && k%every == 0 {
			o.Outcome, o.Status, o.Err = history.Rejected, 503, "status 503"
		}
	}
	return w
}

func TestHowAFunctionBearsALoss(t *testing.T) {
	at := probeLostAt(0)
	for name, c := range map[string]struct {
		what   func(*world)
		effect Effect
		back   Return
		time   time.Duration
		after  time.Duration
	}{
		"nothing fails":                       {func(*world) {}, Unaffected, ReturnNone, 0, 0},
		"down until the repair":               {func(w *world) { w.down("refuse", at, at+3500*ms) }, Down, ReturnRepaired, 3500 * ms, 300 * ms},
		"back while it is being repaired":     {func(w *world) { w.down("refuse", at, at+3100*ms) }, Down, ReturnRepaired, 3100 * ms, 0},
		"down, then back by itself":           {func(w *world) { w.down("refuse", at, at+900*ms) }, Down, ReturnByItself, 900 * ms, 0},
		"a blink":                             {func(w *world) { w.down("refuse", at, at+200*ms) }, Degraded, ReturnByItself, 200 * ms, 0},
		"one of four operations fails":        {func(w *world) { w.half(at, at+3*sec, 4) }, Degraded, ReturnRepaired, 3 * sec, 0},
		"all but a few fail":                  {func(w *world) { w.down("refuse", at, at+1500*ms).half(at+1500*ms, at+2*sec, 3) }, Down, ReturnByItself, 2 * sec, 0},
		"silence, and then a return":          {func(w *world) { w.down("drop", at, at+3*sec) }, Down, ReturnRepaired, 3 * sec, 0},
		"never back":                          {func(w *world) { w.down("refuse", at, 40*sec) }, Down, ReturnNot, 0, 0},
		"the repair itself breaks it shortly": {func(w *world) { w.down("refuse", at+3100*ms, at+3400*ms) }, Degraded, ReturnRepaired, 3400 * ms, 200 * ms},
		"degraded, then down for long":        {func(w *world) { w.half(at+sec, at+1200*ms, 4).down("refuse", at+3300*ms, at+11*sec) }, Down, ReturnRepaired, 11 * sec, 7800 * ms},
		"down twice, the second time longer":  {func(w *world) { w.down("refuse", at+sec, at+1700*ms).down("refuse", at+3300*ms, at+11*sec) }, Down, ReturnRepaired, 11 * sec, 7800 * ms},
		"down from right before the repair":   {func(w *world) { w.down("refuse", at+2800*ms, at+11*sec) }, Down, ReturnRepaired, 11 * sec, 7800 * ms},
		"broken by the repair for good":       {func(w *world) { w.down("refuse", at+3300*ms, 40*sec) }, Down, ReturnNot, 0, 0},
		"degraded, then broken by the repair": {func(w *world) { w.down("refuse", at, at+200*ms).down("refuse", at+3100*ms, at+3400*ms) }, Degraded, ReturnByItself, 200 * ms, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := probing(service("paris/orders"))
			c.what(w)
			b := cellOf(t, w.analyze(), 0)
			if b.Effect != c.effect || b.Return != c.back {
				t.Fatalf("%s, %s; want %s, %s: %+v", b.Effect, b.Return, c.effect, c.back, b)
			}
			near(t, "time", b.Time, c.time, 20*ms+b.Error)
			near(t, "after the repair", b.AfterRepair, c.after, 20*ms+b.Error)
			if (b.Failed > 0) != (c.effect != Unaffected) {
				t.Errorf("%d operations failed", b.Failed)
			}
		})
	}
}

// Answers that all come, but late, are no interruption: they are degraded
// service, and how late is too late may be the scenario's to say.
func TestSlowAnswersAreDegradedService(t *testing.T) {
	at := probeLostAt(0)
	slow := func(by time.Duration) *world {
		w := probing(service("paris/orders"))
		w.answers = func(_ int, when time.Duration, o *history.Operation) {
			if when >= at && when < at+2*sec {
				o.Done = when + by
			}
		}
		return w
	}
	if b := cellOf(t, slow(100*ms).analyze(), 0); b.Effect != Unaffected {
		t.Errorf("a tenth of a second: %+v", b)
	}
	asked := slow(100 * ms).expect(history.Expectation{Kind: history.ExpectLatency, Percent: 95, Within: 50 * ms})
	b := cellOf(t, asked.analyze(), 0)
	if b.Effect != Degraded || b.Return != ReturnByItself || b.Failed != 0 {
		t.Errorf("slower than the scenario asks: %+v", b)
	}
	near(t, "back", b.Time, 2*sec, 120*ms)
	// As many late ones as the scenario leaves room for are no harm.
	few := probing(service("paris/orders")).expect(history.Expectation{Kind: history.ExpectLatency, Percent: 95, Within: 50 * ms})
	few.answers = func(k int, when time.Duration, o *history.Operation) {
		if when >= at && when < at+2*sec && k%40 == 0 {
			o.Done = when + 100*ms
		}
	}
	if b := cellOf(t, few.analyze(), 0); b.Effect != Unaffected {
		t.Errorf("one of forty is late: %+v", b)
	}
}

// So many operations during a loss tell something, and one less does not.
func TestTheFewestOperationsThatTellOfALoss(t *testing.T) {
	for n, few := range map[int]bool{leastProbed: false, leastProbed - 1: true} {
		w := probing(service("paris/orders"))
		w.to = probeLostAt(0) + time.Duration(n)*10*ms
		b := cellOf(t, w.analyze(), 0)
		if strings.Contains(plain(b.Why.EN), "too few operations") != few {
			t.Errorf("%d operations: %q", n, plain(b.Why.EN))
		}
	}
}

// What had failed when the loss began is not of its doing, to the instant.
func TestFailuresOfALossAreCountedFromItsBeginning(t *testing.T) {
	w := calm()
	w.half(10*sec, 11*sec, 1) // each refused 4 ms after it was sent, every 10 ms
	h := w.history()
	watched := newWatch(split(&h.Ops, 1)[0], 5*sec, 2*sec)
	for from, want := range map[time.Duration]int{10*sec + 4*ms: 99, 10*sec + 4*ms - 1: 100, 10*sec + 14*ms: 98} {
		if got := watched.failedBetween(from, 20*sec); got != want {
			t.Errorf("from %v: %d failed, want %d", from, got, want)
		}
	}
	for until, want := range map[time.Duration]int{10*sec + 14*ms: 2, 10*sec + 14*ms - 1: 1} {
		if got := watched.failedBetween(9*sec, until); got != want {
			t.Errorf("until %v: %d failed, want %d", until, got, want)
		}
	}
}

func TestWhatCannotBeToldOfALossIsInconclusive(t *testing.T) {
	at := probeLostAt(0)
	without := func(w *world, kind history.Kind) {
		for i, e := range w.h.Events {
			if e.Kind == kind {
				w.h.Events = append(w.h.Events[:i:i], w.h.Events[i+1:]...)
				return
			}
		}
	}
	for name, c := range map[string]struct {
		what func(*world)
		why  string
	}{
		"it did not bite":            {func(w *world) { without(w, history.FaultBiting) }, "aucun effet constaté"},
		"it was not put in force":    {func(w *world) { without(w, history.FaultInjected) }, "n'a pas été mise en place"},
		"it was not undone":          {func(w *world) { without(w, history.FaultRecovered) }, "n'a pas été levée"},
		"it was never played":        {func(w *world) { w.h.Events = w.h.Events[:3] }, "jusque-là"},
		"service was down before":    {func(w *world) { w.down("refuse", at-300*ms, at+sec) }, "pas stable juste avant"},
		"service was barely back":    {func(w *world) { w.down("refuse", at-2*sec, at-sec) }, "pas stable juste avant"},
		"there was hardly any load":  {func(w *world) { w.rate, w.to = 2, 60*sec }, "trop peu d'opérations"},
		"the load ended at once":     {func(w *world) { w.down("refuse", at, 40*sec); w.to = at + 4*sec }, "trop tôt"},
		"the load ended as it began": {func(w *world) { w.to = at + 50*ms }, "trop peu d'opérations"},
	} {
		t.Run(name, func(t *testing.T) {
			w := probing(service("paris/orders")).expect(history.Expectation{Kind: history.ExpectBearsServices}).expect(history.Expectation{Kind: history.ExpectReturns})
			c.what(w)
			r := w.analyze()
			b := cellOf(t, r, 0)
			if b.Effect != EffectUnknown && b.Return != ReturnUnknown || !strings.Contains(plain(b.Why.FR), c.why) {
				t.Errorf("%+v does not say %q", b, c.why)
			}
			if b.Why.EN == "" {
				t.Error("nothing in English")
			}
			for _, e := range r.Expectations {
				if e.Verdict != Inconclusive {
					t.Errorf("%s: %s", e.Kind, e.Verdict)
				}
			}
			if finding(r, "does-not-return") || finding(r, "cannot-bear-loss") {
				t.Errorf("something is found where nothing can be told: %+v", r.Findings)
			}
		})
	}
}

// One loss that cannot be told leaves the others standing.
func TestALossWithoutEffectVoidsItsOwnLineOnly(t *testing.T) {
	w := probing(service("paris/orders"), service("paris/db")).down("refuse", probeLostAt(1), probeLostAt(1)+5*sec)
	w.expect(history.Expectation{Kind: history.ExpectBearsServices})
	for i, e := range w.h.Events {
		if e.Kind == history.FaultBiting {
			w.h.Events[i] = event(e.At, history.FaultNoBite, e.Subject, "err", "nothing seen")
			break
		}
	}
	r := w.analyze()
	if b := cellOf(t, r, 0); b.Effect != EffectUnknown {
		t.Errorf("%+v", b)
	}
	wantVerdict(t, r, Fail, "paris/db", "direction commerciale", "objectif 4 s")
}

// A function that is down for longer than its RTO because of the repair does not
// bear the loss.
func TestDownBecauseOfTheRepairIsDown(t *testing.T) {
	at := probeLostAt(0)
	w := probing(service("paris/orders")).expect(history.Expectation{Kind: history.ExpectBearsServices})
	w.down("refuse", at+3300*ms, at+11*sec)
	r := w.analyze()
	if e := r.Expectations[0]; e.Verdict != Fail || !finding(r, "cannot-bear-loss") {
		t.Errorf("%+v, findings %+v", e, r.Findings)
	}
}

func TestExpectationsOfAProbe(t *testing.T) {
	bears, links, back := history.Expectation{Kind: history.ExpectBearsServices}, history.Expectation{Kind: history.ExpectBearsLinks}, history.Expectation{Kind: history.ExpectReturns}
	at := probeLostAt(0)
	for name, c := range map[string]struct {
		of   history.Probe
		down time.Duration
		e    history.Expectation
		want Verdict
	}{
		"held":                         {service("paris/db"), 0, bears, Pass},
		"down within the RTO":          {service("paris/db"), 3500 * ms, bears, Pass},
		"down at the RTO":              {service("paris/db"), 4 * sec, bears, Inconclusive},
		"down beyond the RTO":          {service("paris/db"), 5 * sec, bears, Fail},
		"never back":                   {service("paris/db"), 60 * sec, bears, Fail},
		"beyond the RTO, but back":     {service("paris/db"), 5 * sec, back, Pass},
		"never back by itself":         {service("paris/db"), 60 * sec, back, Fail},
		"a link, asked of links":       {link("paris/orders -> paris/db"), 5 * sec, links, Fail},
		"a link, asked of services":    {link("paris/orders -> paris/db"), 5 * sec, bears, Inconclusive},
		"a service, asked of links":    {service("paris/db"), 5 * sec, links, Inconclusive},
		"an instance, asked of a site": {history.Probe{Of: history.LostInstance, Target: "paris/orders/2"}, 5 * sec, bears, Fail},
	} {
		w := probing(c.of).expect(c.e)
		if c.down > 0 {
			w.down("refuse", at, at+c.down)
		}
		r := w.analyze()
		if got := r.Expectations[0].Verdict; got != c.want {
			t.Errorf("%s: %s, want %s: %s", name, got, c.want, plain(r.Expectations[0].Reason.FR))
		}
	}
	w := calm().expect(bears)
	wantVerdict(t, w.analyze(), Inconclusive, "rien n'a été sondé")
}

// Without a target there is nothing to hold, unless the function never returns.
func TestAFunctionWithoutAnRTO(t *testing.T) {
	for down, want := range map[time.Duration]Verdict{0: Pass, 3 * sec: Inconclusive, 60 * sec: Fail} {
		w := probing(service("paris/db")).expect(history.Expectation{Kind: history.ExpectBearsServices})
		w.h.Header.Functions[0].RTO = 0
		if down > 0 {
			w.down("refuse", probeLostAt(0), probeLostAt(0)+down)
		}
		if got := w.analyze().Expectations[0].Verdict; got != want {
			t.Errorf("down for %v: %s, want %s", down, got, want)
		}
	}
}

// What people do to bring service back is not the function's own return.
func TestAReturnByHandIsNone(t *testing.T) {
	for name, help := range map[string]func(*world){
		"restart": func(w *world) { w.event(13*sec, history.SiteRestart, "paris") },
		"runbook": func(w *world) {
			w.event(13*sec, history.RunbookStarted, "PRA-07", "purpose", "failover").event(14*sec, history.RunbookFinished, "PRA-07", "outcome", "done")
		},
	} {
		w := probing(service("paris/db")).down("refuse", probeLostAt(0), 14*sec)
		help(w)
		if b := cellOf(t, w.analyze(), 0); b.Return != ReturnNot {
			t.Errorf("%s: %+v", name, b)
		}
	}
	// After it, the next loss is judged as if nothing had been.
	w := probing(service("paris/db"), service("paris/front")).down("refuse", probeLostAt(0), 11*sec)
	w.event(10800*ms, history.SiteRestart, "paris")
	r := w.analyze()
	if a, b := cellOf(t, r, 0), cellOf(t, r, 1); a.Return != ReturnNot && a.Return != ReturnUnknown || b.Effect != Unaffected {
		t.Errorf("%+v\n%+v", a, b)
	}
}

func TestFindingsOfAProbe(t *testing.T) {
	find := func(t *testing.T, r Result, code string) Finding {
		t.Helper()
		for _, f := range r.Findings {
			if f.Code == code {
				return f
			}
		}
		t.Fatalf("no %s among %+v", code, r.Findings)
		return Finding{}
	}
	for name, c := range map[string]struct {
		of            history.Probe
		what          func(*world)
		code, subject string
		words         []string
	}{
		"too long": {service("paris/db"), func(w *world) { w.down("refuse", probeLostAt(0), probeLostAt(0)+5*sec) }, "cannot-bear-loss", "paris/db",
			[]string{"à l'arrêt pendant 5", "objectif 4 s"}},
		"the caller is stuck": {service("paris/db"), func(w *world) { w.down("refuse", probeLostAt(0), 40*sec) }, "does-not-return", "paris/orders -> paris/db",
			[]string{"paris/db répond de nouveau", "paris/orders ne rétablit pas sa liaison", "en amont, paris/front"}},
		"its only caller is stuck": {service("paris/orders"), func(w *world) { w.down("refuse", probeLostAt(0), 40*sec) }, "does-not-return", "paris/front -> paris/orders",
			[]string{"paris/front ne rétablit pas sa liaison avec lui"}},
		"nobody calls it": {service("paris/front"), func(w *world) { w.down("refuse", probeLostAt(0), 40*sec) }, "does-not-return", "paris/front",
			[]string{"pourtant remise en service"}},
		"it does not answer itself": {service("paris/db"), func(w *world) {
			w.down("refuse", probeLostAt(0), 40*sec).event(30*sec, history.FaultFailed, "f1", "err", "canaries are ill")
		}, "does-not-return", "paris/db", []string{"pourtant remise en service"}},
		"a link": {link("paris/orders -> paris/db"), func(w *world) { w.down("refuse", probeLostAt(0), 40*sec) }, "does-not-return", "paris/orders -> paris/db",
			[]string{"elle est rétablie", "paris/orders ne la reprend pas", "en amont, paris/front"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := probing(c.of)
			c.what(w)
			r := w.analyze()
			f := find(t, r, c.code)
			if f.Severity != serious || f.Subject != c.subject || f.Owner.FR != "direction commerciale" || f.Owner.EN != "head of sales" || f.Text.EN == "" {
				t.Errorf("%+v, want subject %s", f, c.subject)
			}
			for _, word := range c.words {
				if !strings.Contains(plain(f.Text.FR), word) {
					t.Errorf("%q does not say %q", plain(f.Text.FR), word)
				}
			}
			for _, other := range []string{"rto-exceeded", "repaired-not-back", "mtpd-exceeded", "not-detected"} {
				if finding(r, other) {
					t.Errorf("the same is told a second time, as %s", other)
				}
			}
		})
	}
}

// What is under way when the next thing is lost, and is never answered, is the
// doing of that one.
func TestOperationsUnderWayBelongToTheNextLoss(t *testing.T) {
	w := probing(service("paris/orders"), service("paris/db")).down("drop", probeLostAt(1)-200*ms, probeLostAt(1)+3*sec)
	r := w.analyze()
	if a := cellOf(t, r, 0); a.Effect != Unaffected || a.Failed != 0 {
		t.Errorf("the loss before: %+v", a)
	}
	if b := cellOf(t, r, 1); b.Effect != Down || b.Return != ReturnRepaired {
		t.Errorf("the loss: %+v", b)
	}
}

// A function that bears everything within its target raises nothing.
func TestASoundSystemRaisesNoFinding(t *testing.T) {
	w := probing(service("paris/front"), service("paris/db"), link("paris/orders -> paris/db")).down("refuse", probeLostAt(0), probeLostAt(0)+3500*ms)
	w.half(probeLostAt(1), probeLostAt(1)+sec, 4)
	w.expect(history.Expectation{Kind: history.ExpectBearsServices}).expect(history.Expectation{Kind: history.ExpectBearsLinks}).expect(history.Expectation{Kind: history.ExpectReturns})
	r := w.analyze()
	wantVerdict(t, r, Pass)
	if len(r.Findings) > 0 {
		t.Errorf("findings: %+v", r.Findings)
	}
	if got := plain(r.Expectations[0].Measured.FR); !strings.Contains(got, "2 pertes, 1 en mode dégradé, 1 à l'arrêt") {
		t.Errorf("measured: %q", got)
	}
	if calm().analyze().Resilience != nil {
		t.Error("a table where nothing was probed")
	}
}

// Where several may be the one that does not call again, all their owners answer.
func TestEveryCallersOwnerIsNamed(t *testing.T) {
	w := probing(service("paris/db")).down("refuse", probeLostAt(0), 40*sec)
	w.h.Header.Links = append(w.h.Header.Links, history.Link{From: "paris/stock", To: "paris/db"})
	w.h.Header.Functions[0].Services = append(w.h.Header.Functions[0].Services, "stock")
	w.h.Header.Functions = append(w.h.Header.Functions, history.Function{ID: "stock", Name: history.Same("Stock"), Services: []string{"stock"}, Owner: history.Text{FR: "logistique", EN: "logistics"}})
	for _, f := range w.analyze().Findings {
		if f.Code == "does-not-return" && (!strings.Contains(f.Owner.EN, "head of sales") || !strings.Contains(f.Owner.EN, "logistics")) {
			t.Errorf("%s is owned by %+v", f.Subject, f.Owner)
		}
	}
}

// A hitch that the repair brought about is over only where it was seen to be,
// before anybody did anything else.
func TestAHitchThatIsOverJustInTime(t *testing.T) {
	at := probeLostAt(0)
	for help, want := range map[time.Duration]Return{3404 * ms: ReturnUnknown, 3404*ms + 1: ReturnByItself} {
		w := probing(service("paris/orders")).down("refuse", at, at+200*ms).down("refuse", at+3100*ms, at+3400*ms).event(at+help, history.SiteRestart, "paris")
		if b := cellOf(t, w.analyze(), 0); b.Return != want {
			t.Errorf("helped %v after the loss: %s, want %s", help, b.Return, want)
		}
	}
}

func TestTheShareOfFailures(t *testing.T) {
	w := calm().half(10*sec, 20*sec, 2)
	h := w.history()
	watched := newWatch(split(&h.Ops, 1)[0], 5*sec, 2*sec)
	for from, want := range map[time.Duration]float64{10 * sec: 50, 5 * sec: 25, 25 * sec: 0} {
		if got := watched.failingBetween(from, from+10*sec); got != want {
			t.Errorf("from %v: %v %% failed, want %v", from, got, want)
		}
	}
}

// The operation that is sent as a stretch ends is no part of it.
func TestAStretchEndsBeforeItsEnd(t *testing.T) {
	w := calm()
	for k := 800; k < 900; k++ { // from 10 s on: half of what is sent within a second fails, the first half
		if k < 850 {
			w.broken[k] = history.Rejected
		}
	}
	h := w.history()
	watched := newWatch(split(&h.Ops, 1)[0], 5*sec, 2*sec)
	for end, want := range map[time.Duration]bool{11 * sec: true, 11*sec + 1: false} {
		if got := watched.fellDown(watched, watched.outages[0], 9*sec, end); got != want {
			t.Errorf("up to %v: down %v, want %v", end, got, want)
		}
	}
}

// One loss that did not bite proves nothing; of two, one is enough.
func TestALossThatDidNotBiteIsNoProof(t *testing.T) {
	for losses, ok := range map[int]bool{1: false, 2: true} {
		w := probing([]history.Probe{service("paris/orders"), service("paris/db")}[:losses]...)
		for i, e := range w.h.Events {
			if e.Kind == history.FaultBiting {
				w.h.Events = append(w.h.Events[:i:i], w.h.Events[i+1:]...)
				break
			}
		}
		if c := check(t, w.analyze(), checkFaults); c.OK != ok {
			t.Errorf("%d losses, the first of which did not bite: %+v", losses, c)
		}
	}
}

// A provider that no service of the function calls is called by whoever does.
func TestWhoCallsAProvider(t *testing.T) {
	w := calm()
	w.h.Header.Links = []history.Link{{From: "paris/front", To: "paris/db"}, {From: "lyon/front", To: "paris/db"}, {From: "lyon/mail", To: "lyon/db"}}
	j := &judge{facts: gather(w.history())}
	f := history.Function{Services: []string{"front"}}
	for provider, want := range map[string]string{"paris/db": "paris/front", "lyon/db": "lyon/mail", "paris/mail": ""} {
		if got := strings.Join(j.callersOf(provider, "paris", f), ", "); got != want {
			t.Errorf("%s is called by %q, want %q", provider, got, want)
		}
	}
}

// One answer of the harness's own traffic is enough to say that what was lost
// answers again; a repair that failed says the contrary.
func TestOneAnswerAfterTheRepair(t *testing.T) {
	for name, c := range map[string]struct {
		ok   string
		fail bool
		want bool
	}{"none": {"0", false, false}, "one": {"1", false, true}, "many": {"9", false, true}, "not counted": {"", false, false}, "the repair failed": {"9", true, false}} {
		w := calm().fault("f1", 10*sec).event(12*sec, history.FaultRecovered, "f1")
		w.event(13*sec, history.FaultCanary, "f1", "when", "during", "ok", "9").event(13*sec, history.FaultCanary, "f1", "when", "after", "ok", c.ok)
		if c.fail {
			w.event(14*sec, history.FaultFailed, "f1", "err", "no")
		}
		if got := (&judge{facts: gather(w.history())}).answersAgain("f1"); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// The faults of a probe are told apart from the others, which are told only where
// there are some.
func TestTheFaultsOfAProbeAreTold(t *testing.T) {
	for _, c := range []struct {
		planned, bitten, others int
		ok                      bool
		want                    string
	}{
		{2, 1, 0, true, "probe: 1 of 2 losses, effect seen"},
		{2, 2, 1, true, "1 fault, effect seen; probe: 2 of 2 losses, effect seen"},
		{2, 0, 1, false, "1 fault, effect seen; probe: 0 of 2 losses, effect seen"},
		{0, 0, 2, true, "2 faults, effect seen; probe: 0 of 0 losses, effect seen"},
	} {
		w := calm()
		for range c.planned {
			w.h.Header.Steps = append(w.h.Header.Steps, history.PlannedStep{Probe: &history.Probe{}})
		}
		j := &judge{facts: gather(w.history())}
		for range c.bitten {
			j.faults = append(j.faults, fault{probe: "p", in: true, bit: true})
		}
		j.faults = append(j.faults, fault{probe: "p", in: true}, fault{in: true, bit: true})
		if got := j.probesBit(history.Same("x"), c.others); got.OK != c.ok || plain(got.Detail.EN) != c.want {
			t.Errorf("%+v: %v, %q", c, got.OK, plain(got.Detail.EN))
		}
	}
}
