package analysis

import (
	"testing"
	"time"

	"bascule/harness/history"
)

func TestHealthyContainersOfAFunctionThatIsDown(t *testing.T) {
	play := func(until time.Duration, health map[string]string) Result {
		w := calm().fault("f1", 10*sec).down("refuse", 10*sec, until)
		w.h.Header.Functions[0].Services = []string{"front", "ledger"}
		for _, m := range []string{"paris/front/1", "paris/ledger/1", "lyon/ledger/1", "paris/cache/1"} {
			if health[m] != "" {
				w.event(39*sec, history.ContainerHealth, m, "health", health[m])
			}
		}
		return w.analyze()
	}
	well := map[string]string{"paris/front/1": "healthy", "paris/ledger/1": "healthy"}
	wantTold(t, play(60*sec, well), "healthy-but-down", "every container in Paris says that it is healthy (front, ledger)")
	wantTold(t, play(60*sec, map[string]string{"paris/front/1": "healthy", "paris/ledger/1": "healthy", "lyon/ledger/1": "stopped", "paris/cache/1": "unhealthy"}),
		"healthy-but-down", "(front, ledger)") // others are not meant
	for name, r := range map[string]Result{
		"service is back":    play(20*sec, well),
		"one says it is not": play(60*sec, map[string]string{"paris/front/1": "healthy", "paris/ledger/1": "unhealthy"}),
		"one is stopped":     play(60*sec, map[string]string{"paris/front/1": "healthy", "paris/ledger/1": "stopped"}),
		"nobody was asked":   play(60*sec, nil),
		"down at the last moment only": func() Result {
			w := calm().fault("f1", 10*sec).down("refuse", 39500*ms, 60*sec)
			w.h.Header.Functions[0].Services = []string{"front"}
			return w.event(39*sec, history.ContainerHealth, "paris/front/1", "health", "healthy").analyze()
		}(),
		"one answer of three is wrong": func() Result {
			w := calm().fault("f1", 10*sec)
			w.h.Header.Functions[0].Services = []string{"front"}
			w.answers = func(k int, at time.Duration, o *history.Operation) {
				if at > 10*sec && k%3 == 0 {
					o.Outcome, o.Status = history.Rejected, 404
				}
			}
			return w.event(39*sec, history.ContainerHealth, "paris/front/1", "health", "healthy").analyze()
		}(),
	} {
		if got := told(r, "healthy-but-down"); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestACertificateThatHasRunOut(t *testing.T) {
	play := func(until time.Duration, fault bool) Result {
		w := calm()
		w.h.Header.Started = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
		if fault {
			w.event(10*sec, history.FaultInjecting, "f1", "fault", "cert-expired", "target", "paris/ledger").event(10*sec, history.FaultInjected, "f1")
		}
		return w.event(30*sec, history.CertificateSeen, "lyon/ledger/1", "certificate", "ledger", "not_after", w.h.Header.Started.Add(30*sec+until).Format(time.RFC3339)).analyze()
	}
	r := play(-time.Hour, false)
	wantTold(t, r, "certificate-expired", "lyon/ledger/1 serves a certificate (“ledger”) that expired 1 h ago")
	for _, f := range r.Findings {
		if f.Code == "certificate-expired" && f.Subject != "lyon/ledger" {
			t.Errorf("%+v", f)
		}
	}
	wantTold(t, play(time.Hour, false), "certificate-expired", "")
	wantTold(t, play(0, false), "certificate-expired", "") // this very second it holds still
	late := calm()
	late.h.Header.Started = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	late.event(30*sec+1, history.CertificateSeen, "lyon/ledger/1", "certificate", "ledger", "not_after", late.h.Header.Started.Add(30*sec).Format(time.RFC3339))
	wantTold(t, late.analyze(), "certificate-expired", "expired")
	wantTold(t, play(-time.Hour, true), "certificate-expired", "")
	w := calm().event(30*sec, history.CertificateSeen, "lyon/ledger/1", "certificate", "ledger", "not_after", "soon")
	wantTold(t, w.analyze(), "certificate-expired", "")
}
