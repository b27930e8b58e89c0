package containers

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bascule/harness/fabric"
	"bascule/harness/history"
	"bascule/harness/stage"
)

// paperFabric takes moves of names and tells of links what it is told to.
type paperFabric struct {
	moved []fabric.NameMove
	links []fabric.LinkUse
}

func (p *paperFabric) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method + r.URL.Path {
	case "PUT" + fabric.PathNames:
		var m fabric.NameMove
		if json.NewDecoder(r.Body).Decode(&m) == nil {
			p.moved = append(p.moved, m)
		}
		_ = json.NewEncoder(w).Encode(m)
	case "GET" + fabric.PathLinks:
		_ = json.NewEncoder(w).Encode(p.links)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// noted keeps events.
type noted []history.Event

func (n *noted) Event(kind history.Kind, subject string, kv ...string) {
	e := history.Event{Kind: kind, Subject: subject, Attrs: map[string]string{}}
	for i := 0; i+1 < len(kv); i += 2 {
		e.Attrs[kv[i]] = kv[i+1]
	}
	*n = append(*n, e)
}

// namesOfTwo is the stage of two with a fabric on paper, where Paris asks for
// its own db, and its orders for Lyon's under another name.
func namesOfTwo(t *testing.T) (*Target, *paperFabric, *noted) {
	t.Helper()
	p, n := &paperFabric{}, &noted{}
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	x := stageOfTwo()
	x.Stage, x.Rec, x.client = &stage.Stage{ID: "two", Stores: []stage.Store{{ID: "orders-db", Service: "db"}}}, n, fabric.NewClient(srv.URL)
	x.naming.topology = fabric.Topology{
		Members: []fabric.Member{{Index: 1}, {Index: 2}, {Index: 3}, {Index: 4}},
		Names: []fabric.Name{{Name: "db", Consumers: []int{1, 2}, Providers: []int{2}}, {Name: "db", Consumers: []int{3, 4}, Providers: []int{4}},
			{Name: "db.lyon", Consumers: []int{1}, Providers: []int{4}}},
	}
	return x, p, n
}

func TestANameIsSwitchedAndTheFormerLinksAreWatched(t *testing.T) {
	x, p, n := namesOfTwo(t)
	if err := x.SwitchName(t.Context(), "DB", "lyon/db"); err != nil {
		t.Fatal(err)
	}
	if want := []fabric.NameMove{{Name: "DB", Providers: []int{4}}}; !reflect.DeepEqual(p.moved, want) {
		t.Errorf("the fabric was told %+v, want %+v", p.moved, want)
	}
	if e := (*n)[0]; len(*n) != 1 || e.Kind != history.NameSwitched || e.Subject != "DB" || e.Attrs["to"] != "lyon/db" || e.Attrs["from"] != "paris/db" || e.Attrs["ttl_ns"] != "5000000000" {
		t.Errorf("recorded %+v", *n)
	}
	look := func() (out []string) {
		t.Helper()
		for _, e := range x.formerUse(p.links) {
			first := "later"
			if e.Attrs["held_ns"] == "0" {
				first = "first"
			}
			out = append(out, strings.Join([]string{string(e.Kind), e.Subject, e.Attrs["name"], e.Attrs["to"], e.Attrs["proto"], e.Attrs["port"], e.Attrs["tried"], e.Attrs["refused"], first}, " "))
		}
		return out
	}
	p.links = []fabric.LinkUse{{From: 1, To: 2, Proto: "tcp", Port: 5432, Connections: 7, Answered: 7}, {From: 3, To: 2, Proto: "tcp", Port: 5432, Connections: 9}, {From: 1, To: 4, Proto: "tcp", Port: 5432, Connections: 9}}
	if got, want := look(), []string{"link.used paris/orders/1 DB paris/db/1 tcp 5432 7 0 first"}; !slices.Equal(got, want) {
		t.Errorf("first look %q, want %q", got, want)
	}
	if got := look(); got != nil {
		t.Errorf("nothing has changed, and %q is told", got)
	}
	p.links[0].Refused = 3
	if got, want := look(), []string{"link.used paris/orders/1 DB paris/db/1 tcp 5432 10 3 later"}; !slices.Equal(got, want) {
		t.Errorf("a change: %q, want %q", got, want)
	}
	// Led back, the link is in its place again; and to Lyon's there is another name.
	if err := x.SwitchName(t.Context(), "DB", "paris/db"); err != nil {
		t.Fatal(err)
	}
	p.links[0].Connections = 40
	if got := look(); got != nil {
		t.Errorf("led back, and %q is told", got)
	}
	for _, wrong := range [][2]string{{"db", "lyon/nothing"}, {"nothing", "lyon/db"}} {
		if err := x.SwitchName(t.Context(), wrong[0], wrong[1]); err == nil {
			t.Errorf("%v: switched all the same", wrong)
		}
	}
}

// A store is read where the site's name for it leads.
func TestTheStoreOfASiteIsWhereItsNameLeads(t *testing.T) {
	x, _, _ := namesOfTwo(t)
	want := func(when string, paris, lyon string) {
		t.Helper()
		if p, l := x.StoreSite("paris", "orders-db"), x.StoreSite("lyon", "orders-db"); p != paris || l != lyon {
			t.Errorf("%s: Paris is served by the store of %s, Lyon by that of %s; want %s and %s", when, p, l, paris, lyon)
		}
	}
	want("at first", "paris", "lyon")
	for _, to := range []string{"lyon", "paris"} {
		if err := x.SwitchName(t.Context(), "db", to+"/db"); err != nil {
			t.Fatal(err)
		}
		want("db leads to "+to, to, to)
	}
	if got := x.StoreSite("paris", "nothing"); got != "paris" {
		t.Errorf("a store that is not there is read at %s", got)
	}
}

// What a fault refuses never comes to the provider; what the provider refuses
// came there first.
func TestTriesAreCountedOnce(t *testing.T) {
	for _, c := range []struct {
		use  fabric.LinkUse
		want uint64
	}{
		{fabric.LinkUse{Proto: "tcp", Connections: 5, Answered: 3, Refused: 2}, 5},
		{fabric.LinkUse{Proto: "tcp", Connections: 5, Answered: 5, Refused: 4}, 9},
		{fabric.LinkUse{Proto: "tcp", Connections: 5}, 5}, // a dead host
		{fabric.LinkUse{Proto: "tcp", Connections: 5, Answered: 5, Lost: 6}, 11},
		{fabric.LinkUse{Proto: "udp", Connections: 1, Answered: 900}, 1},
	} {
		if got := tried(c.use); got != c.want {
			t.Errorf("%+v: %d, want %d", c.use, got, c.want)
		}
	}
}
