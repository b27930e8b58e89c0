package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// pair is two ledgers that replicate over loopback.
type pair struct {
	paris, lyon *ledger
	urls        [2]string
}

func newPair(t *testing.T, d defect) *pair {
	t.Helper()
	p := &pair{}
	for i, site := range []string{"paris", "lyon"} {
		l := &ledger{site: site, dir: t.TempDir(), defect: d, known: map[string]bool{}, client: &http.Client{Timeout: time.Second}}
		if err := l.open([]role{primary, standby}[i]); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.file.Close() })
		s := httptest.NewServer(l.handler())
		t.Cleanup(s.Close)
		p.urls[i] = s.URL
		if i == 0 {
			p.paris = l
		} else {
			p.lyon = l
		}
	}
	p.paris.peer, p.lyon.peer = p.urls[1], p.urls[0]
	return p
}

func post(t *testing.T, url, body string) int {
	t.Helper()
	res, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

func order(t *testing.T, url, id string) int { return post(t, url+"/orders", `{"id":"`+id+`"}`) }

// TestTheSoundLedger: an order that was acknowledged is on both sites, once; the
// standby takes none; after a promotion and a failback nothing is missing.
func TestTheSoundLedger(t *testing.T) {
	p := newPair(t, "")
	if got := order(t, p.urls[0], "p-1"); got != 201 {
		t.Fatalf("an order at the primary: %d", got)
	}
	if got := order(t, p.urls[0], "p-1"); got != 201 {
		t.Errorf("the same order again: %d", got)
	}
	if got := order(t, p.urls[1], "p-2"); got != 503 {
		t.Errorf("an order at the standby: %d, want 503", got)
	}
	for i, l := range []*ledger{p.paris, p.lyon} {
		if got := l.matching("p"); got != "p-1\n" {
			t.Errorf("ledger %d holds %q", i, got)
		}
	}
	if err := p.lyon.promote(context.Background()); err != nil {
		t.Fatal(err)
	}
	// The former primary finds out by itself, and acknowledges nothing.
	if got := order(t, p.urls[0], "p-3"); got != 504 || p.paris.is() != standby {
		t.Errorf("an order at the former primary: %d, and it is %s", got, p.paris.is())
	}
	if got := order(t, p.urls[1], "p-4"); got != 201 {
		t.Errorf("an order at the promoted ledger: %d", got)
	}
	if got := post(t, p.urls[0]+"/resync", ""); got != 200 {
		t.Errorf("resync: %d", got)
	}
	if got := p.paris.matching("p-4"); got != "p-4\n" || p.lyon.is() != primary {
		t.Errorf("after the resync Paris holds %q of Lyon's orders, and Lyon is %s", got, p.lyon.is())
	}
}

// TestALedgerThatComesBackAsks: it takes no order before it knows that no other
// ledger is primary now, and it knows what it had acknowledged.
func TestALedgerThatComesBackAsks(t *testing.T) {
	for _, promoted := range []bool{false, true} {
		p := newPair(t, "")
		order(t, p.urls[0], "p-1")
		if promoted {
			if err := p.lyon.promote(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		again := &ledger{site: "paris", dir: p.paris.dir, peer: p.urls[1], known: map[string]bool{}, client: http.DefaultClient}
		if err := again.open(primary); err != nil {
			t.Fatal(err)
		}
		defer again.file.Close()
		if again.writable() || again.matching("p") != "p-1\n" {
			t.Errorf("back: writable %v, with %q", again.writable(), again.matching("p"))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		again.confirm(ctx)
		cancel()
		if again.writable() == promoted {
			t.Errorf("the other was promoted: %v; this one takes orders: %v", promoted, again.writable())
		}
	}
}

// TestPlantedDefects: what each defect of the ledger does.
func TestPlantedDefects(t *testing.T) {
	t.Run("both take writes", func(t *testing.T) {
		if p := newPair(t, bothTakeWrites); order(t, p.urls[1], "p-1") != 201 || !p.lyon.writable() {
			t.Error("the standby refuses")
		}
	})
	t.Run("kept twice", func(t *testing.T) {
		p := newPair(t, notIdempotent)
		order(t, p.urls[0], "p-1")
		order(t, p.urls[0], "p-1")
		if got := p.paris.matching("p"); got != "p-1\np-1\n" {
			t.Errorf("%q", got)
		}
	})
	t.Run("not durable", func(t *testing.T) {
		p := newPair(t, acksBeforeDurable)
		if order(t, p.urls[0], "p-1") != 201 {
			t.Error("not acknowledged")
		}
		again := &ledger{dir: p.paris.dir, known: map[string]bool{}}
		if err := again.open(primary); err != nil {
			t.Fatal(err)
		}
		defer again.file.Close()
		if got := again.matching("p"); got != "" {
			t.Errorf("%q is in the file", got)
		}
	})
	t.Run("asynchronous", func(t *testing.T) {
		p := newPair(t, asyncReplication)
		if order(t, p.urls[0], "p-1") != 201 || p.lyon.matching("p") != "" {
			t.Error("the other site had it when it was acknowledged")
		}
	})
	t.Run("misspelt", func(t *testing.T) {
		if defect("both-site-take-writes").check() == nil {
			t.Error("a defect that does not exist passes for the sound system")
		}
	})
}
