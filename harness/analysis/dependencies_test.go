package analysis

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bascule/harness/history"
)

// failedOver is a world with a map: Paris is lost at 10 s and Lyon takes over at
// 14 s, for as long as the load lasts.
func failedOver() *world {
	w := calm()
	h := &w.h.Header
	h.Sites = append(h.Sites, history.Site{ID: "bank", Title: "Banque", Role: history.RoleThirdParty})
	for _, site := range []string{"paris", "lyon"} {
		for _, name := range []string{"front", "app", "db", "mail"} {
			h.Services = append(h.Services, history.Service{Site: site, Name: name, Instance: 1})
		}
		h.Declared = append(h.Declared, history.Declared{From: site + "/front", To: site + "/app", By: history.ByCompose})
	}
	h.Services = append(h.Services, history.Service{Site: "bank", Name: "acquirer", Instance: 1})
	h.Functions[0].Services = []string{"app", "db", "acquirer"}
	h.Functions[0].Owner = history.Text{FR: "ventes", EN: "sales"}
	h.Declared = append(h.Declared,
		history.Declared{From: "lyon/db", To: "paris/db", Name: "db.paris", Ports: []int{5432}, By: history.ByFlow},
		history.Declared{From: "paris/db", To: "lyon/db", Name: "db.lyon", Ports: []int{5432}, By: history.ByFlow},
		history.Declared{From: "paris/app", To: "bank/acquirer", Name: "acquirer", Ports: []int{8080}, By: history.ByFlow},
		history.Declared{From: "lyon/app", To: "smtp.example.com", Ports: []int{25}, By: history.ByDependencies},
	)
	w.event(10*sec, history.FaultInjecting, "f1", "fault", "site-lost", "target", "paris").event(10*sec, history.FaultInjected, "f1").event(10*sec, history.FaultBiting, "f1")
	w.event(10*sec, history.SiteState, "paris", "state", "lost")
	w.event(14*sec, history.EntrySwitched, "lyon", "from", "paris").event(14*sec, history.SiteState, "lyon", "state", "active")
	return w.used(1400*ms, "lyon/front/1", "lyon/app/1", 8080, 1, 1).used(5*sec, "paris/front/1", "paris/app/1", 8080, 5, 5)
}

// used records the use of a link by TCP: sums up to an instant.
func (w *world) used(at time.Duration, from, to string, port, connections, answered int) *world {
	return w.link(at, from, to, "tcp", port, connections, answered, 0, 0)
}

func (w *world) link(at time.Duration, from, to, proto string, port, connections, answered, refused, lost int, more ...string) *world {
	return w.event(at, history.Observed, from, append([]string{"what", "link", "to", to, "proto", proto, "port", fmt.Sprint(port), "connections", fmt.Sprint(connections),
		"answered", fmt.Sprint(answered), "refused", fmt.Sprint(refused), "lost", fmt.Sprint(lost)}, more...)...)
}

func (w *world) asked(at time.Duration, from, name, kind, answer string, n int) *world {
	return w.event(at, history.Observed, from, "what", "dns", "name", name, "type", kind, "answer", answer, "count", fmt.Sprint(n))
}

func (w *world) stray(at time.Duration, from, dst, to string, n int) *world {
	return w.event(at, history.Observed, from, "what", "flow", "dst", dst, "port", "443", "proto", "tcp", "count", fmt.Sprint(n), "to", to)
}

// seen is the dependencies that are not in order, and those that were asked for,
// as "from -> to: classes".
func seen(r Result) []string {
	var out []string
	for _, d := range r.Dependencies.List {
		var classes []string
		for _, c := range d.Classes {
			classes = append(classes, string(c))
		}
		out = append(out, d.ends()+": "+strings.Join(classes, " "))
	}
	return out
}

func TestClassesOfDependencies(t *testing.T) {
	for name, c := range map[string]struct {
		play func(*world)
		want string // of the dependency that the play adds
	}{
		"in order, by a function":                      {func(w *world) { w.used(20*sec, "lyon/app/1", "lyon/db/1", 5432, 3, 3) }, "lyon/app -> lyon/db:5432: "},
		"in order, by a flow":                          {func(w *world) { w.used(5*sec, "lyon/db/1", "paris/db/1", 5432, 1, 1) }, "lyon/db -> paris/db:5432: "},
		"undeclared within a site":                     {func(w *world) { w.used(5*sec, "paris/app/1", "paris/mail/1", 25, 3, 3) }, "paris/app -> paris/mail:25: undeclared"},
		"a port that its flow does not have":           {func(w *world) { w.used(5*sec, "lyon/db/1", "paris/db/1", 22, 1, 1) }, "lyon/db -> paris/db:22: undeclared"},
		"a third party without a flow":                 {func(w *world) { w.asked(20*sec, "lyon/app/1", "acquirer", "A", "NXDOMAIN", 4) }, "lyon/app -> acquirer: missing"},
		"a name in vain before the loss":               {func(w *world) { w.asked(5*sec, "lyon/app/1", "audit", "A", "NXDOMAIN", 4) }, "lyon/app -> audit: unresolved"},
		"a name in vain on the site that was lost":     {func(w *world) { w.asked(5*sec, "paris/app/1", "audit", "A", "NXDOMAIN", 4) }, "paris/app -> audit: unresolved"},
		"a name declared to be outside":                {func(w *world) { w.asked(20*sec, "lyon/app/1", "smtp.example.com", "A", "NXDOMAIN", 4) }, "lyon/app -> smtp.example.com: outside"},
		"an address of the lost site":                  {func(w *world) { w.stray(20*sec, "lyon/app/1", "10.9.1.4", "paris/db/1", 4) }, "lyon/app -> 10.9.1.4:443: missing hidden-cross-site undeclared"},
		"an address of nobody, before":                 {func(w *world) { w.stray(5*sec, "lyon/app/1", "203.0.113.9", "", 4) }, "lyon/app -> 203.0.113.9:443: undeclared"},
		"refused, and never answered":                  {func(w *world) { w.link(20*sec, "lyon/app/1", "lyon/db/1", "tcp", 5432, 3, 0, 3, 0) }, "lyon/app -> lyon/db:5432: missing"},
		"refused at first, answered then":              {func(w *world) { w.link(20*sec, "lyon/app/1", "lyon/db/1", "tcp", 5432, 3, 1, 2, 0) }, "lyon/app -> lyon/db:5432: "},
		"silent before the loss only":                  {func(w *world) { w.link(5*sec, "lyon/app/1", "lyon/db/1", "tcp", 5432, 3, 0, 0, 0) }, "lyon/app -> lyon/db:5432: "},
		"replication that is tried until the failover": {func(w *world) { w.link(12*sec, "lyon/db/1", "paris/db/1", "tcp", 5432, 0, 0, 0, 4) }, "lyon/db -> paris/db:5432: "},
		"replication that is tried for ever": {func(w *world) {
			w.link(20*sec, "lyon/db/1", "paris/db/1", "tcp", 5432, 0, 0, 0, 4).link(24*sec, "lyon/db/1", "paris/db/1", "tcp", 5432, 0, 0, 0, 9)
		}, "lyon/db -> paris/db:5432: missing hidden-cross-site"},
		"tried for ever by canaries of ours": {func(w *world) {
			w.link(20*sec, "lyon/db/1", "paris/db/1", "tcp", 5432, 0, 0, 0, 4, "probed", "true").link(24*sec, "lyon/db/1", "paris/db/1", "tcp", 5432, 0, 0, 0, 9, "probed", "true")
		}, "lyon/db -> paris/db:5432: "},
		"datagrams that want no answer": {func(w *world) { w.link(20*sec, "lyon/app/1", "lyon/db/1", "udp", 9, 3, 0, 0, 0) }, "lyon/app -> lyon/db:9: "},
		"datagrams that are refused":    {func(w *world) { w.link(20*sec, "lyon/app/1", "lyon/db/1", "udp", 9, 3, 0, 3, 0) }, "lyon/app -> lyon/db:9: missing"},
		"an answer that a fault made": {func(w *world) {
			w.event(20*sec, history.Observed, "lyon/app/1", "what", "dns", "name", "db", "answer", "NXDOMAIN", "forced", "true", "count", "3")
		}, ""},
		"a late packet of the fabric":   {func(w *world) { w.stray(20*sec, "lyon/app/1", "198.18.3.4", "", 4) }, ""},
		"instances of one service":      {func(w *world) { w.used(20*sec, "lyon/app/1", "lyon/app/2", 7000, 3, 3) }, ""},
		"a job speaks as its service":   {func(w *world) { w.used(5*sec, "paris/app/(job)", "paris/db/1", 5432, 1, 1) }, "paris/app -> paris/db:5432: "},
		"a name alone, of its own site": {func(w *world) { w.asked(5*sec, "paris/app/1", "mail", "A", "NOERROR", 2) }, "paris/app -> paris/mail: "},
		"a name alone, of a flow, for ever": {func(w *world) {
			w.asked(20*sec, "lyon/db/1", "db.paris", "A", "NOERROR", 2).asked(22*sec, "lyon/db/1", "db.paris", "A", "NOERROR", 6)
		}, "lyon/db -> paris/db: missing hidden-cross-site"},
	} {
		w := failedOver()
		base := seen(w.analyze())
		c.play(w)
		var got []string
		for _, s := range seen(w.analyze()) {
			if !slices.Contains(base, s) {
				got = append(got, s)
			}
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// The worst is first in every list.
func TestTheWorstWeighsMost(t *testing.T) {
	last := len(classes) + 1
	for _, c := range classes {
		if n := weight(Dependency{Classes: []Class{c}}); n >= last || n <= 0 {
			t.Errorf("%s weighs %d, what is worse %d", c, n, last)
		} else {
			last = n
		}
	}
	if n := weight(Dependency{}); n != 0 {
		t.Errorf("nothing wrong weighs %d", n)
	}
}

func TestAFaultInForceExplains(t *testing.T) {
	play := func(kind, target string, from, to time.Duration) string {
		w := failedOver().event(from, history.FaultInjecting, "f2", "fault", kind, "target", target).event(from, history.FaultInjected, "f2").event(to, history.FaultRecovered, "f2")
		w.link(20*sec, "lyon/app/1", "lyon/db/1", "tcp", 5432, 3, 0, 3, 0)
		for _, d := range w.analyze().Dependencies.List {
			if d.To == "lyon/db" {
				return fmt.Sprint(d.Classes)
			}
		}
		return "not seen"
	}
	for name, c := range map[string]struct{ got, want string }{
		"of the provider":    {play("crash", "lyon/db/1", 18*sec, 22*sec), "[explained]"},
		"of the link":        {play("cut", "lyon/app -> lyon/db", 18*sec, 22*sec), "[explained]"},
		"just repaired":      {play("crash", "lyon/db", 15*sec, 19*sec), "[explained]"},
		"long repaired":      {play("crash", "lyon/db", 11*sec, 12*sec), "[missing]"},
		"of somebody else":   {play("crash", "lyon/mail", 18*sec, 22*sec), "[missing]"},
		"of the other way":   {play("cut", "lyon/db -> lyon/app", 18*sec, 22*sec), "[missing]"},
		"of all its links":   {play("cut", "lyon/db -> lyon/db", 18*sec, 22*sec), "[explained]"},
		"of everybody":       {play("refuse", "* -> lyon/db", 18*sec, 22*sec), "[explained]"},
		"not yet":            {play("crash", "lyon/db", 30*sec, 32*sec), "[missing]"},
		"of the whole place": {play("site-isolated", "lyon", 18*sec, 22*sec), "[explained]"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", name, c.got, c.want)
		}
	}
	// A fault of names leads a consumer to another provider: that is no dependency
	// that anybody forgot.
	w := failedOver().event(4*sec, history.FaultInjecting, "f2", "fault", "dns-wrong", "target", "paris/app").event(4*sec, history.FaultInjected, "f2").event(8*sec, history.FaultRecovered, "f2")
	w.used(6*sec, "paris/app/1", "paris/mail/1", 5432, 3, 3)
	if finding(w.analyze(), "undeclared-dependency") {
		t.Error("a consumer that was led astray has a dependency")
	}
}

func TestUnusedIsSaidOfThoseThatHadTheOccasion(t *testing.T) {
	unused := func(w *world) []string {
		var out []string
		for _, d := range w.analyze().Dependencies.List {
			if d.Is(Unused) {
				out = append(out, d.ends())
			}
		}
		return out
	}
	// Lyon served and stood by; Paris never stood by, and what it would do then is
	// not known. The front of Lyon used its app at the start-up.
	if got := unused(failedOver()); !slices.Equal(got, []string{"lyon/app -> smtp.example.com", "lyon/db -> paris/db", "paris/app -> bank/acquirer"}) {
		t.Errorf("%v", got)
	}
	w := failedOver()
	w.noLoad = true
	w.h.Events = slices.DeleteFunc(w.h.Events, func(e history.Event) bool { return e.Kind == history.LoadStarted })
	if got := unused(w); len(got) > 0 {
		t.Errorf("without a load: %v", got)
	}
	still := calm()
	still.h.Header = failedOver().h.Header
	still.used(5*sec, "paris/front/1", "paris/app/1", 8080, 5, 5)
	if got := unused(still); !slices.Equal(got, []string{"paris/app -> bank/acquirer"}) {
		t.Errorf("without a failover: %v", got)
	}
	old := failedOver()
	old.h.Events = slices.DeleteFunc(old.h.Events, func(e history.Event) bool { return e.Kind == history.Observed })
	if got := unused(old); len(got) > 0 {
		t.Errorf("a record without the use of links: %v", got)
	}
}

func TestHabitsAreCollapsedAndNotHidden(t *testing.T) {
	w := failedOver()
	w.asked(5*sec, "paris/app/1", "db", "A", "NOERROR", 3).asked(5*sec, "paris/app/1", "db", "AAAA", "NOERROR", 3)
	w.asked(5*sec, "paris/app/1", "_postgresql._tcp.db", "SRV", "NXDOMAIN", 1)
	for i, name := range []string{"4.0.9.10.in-addr.arpa", "localhost", "printer.local", "wpad.corp", "o1.ingest.sentry.io", "telemetry.vendor.io", "0123456789ab"} {
		w.asked(time.Duration(5+i)*sec, "lyon/app/1", name, "A", "NXDOMAIN", 2)
	}
	w.asked(5*sec, "lyon/app/1", "db", "A", "NOERROR", 1).asked(5*sec, "lyon/app/1", "mail", "A", "NOERROR", 1)
	w.asked(5*sec, "lyon/app/1", "db.corp.example", "A", "NXDOMAIN", 1).asked(5*sec, "lyon/app/1", "mail.corp.example", "A", "NXDOMAIN", 1)
	w.event(5*sec, history.Observed, "lyon/app/1", "what", "flow", "dst", "224.0.0.251", "port", "5353", "proto", "udp", "count", "2")
	r := w.analyze()
	var kinds []string
	for _, h := range r.Dependencies.Habits {
		kinds = append(kinds, h.Kind)
		if h.Text.FR == "" || h.Text.EN == "" || h.Count == 0 || len(h.Names) == 0 {
			t.Errorf("%+v", h)
		}
	}
	if want := []string{habitTypes, habitReverse, habitLocal, habitSearch, habitProxy, habitTelemetry, habitLinkLocal}; !slices.Equal(kinds, want) {
		t.Errorf("habits %v, want %v", kinds, want)
	}
	for _, d := range r.Dependencies.List {
		if d.Is(Unresolved) || d.Is(Missing) || d.How == ByAddress {
			t.Errorf("no habit, it seems: %+v", d)
		}
	}
	// Answered lookups of anything but an address are habits, too.
	w = failedOver().asked(5*sec, "paris/app/1", "4.0.9.10.in-addr.arpa", "PTR", "NOERROR", 3).asked(5*sec, "paris/app/1", "db", "A", "NOERROR", 2).asked(6*sec, "paris/app/1", "db", "AAAA", "NOERROR", 4)
	counts := map[string]int{}
	for _, h := range w.asked(7*sec, "paris/app/1", "acquirer", "HTTPS", "NOERROR", 5).analyze().Dependencies.Habits {
		counts[h.Kind] = h.Count
	}
	if len(counts) != 2 || counts[habitReverse] != 3 || counts[habitTypes] != 4 {
		t.Errorf("counts %v: a name of which no address was asked is no habit", counts)
	}
	// What looks like one and may be somebody's name is none.
	for _, name := range []string{"db.paris", "home", "local.example.com", "db.example.com"} {
		w := failedOver().asked(5*sec, "lyon/app/1", "db", "A", "NOERROR", 1).asked(5*sec, "lyon/app/1", name, "A", "NXDOMAIN", 1)
		if !finding(w.analyze(), "unresolved-name") {
			t.Errorf("%s was taken for a habit", name)
		}
	}
}

func TestPhasesOfDependencies(t *testing.T) {
	w := failedOver().down("refuse", 10*sec, 15*sec)
	w.used(1400*ms, "paris/app/1", "paris/db/1", 1, 1, 1)
	w.used(6*sec, "paris/app/1", "paris/db/1", 2, 1, 1)
	w.used(13*sec, "lyon/app/1", "lyon/db/1", 3, 1, 1).used(20*sec, "lyon/app/1", "lyon/db/1", 3, 2, 2)
	for _, d := range w.analyze().Dependencies.List {
		want := map[int][]string{1: {"start-up"}, 2: {"before"}, 3: {"failing", "recovered"}}[d.Port]
		if want != nil && !slices.Equal(d.Phases, want) {
			t.Errorf("port %d: %v, want %v", d.Port, d.Phases, want)
		}
	}
}

// What is declared with ports covers these and no others; what was never used is
// told with its port where there is one.
func TestDeclaredPorts(t *testing.T) {
	class := func(w *world, to string, port int) string {
		for _, d := range w.analyze().Dependencies.List {
			if d.From == "paris/app" && d.To == to && d.Port == port {
				return plain(d.Text.EN)
			}
		}
		return "none"
	}
	declared := func(ports ...int) *world {
		w := failedOver()
		w.h.Header.Declared = append(w.h.Header.Declared, history.Declared{From: "paris/app", To: "paris/mail", Name: "mail", Ports: ports, By: history.ByFlow})
		return w
	}
	if got := class(declared(25).used(5*sec, "paris/app/1", "paris/mail/1", 25, 3, 3), "paris/mail", 25); got != "" && got != "none" {
		t.Errorf("the declared port: %q", got)
	}
	if got := class(declared(25).used(5*sec, "paris/app/1", "paris/mail/1", 587, 3, 3), "paris/mail", 587); !strings.Contains(got, "a port that is not declared") {
		t.Errorf("another port: %q", got)
	}
	if got := class(failedOver().used(5*sec, "paris/app/1", "paris/mail/1", 587, 3, 3), "paris/mail", 587); !strings.Contains(got, "which nothing declares") {
		t.Errorf("nothing declared: %q", got)
	}
	if got := class(declared(25), "paris/mail", 25); !strings.Contains(got, "never used it under load") {
		t.Errorf("never used: %q", got)
	}
	if got := class(declared(25, 587), "paris/mail", 0); !strings.Contains(got, "never used it under load") {
		t.Errorf("never used, of two ports: %q", got)
	}
}

// A name that is declared to lead outside counts as used where it was asked for.
func TestANameOutsideThatIsAskedForIsUsed(t *testing.T) {
	unused := func(w *world) bool {
		return slices.ContainsFunc(w.analyze().Dependencies.List, func(d Dependency) bool { return d.Is(Unused) && d.To == "smtp.example.com" })
	}
	if !unused(failedOver()) || unused(failedOver().asked(20*sec, "lyon/app/1", "smtp.example.com", "A", "NXDOMAIN", 1)) || !unused(failedOver().asked(20*sec, "lyon/app/1", "smtp.example.org", "A", "NXDOMAIN", 1)) {
		t.Error("not so")
	}
}

func TestWordsOfWhatIsMissing(t *testing.T) {
	told := func(w *world, words string) {
		t.Helper()
		list := w.analyze().Dependencies.List
		if !slices.ContainsFunc(list, func(d Dependency) bool { return strings.HasPrefix(plain(d.Text.EN), words) }) {
			t.Errorf("nothing says %q: %+v", words, list)
		}
	}
	told(failedOver().link(20*sec, "lyon/app/1", "lyon/db/1", "tcp", 5432, 4, 0, 4, 0), "lyon/app did not get lyon/db")
	told(failedOver().used(20*sec, "lyon/db/1", "paris/db/1", 5432, 4, 4), "lyon/db still uses paris/db")
}

func TestWhoAsksForAName(t *testing.T) {
	b := &needs{edges: []*edge{{edgeKey: edgeKey{from: "a", to: "x", how: ByUnknown}}, {edgeKey: edgeKey{from: "a", to: "z", how: ByAddress}}}, lookups: []*edge{{edgeKey: edgeKey{from: "a", to: "y", how: ByName}}}}
	for _, c := range []struct {
		from, name string
		want       bool
	}{{"a", "x", true}, {"a", "y", true}, {"a", "z", false}, {"b", "x", false}, {"a", "w", false}} {
		if got := b.asks(c.from, c.name); got != c.want {
			t.Errorf("%s asks for %s: %v", c.from, c.name, got)
		}
	}
}

// A lookup asks for addresses of both kinds: it is one all the same, and the name
// belongs to the link that was used.
func TestLookupsAreCountedOnce(t *testing.T) {
	of := func(w *world, to string) (out []Dependency) {
		for _, d := range w.analyze().Dependencies.List {
			if d.From == "lyon/app" && d.To == to {
				out = append(out, d)
			}
		}
		return out
	}
	w := failedOver().asked(20*sec, "lyon/app/1", "audit", "A", "NXDOMAIN", 4).asked(20*sec, "lyon/app/1", "audit", "AAAA", "NXDOMAIN", 4)
	if got := of(w, "audit"); len(got) != 1 || got[0].Lookups != 4 {
		t.Errorf("in vain: %+v", got)
	}
	w = failedOver().asked(20*sec, "lyon/app/1", "db", "A", "NOERROR", 3).asked(20*sec, "lyon/app/1", "db", "AAAA", "NOERROR", 3)
	w.used(20*sec, "lyon/app/1", "lyon/db/1", 5432, 2, 2)
	if got := of(w, "lyon/db"); len(got) != 1 || got[0].Lookups != 3 || got[0].Tried != 2 || !slices.Equal(got[0].Names, []string{"db"}) {
		t.Errorf("used: %+v", got)
	}
}

// What declares a dependency that was never used is told, each once.
func TestWhoDeclaresWhatIsUnused(t *testing.T) {
	w := failedOver()
	for _, by := range []history.Source{history.ByFlow, history.ByCompose, history.ByFlow} {
		w.h.Header.Declared = append(w.h.Header.Declared, history.Declared{From: "paris/app", To: "paris/mail", By: by})
	}
	for _, d := range w.analyze().Dependencies.List {
		if d.From == "paris/app" && d.To == "paris/mail" {
			if !d.Is(Unused) || !slices.Equal(d.Declared, []history.Source{history.ByFlow, history.ByCompose}) {
				t.Errorf("%+v", d)
			}
			return
		}
	}
	t.Error("it is not told")
}

// How much a dependency matters.
func TestTheFindingOfADependency(t *testing.T) {
	for _, c := range []struct {
		how            Way
		classes        []Class
		code, severity string
	}{
		{ByVolume, []Class{Missing}, "shared-volume", serious},
		{ByAddress, []Class{Missing, Undeclared}, "undeclared-flow", serious},
		{ByAddress, []Class{Hidden, Undeclared}, "undeclared-flow", serious},
		{ByAddress, []Class{Undeclared}, "undeclared-flow", minor},
		{ByName, []Class{Hidden, Missing}, "needs-lost-site", serious},
		{ByName, []Class{Hidden, Undeclared}, "hidden-cross-site", serious},
		{ByName, []Class{Missing, Undeclared}, "missing-dependency", serious},
		{ByName, []Class{Undeclared, Unresolved}, "undeclared-dependency", minor},
		{ByName, []Class{Unresolved}, "unresolved-name", minor},
		{ByName, []Class{Unused}, "unused-dependency", info},
		{ByName, []Class{Outside}, "", ""},
		{ByName, nil, "", ""},
	} {
		d := Dependency{How: c.how, Classes: c.classes}
		if code, severity := d.code(); code != c.code || severity != c.severity {
			t.Errorf("%s %v: %s %s, want %s %s", c.how, c.classes, code, severity, c.code, c.severity)
		}
	}
}

// Whose address it is: a service's, a site's, nobody's that is known.
func TestWhoseAddressItIs(t *testing.T) {
	for leads, want := range map[string]string{"paris/db/1": " (that is paris/db)", "paris": " (an address of site Paris)", "": " tried to reach 10.9.1.4:443/tcp, "} {
		list := failedOver().stray(20*sec, "lyon/app/1", "10.9.1.4", leads, 4).analyze().Dependencies.List
		if !slices.ContainsFunc(list, func(d Dependency) bool { return d.How == ByAddress && strings.Contains(plain(d.Text.EN), want) }) {
			t.Errorf("%q: nothing says %q: %+v", leads, want, list)
		}
	}
}

// Where service was moved first and a site lost later, the loss is what counts.
func TestALossCountsMoreThanAMove(t *testing.T) {
	b := &needs{windows: []CutOff{{Site: "paris", From: sec, To: 9 * sec, How: "moved"}, {Site: "paris", From: 10 * sec, To: 20 * sec, How: "lost"}, {Site: "paris", From: 21 * sec, To: 30 * sec, How: "fenced"}}}
	asking := func(at ...time.Duration) *edge {
		e := &edge{edgeKey: edgeKey{from: "lyon/app"}}
		for _, d := range at {
			e.touches = append(e.touches, touch{at: d})
		}
		return e
	}
	for _, c := range []struct {
		e    *edge
		want string
	}{
		{asking(5 * sec), "moved"}, {asking(5*sec, 15*sec), "lost"}, {asking(15*sec, 25*sec), "lost"}, {asking(5*sec, 25*sec), "fenced"}, {asking(40 * sec), ""},
	} {
		if w, ok := b.windowOf(c.e); w.How != c.want || ok != (c.want != "") {
			t.Errorf("%+v: %q, %v, want %q", c.e.touches, w.How, ok, c.want)
		}
	}
}
