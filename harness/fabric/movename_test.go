package fabric

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// A name that is moved leads everyone who may ask for it to the new provider,
// each on a link of its own, and nobody else.
func TestANameThatIsMoved(t *testing.T) {
	r := newResolver(twoSites(), func(Observation) {})
	answered := func(consumer int, name string) (addrs []string) {
		m, _ := r.answer(consumer, new(dns.Msg).SetQuestion(name, dns.TypeA))
		for _, rr := range m.Answer {
			addrs = append(addrs, rr.(*dns.A).A.String())
			if rr.Header().Ttl != answerTTL || answerTTL != 5 {
				t.Errorf("%s is told for %d s, want 5", name, rr.Header().Ttl)
			}
		}
		return addrs
	}
	r.lead(NameMove{Name: "DB.", Providers: []int{4}})
	for _, c := range []struct {
		consumer int
		name     string
		want     []string
	}{
		{1, "db.", []string{"198.18.1.4"}}, // at the other site now
		{3, "db.", []string{"198.18.3.4"}}, // as before
		{4, "primary.example.", []string{"198.18.4.2", "198.18.4.1"}},
		{1, "orders.", nil}, // which this one may not ask for
	} {
		if got := answered(c.consumer, c.name); !slices.Equal(got, c.want) {
			t.Errorf("%d asks for %s: %v, want %v", c.consumer, c.name, got, c.want)
		}
	}
}

// The topology that is in force is the one that is restored: it knows of the
// move, and the one before stays as it was.
func TestTheTopologyKnowsOfAMove(t *testing.T) {
	before := twoSites()
	after, err := before.Moved(NameMove{Name: "db", Providers: []int{4}})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(before, twoSites()) {
		t.Error("the topology before the move has changed")
	}
	for i, want := range [][]int{{4}, {4}, {1}, {2, 1}} {
		if !slices.Equal(after.Names[i].Providers, want) {
			t.Errorf("name %d leads to %v, want %v", i, after.Names[i].Providers, want)
		}
	}
	for words, m := range map[string]NameMove{
		"nobody may ask for it":  {Name: "nothing", Providers: []int{4}},
		"no member 9":            {Name: "db", Providers: []int{4, 9}},
		"it is to lead nowhere;": {Name: "db"},
	} {
		if _, err := before.Moved(m); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%+v: %v, want %q", m, err, words)
		}
	}
}

func TestAMoveGoesThroughTheAPI(t *testing.T) {
	f, c, _ := serveFake(t)
	if _, err := c.PutTopology(t.Context(), twoSites()); err != nil {
		t.Fatal(err)
	}
	m := NameMove{Name: "db", Providers: []int{4}}
	if err := c.MoveName(t.Context(), m); err != nil || !reflect.DeepEqual(f.moved, m) {
		t.Errorf("moved %+v, %v", f.moved, err)
	}
	if err := c.MoveName(t.Context(), NameMove{Name: "nothing", Providers: []int{4}}); err == nil || !strings.Contains(err.Error(), "nobody may ask for it") {
		t.Errorf("an unknown name: %v", err)
	}
}
