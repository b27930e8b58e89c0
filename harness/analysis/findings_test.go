package analysis

import (
	"strings"
	"testing"
	"time"

	"bascule/harness/history"
)

// What a finding tells, the note of the sentence that failed of it does not tell
// again.
func TestAFailureIsToldOnce(t *testing.T) {
	note := func(w *world, line, err string) Result {
		return w.event(15*sec, history.Note, "s", "line", line, "text_fr", "Ligne 7, « on bascule » : "+err, "text_en", "Line 7, \"we fail over\": "+err).analyze()
	}
	const runbook, deploy = "runbook PRA-02, step \"Promote\": no such container", "deploy 1.5.0, phase migrate: ended with code 1"
	failed := func() *world {
		w := calm().event(12*sec, history.RunbookStarted, "PRA-02", "purpose", "failover").event(14*sec, history.RunbookFinished, "PRA-02", "outcome", "failed", "err", runbook)
		w.event(12*sec, history.DeployStarted, "1.5.0", "from", "1.4.0").event(14*sec, history.DeployFinished, "1.5.0", "outcome", "failed", "err", deploy)
		return w.event(16*sec, history.RollbackStarted, "1.4.0").event(17*sec, history.RollbackFinished, "1.4.0", "outcome", "failed", "err", "no way back")
	}
	for _, err := range []string{runbook, deploy, "no way back"} {
		wantTold(t, note(failed(), "7", err), "note", "")
		wantTold(t, note(failed(), "", err), "note", err) // not of a sentence
		wantTold(t, note(calm(), "7", err), "note", err)
	}
	wantTold(t, note(failed(), "7", "of another thing"), "note", "of another thing")
	done := calm().event(12*sec, history.RunbookStarted, "PRA-02").event(14*sec, history.RunbookFinished, "PRA-02", "outcome", "done", "err", "")
	wantTold(t, note(done, "7", "of another thing"), "note", "of another thing")
}

func TestTheTargetIsMissedInWords(t *testing.T) {
	play := func(until time.Duration) Result {
		w := calm().fault("f1", 10*sec).down("refuse", 10*sec, until)
		w.h.Header.Functions[0].RTO = 5 * sec
		return w.analyze()
	}
	wantTold(t, play(13*sec), "rto-exceeded", "")
	wantTold(t, play(17*sec), "rto-exceeded", "restored in 7")
	wantTold(t, play(60*sec), "rto-exceeded", "not restored 30 s after the fault, target 5 s")
}

func TestFurtherInterruptionsAreOneFinding(t *testing.T) {
	w := calm().fault("f1", 10*sec).down("refuse", 10*sec, 12*sec)
	wantTold(t, w.analyze(), "interrupted-again", "")
	w.down("refuse", 16*sec, 17*sec)
	wantTold(t, w.analyze(), "interrupted-again", "interrupted again 6 s after fault")
	w.down("refuse", 22*sec, 23*sec)
	r := w.analyze()
	wantTold(t, r, "interrupted-again", "interrupted again 2 times after fault “the database fails”, the first time 6 s after it")
	if n := findingsOf(r, "interrupted-again"); n != 1 {
		t.Errorf("%d findings, want one", n)
	}
}

func TestTheSeriousComesFirst(t *testing.T) {
	order := []string{serious, minor, info}
	for i := range order {
		for k := range order {
			if got := bySeverity(Finding{Severity: order[i]}, Finding{Severity: order[k]}); (got < 0) != (i < k) || (got > 0) != (i > k) {
				t.Errorf("%s to %s: %d", order[i], order[k], got)
			}
		}
	}
}

// One row that is lost is a loss.
func TestOneRowBeyondTheTarget(t *testing.T) {
	w := sound()
	w.h.Header.Functions[0].RPOSet = true
	wantTold(t, w.analyze(), "rpo-exceeded", "")
	w.absent[651] = true
	wantTold(t, w.analyze(), "rpo-exceeded", "target 0 ms")
	span := w.analyze().Functions[0].Loss.Span
	for target, told := range map[time.Duration]string{span: "", span - 1: "target"} {
		w.h.Header.Functions[0].RPO = target
		wantTold(t, w.analyze(), "rpo-exceeded", told)
	}
}

// Reads alone leave nothing to ask a last write of.
func TestALoadOfReadsHasNoLastWrite(t *testing.T) {
	w := calm()
	w.answers = func(_ int, _ time.Duration, o *history.Operation) { o.Kind = history.Read }
	if c := check(t, w.analyze(), checkLastWrite); plain(c.Detail.EN) != "no write" {
		t.Errorf("%+v", c)
	}
}

// A function that is down to the end has no last write, and needs none.
func TestALastWriteOfAFunctionThatIsDown(t *testing.T) {
	for until, want := range map[time.Duration]string{40 * sec: "no, but that it is down is measured", 20 * sec: "acknowledged"} {
		r := calm().fault("f1", 10*sec).down("refuse", 10*sec, until).analyze()
		if c := check(t, r, checkLastWrite); !c.OK || !strings.Contains(plain(c.Detail.EN), want) {
			t.Errorf("down until %v: %+v", until, c)
		}
	}
}
