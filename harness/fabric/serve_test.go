package fabric

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"bascule/harness/wire"
)

// fake is a service that remembers. What it does not define panics, as a
// mistake in a call would.
type fake struct {
	service
	mu     sync.Mutex
	top    *Topology
	faults []FaultState
	site   string
	since  int64
	moved  NameMove
}

func (f *fake) health() Health { return Health{Ready: f.top != nil, Now: 42} }

func (f *fake) install(t Topology) error {
	if err := t.Validate(); err != nil {
		return err
	}
	f.top = &t
	return nil
}

func (f *fake) restore(r Restoration) error {
	if err := f.install(r.Topology); err != nil {
		return err
	}
	for _, x := range r.Faults {
		if _, err := f.inject(x); err != nil {
			return err
		}
	}
	_, err := f.enter(r.Entry)
	return err
}

func (f *fake) inject(x Fault) (FaultState, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if x.ID == "" {
		return FaultState{}, errors.New("a fault needs an id")
	}
	s := FaultState{Fault: x, AppliedAt: 7}
	f.faults = append(f.faults, s)
	return s, nil
}

func (f *fake) heal(id string) (FaultState, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.faults {
		if f.faults[i].ID == id {
			f.faults[i].HealedAt = 8
			return f.faults[i], nil
		}
	}
	return FaultState{}, ErrNoFault
}

func (f *fake) healAll() error {
	for i := range f.faults {
		f.faults[i].HealedAt = 9
	}
	return nil
}

func (f *fake) states() []FaultState { return f.faults }

func (f *fake) enter(site string) (span, error) {
	if site == "nantes" {
		return span{}, fmt.Errorf("entry: no provider at site %q", site)
	}
	f.site = site
	return span{5, 6}, nil
}

func (f *fake) move(m NameMove) error {
	if _, err := f.top.Moved(m); err != nil {
		return err
	}
	f.moved = m
	return nil
}

func (f *fake) observations(since int64) ([]Observation, error) {
	f.since = since
	return []Observation{{Seq: since + 1, What: "dns", Name: "db"}}, nil
}

func serveFake(t *testing.T) (*fake, *Client, string) {
	t.Helper()
	f := &fake{}
	srv := httptest.NewServer(handler(f))
	t.Cleanup(srv.Close)
	return f, NewClient(srv.URL), srv.URL
}

func TestClientAndAgentUnderstandEachOther(t *testing.T) {
	f, c, _ := serveFake(t)
	ctx := t.Context()
	if h, err := c.Health(ctx); err != nil || h.Ready || h.Now != 42 {
		t.Fatalf("health %+v, %v", h, err)
	}
	if h, err := c.PutTopology(ctx, twoSites()); err != nil || !h.Ready {
		t.Fatalf("topology: %+v, %v", h, err)
	}
	if f.top.Names[3].Name != "Primary.Example" || f.top.Entry.Providers["lyon"] != 3 || f.top.Shaped[0] != (Pair{From: 1, To: 2}) {
		t.Errorf("the topology arrived as %+v", f.top)
	}
	sent := Fault{ID: "a/b c", Kind: Latency, Pairs: []Pair{{1, 2}}, Latency: 80 * time.Millisecond, Jitter: time.Millisecond, ExpiresIn: time.Minute, Direction: There}
	s, err := c.Inject(ctx, sent)
	if err != nil || fmt.Sprint(s.Fault) != fmt.Sprint(sent) || s.AppliedAt != 7 {
		t.Errorf("fault %+v, %v", s, err)
	}
	// Its id holds what a path must escape.
	if s, err := c.Heal(ctx, "a/b c"); err != nil || s.HealedAt != 8 {
		t.Errorf("heal %+v, %v", s, err)
	}
	if list, err := c.Faults(ctx); err != nil || len(list) != 1 || list[0].HealedAt != 8 {
		t.Errorf("faults %+v, %v", list, err)
	}
	if err := c.HealAll(ctx); err != nil || f.faults[0].HealedAt != 9 {
		t.Errorf("heal all: %+v, %v", f.faults, err)
	}
	for _, site := range []string{"lyon", ""} {
		if err := c.SetEntry(ctx, site); err != nil || f.site != site {
			t.Errorf("entry %q, %v", f.site, err)
		}
		if from, to, err := c.SwitchEntry(ctx, site); err != nil || from != 5 || to != 6 {
			t.Errorf("entry switched from %d to %d, %v", from, to, err)
		}
	}
	if o, err := c.Observations(ctx, 41); err != nil || len(o) != 1 || o[0].Seq != 42 || o[0].Name != "db" {
		t.Errorf("observations since %d: %+v, %v", f.since, o, err)
	}
}

func TestARestorationArrivesWhole(t *testing.T) {
	f, c, _ := serveFake(t)
	faults := []Fault{{ID: "a", Kind: Flap, Site: "lyon", Toward: "paris", Direction: Back, On: time.Second, Off: time.Minute},
		{ID: "b", Kind: WrongAddress, Pairs: []Pair{{From: 1}}, Name: "db", Others: []int{3, 4}},
		{ID: "c", Kind: Loss, Pairs: []Pair{{1, 2}}, Percent: 0.5}, {ID: "d", Kind: HTTPError, Pairs: []Pair{{1, 2}}, Status: 503},
		{ID: "e", Kind: LimitData, Pairs: []Pair{{1, 2}}, Bytes: 1 << 40}}
	if h, err := c.Restore(t.Context(), twoSites(), faults, "lyon"); err != nil || !h.Ready {
		t.Fatalf("%+v, %v", h, err)
	}
	var got []Fault
	for _, s := range f.faults {
		got = append(got, s.Fault)
	}
	if !reflect.DeepEqual(got, faults) || f.site != "lyon" || f.top.Stage != "s" {
		t.Errorf("arrived: %+v, entry %q, stage %q", got, f.site, f.top.Stage)
	}
	if _, err := c.Restore(t.Context(), twoSites(), nil, "nantes"); err == nil || !strings.Contains(err.Error(), "nantes") {
		t.Errorf("%v", err)
	}
}

func TestErrorsOfTheAgentReachTheCaller(t *testing.T) {
	_, c, _ := serveFake(t)
	ctx := t.Context()
	if _, err := c.Heal(ctx, "never"); !errors.Is(err, ErrNoFault) {
		t.Errorf("an unknown fault: %v", err)
	}
	if err := c.SetEntry(ctx, "nantes"); err == nil || !strings.Contains(err.Error(), `"nantes"`) {
		t.Errorf("entry: %v", err)
	}
	bad := twoSites()
	bad.Entry.Site = "nantes"
	if _, err := c.PutTopology(ctx, bad); err == nil || !strings.Contains(err.Error(), `no provider at site "nantes"`) {
		t.Errorf("topology: %v", err)
	}
	if _, err := c.Inject(ctx, Fault{}); err == nil || errors.Is(err, ErrNoFault) || !strings.Contains(err.Error(), "needs an id") {
		t.Errorf("inject: %v", err)
	}
}

func TestStatusCodes(t *testing.T) {
	_, _, base := serveFake(t)
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string // in the error
	}{
		{"GET", PathHealth, "", 200, ""},
		{"PUT", PathTopology, `{"run": "r", "tiers": []}`, 400, `"tiers"`},
		{"POST", PathFaults, `{"id": "f", "kind": "cut", "pair": [1]}`, 400, `"pair"`},
		{"POST", PathFaults, `{"id": `, 400, "read the request"},
		{"POST", PathFaults, `{"kind": "cut"}`, 422, "needs an id"},
		{"PUT", PathEntry, `{"site": "nantes"}`, 422, "nantes"},
		{"DELETE", PathFaults + "/never", "", 404, "no such fault"},
		{"DELETE", PathFaults, "", 200, ""},
		{"GET", "/v1/nothing", "", 404, ""},
		{"POST", PathHealth, "", 405, ""},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, base+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode != c.status {
			t.Errorf("%s %s: status %d, want %d: %s", c.method, c.path, res.StatusCode, c.status, body)
		}
		var e struct {
			Error string `json:"error"`
		}
		if c.want != "" {
			if err := json.Unmarshal(body, &e); err != nil || !strings.Contains(e.Error, c.want) {
				t.Errorf("%s %s: %s does not tell %s", c.method, c.path, body, c.want)
			}
		}
	}
}

// panicking is an agent with a mistake in it.
type panicking struct{ service }

func (panicking) health() Health { panic("nil map") }

func TestAPanicIsAnAnswerAndTheAgentLives(t *testing.T) {
	srv := httptest.NewServer(wire.Recovered(handler(panicking{})))
	defer srv.Close()
	c := NewClient(srv.URL)
	for range 2 {
		if _, err := c.Health(t.Context()); err == nil || !strings.Contains(err.Error(), "500") || !strings.Contains(err.Error(), "nil map") {
			t.Errorf("got %v", err)
		}
	}
}

func TestTheClientIsBounded(t *testing.T) {
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer srv.Close()
	defer close(release)
	c := NewClient(srv.URL)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := c.Health(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

func TestAServerThatIsNoAgent(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }))
	defer srv.Close()
	if _, err := NewClient(srv.URL).Health(t.Context()); err == nil {
		t.Error("a page is taken for health")
	}
	srv.Close()
	if err := NewClient(srv.URL).SetEntry(t.Context(), "lyon"); err == nil || errors.Is(err, ErrNoFault) {
		t.Errorf("nobody answers: %v", err)
	}
}
