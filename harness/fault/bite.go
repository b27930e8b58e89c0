package fault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bascule/harness/history"
)

// late is an Injector whose fault shows only when something else happens, such
// as a stop: its bite is waited for until the end of the scenario.
type late interface {
	Injector
	Late()
}

// bitten is how far the proof of a bite has come.
type bitten struct {
	proof history.Text // of the injector's own look
	own   bool         // it was seen
	last  bool         // there will be no other look
	err   error        // of the last look
}

// AwaitBite waits until an effect of the fault is seen by other means than the
// call that applied it: the engine's own word on the victim, and the kernel's
// count of packets that met the fault. Without one within 10 s it is ErrNoBite.
//
// Canaries confirm it in the background, within the same bound: only then is
// the bite recorded, and where they go on as before it is recorded that there
// was none. A fault that shows late is waited for in the background altogether.
func (i *Injection) AwaitBite(ctx context.Context) error {
	_, patient := i.injector.(late)
	proven := make(chan error, 1)
	bound := biteBound
	if patient {
		bound = lateBound
	}
	if !i.watchOver(&i.endLook, ctx, func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, bound)
		defer cancel()
		defer close(i.settled)
		i.confirm(ctx, proven)
	}) {
		return fmt.Errorf("fault %s: bite awaited out of order: %w", i.ID, ErrTransition)
	}
	if patient {
		return nil
	}
	return <-proven
}

// confirmBound is how long a repair waits for the proof of what it repairs.
const confirmBound = 3 * time.Second

// AwaitSettled waits until it is known whether a fault in force bit: one that is
// repaired at once would leave no time to see it. It waits 3 s at most, and not
// for faults whose bite comes with something else.
func (i *Injection) AwaitSettled(ctx context.Context) {
	if _, patient := i.injector.(late); patient {
		return
	}
	if s := i.State(); s != Injected && s != Biting {
		return
	}
	timer := time.NewTimer(confirmBound)
	defer timer.Stop()
	select {
	case <-i.settled:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// watchOver starts what looks on in the background, once, on a fault that is or
// was in force; false where it may not. The function that ends it is kept in end.
func (i *Injection) watchOver(end *context.CancelFunc, ctx context.Context, f func(context.Context)) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.told || i.concluded || *end != nil {
		return false
	}
	ctx, *end = context.WithCancel(ctx)
	i.looks.Go(func() { f(ctx) })
	return true
}

// confirm looks again and again until injector and canaries agree, or ctx ends.
// What the injector alone has to say is sent as soon as it is known.
func (i *Injection) confirm(ctx context.Context, proven chan<- error) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var b bitten
	say := func(err error) {
		select {
		case proven <- err:
		default: // it has been said
		}
	}
	for {
		done := i.look(ctx, &b)
		if b.own {
			say(nil)
		}
		if done {
			return
		}
		select {
		case <-tick.C:
			continue
		case <-ctx.Done():
		}
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		// It may have come since the last look.
		b.last = true
		if i.look(last, &b) {
			say(nil)
			return
		}
		say(i.unbitten(b))
		return
	}
}

// look takes one look with each, and records the bite when both saw it.
func (i *Injection) look(ctx context.Context, b *bitten) bool {
	if !b.own {
		b.proof, b.own, b.err = i.injector.Bite(ctx)
	}
	if !b.own {
		return false
	}
	if i.watch.judges() {
		if err := i.watch.drain(ctx); err != nil {
			b.err = err
		}
		t := i.watch.told()
		switch {
		case i.watch.saw():
		case i.watch.blinked():
			t = history.Text{FR: "trop brève pour le trafic canari", EN: "too short for canary traffic"}
		case b.last && len(i.watch.during()) == 0:
			// Whoever they asked from is gone or is being replaced.
			t = history.Text{FR: "plus de trafic canari depuis la panne", EN: "no canary traffic since the fault"}
		default:
			return false
		}
		b.proof = and(b.proof, t)
	}
	i.rec.Event(history.FaultBiting, i.ID, "proof_fr", b.proof.FR, "proof_en", b.proof.EN)
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.state == Injected { // it may have been undone meanwhile
		i.state = Biting
	}
	return true
}

// unbitten records that no effect was seen, and what was looked at.
func (i *Injection) unbitten(b bitten) error {
	why := history.Text{
		FR: "ni le noyau, ni le moteur n’ont constaté d’effet",
		EN: "neither the kernel nor the engine saw an effect",
	}
	if b.own {
		t := i.watch.told()
		why = history.Text{
			FR: fmt.Sprintf("%s, mais le trafic canari est passé comme avant : %s", b.proof.FR, t.FR),
			EN: fmt.Sprintf("%s, but canary traffic went on as before: %s", b.proof.EN, t.EN),
		}
	}
	err := errors.Join(fmt.Errorf("fault %s (%s on %s): %w: %s", i.ID, i.Fault.Kind, i.target(), ErrNoBite, why.EN), b.err)
	i.rec.Event(history.FaultNoBite, i.ID, "err", err.Error(), "why_fr", why.FR, "why_en", why.EN)
	return err
}

// aftermath follows the canaries after the undo until they are well again, and
// records how they fared. Ones that stay ill although nothing else hinders them
// mean that the undo did not put things right.
func (i *Injection) aftermath(ctx context.Context) {
	bounded, cancel := context.WithTimeout(ctx, afterBound)
	defer cancel()
	r, dies := i.injector.(reviving)
	for began, last := time.Now(), time.Now(); !i.watch.well(); {
		err := i.watch.drain(bounded)
		if dies && time.Since(began) < reviveBound && time.Since(last) >= reviveLooks {
			last = time.Now()
			err = errors.Join(err, r.Revive(bounded))
		}
		if pause(bounded, canaryLooks) == nil {
			continue
		}
		i.tellDuring()
		i.unwell(ctx, err)
		return
	}
	i.tellDuring()
	i.watch.tell(i.rec, "after", i.watch.after(), history.Text{})
}

// reviving is an injector whose victims may die of the fault when it is undone
// already.
type reviving interface {
	// Revive starts those that died by themselves.
	Revive(ctx context.Context) error
}

// How long and how often victims are looked after.
const (
	reviveBound = 15 * time.Second // a database gives its processes 5 s, and the engine learns of it late
	reviveLooks = time.Second
)

func (i *Injection) unwell(ctx context.Context, err error) {
	after := i.watch.after()
	if ctx.Err() != nil || !summarise(i.watch.before()).well() {
		i.watch.tell(i.rec, "after", after, history.Text{}) // too early to tell, or ill before
		return
	}
	spoilt, asked := i.watch.plane.CanarySpoilt(ctx, i.ID)
	i.watch.tell(i.rec, "after", after, spoilt)
	if asked == nil && spoilt != (history.Text{}) {
		return
	}
	s := summarise(after)
	if s.sent == 0 && err == nil {
		err = errors.New("no answers came")
	}
	text := fmt.Sprintf("fault %s (%s on %s) was undone, and canary traffic is still not as before after %s: %d of %d answered, most often %q",
		i.ID, i.Fault.Kind, i.target(), afterBound, s.ok, s.sent, s.err)
	i.rec.Event(history.FaultFailed, i.ID, "err", errors.Join(errors.New(text), err, asked).Error(),
		"why_fr", fmt.Sprintf("la panne a été levée mais le trafic canari n’est toujours pas revenu à la normale après %s : %s", history.Length(afterBound).FR, s.answered().FR),
		"why_en", fmt.Sprintf("the fault was undone but canary traffic is still not as before after %s: %d of %d answered", afterBound, s.ok, s.sent))
}

// tellDuring records what canaries met while the fault was in force, once.
func (i *Injection) tellDuring() {
	if !i.watch.on() || i.State() == Ready {
		return
	}
	i.during.Do(func() { i.watch.tell(i.rec, "during", i.watch.during(), history.Text{}) })
}

// Conclude ends what still goes on in this process: a bite that was waited for
// and has not come came not, and canaries after an undo have until they are
// well, or ctx ends. What is broken stays broken. Nothing is recorded after it.
func (i *Injection) Conclude(ctx context.Context) {
	i.mu.Lock()
	i.concluded = true
	endLook := i.endLook
	i.mu.Unlock()
	if _, patient := i.injector.(late); patient && endLook != nil {
		endLook()
	}
	defer context.AfterFunc(ctx, i.endAll)()
	i.looks.Wait()
	i.endAll()
	i.rest()
	if !i.watch.on() {
		return
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if s := i.State(); s == Injected || s == Biting {
		// What it does not get is missing in a record, not in a judgement.
		_ = i.watch.drain(bounded)
	}
	i.tellDuring()
	// They end with the hand at the latest.
	_ = i.watch.plane.StopCanaries(bounded, i.ID)
	i.watch.close()
}

// endAll ends every look.
func (i *Injection) endAll() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.endLook != nil {
		i.endLook()
	}
	if i.endAfter != nil {
		i.endAfter()
	}
}
