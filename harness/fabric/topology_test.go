package fabric

import (
	"net/netip"
	"strings"
	"testing"
)

// twoSites is a correct topology: members 1 and 2 in Paris, 3 and 4 in Lyon.
func twoSites() Topology {
	return Topology{
		Run: "r", Stage: "s",
		Sites: []Site{
			{ID: "paris", Subnet: "10.160.0.0/24", Fabric: "10.160.0.2", Gateway: "10.160.0.1"},
			{ID: "lyon", Subnet: "10.160.1.0/24", Fabric: "10.160.1.2", Gateway: "10.160.1.1"},
		},
		Members: []Member{
			{Index: 1, Site: "paris", Service: "orders", Instance: 1, IP: "10.160.0.10"},
			{Index: 2, Site: "paris", Service: "db", Instance: 1, IP: "10.160.0.11"},
			{Index: 3, Site: "lyon", Service: "orders", Instance: 1, IP: "10.160.1.10"},
			{Index: 4, Site: "lyon", Service: "db", Instance: 1, IP: "10.160.1.11"},
		},
		Names: []Name{
			{Name: "db", Consumers: []int{1, 2}, Providers: []int{2}},
			{Name: "db", Consumers: []int{3, 4}, Providers: []int{4}},
			{Name: "orders", Consumers: []int{2}, Providers: []int{1}},
			{Name: "Primary.Example", Consumers: []int{4}, Providers: []int{2, 1}},
		},
		Entry:  Entry{Port: 8080, Target: 80, Providers: map[string]int{"paris": 1, "lyon": 3}, Site: "paris"},
		Doors:  []Door{{Port: 15000, Member: 2, Target: 5432}},
		Shaped: []Pair{{From: 1, To: 2}},
	}
}

func TestACorrectTopologyIsAccepted(t *testing.T) {
	if err := twoSites().Validate(); err != nil {
		t.Error(err)
	}
}

func TestEachMistakeOfATopologyIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*Topology)
		want  []string // parts of the message
	}{
		"no CIDR":               {func(t *Topology) { t.Sites[0].Subnet = "10.160.0.0" }, []string{`"paris"`, `"10.160.0.0"`, "CIDR"}},
		"IPv6":                  {func(t *Topology) { t.Sites[0].Subnet = "fd00::/64" }, []string{`"paris"`, "IPv4"}},
		"gateway elsewhere":     {func(t *Topology) { t.Sites[1].Gateway = "10.160.0.1" }, []string{`"lyon"`, "gateway", `"10.160.0.1"`, "10.160.1.0/24"}},
		"fabric is no address":  {func(t *Topology) { t.Sites[1].Fabric = "" }, []string{`"lyon"`, "fabric address"}},
		"overlapping sites":     {func(t *Topology) { t.Sites[1].Subnet = "10.160.0.0/16" }, []string{"overlap", `"paris"`, `"lyon"`}},
		"index 0":               {func(t *Topology) { t.Members[0].Index = 0 }, []string{"paris/orders/1", "index 0", "1 to 254"}},
		"index of the outside":  {func(t *Topology) { t.Members[0].Index = Outside }, []string{"index 255"}},
		"index twice":           {func(t *Topology) { t.Members[1].Index = 1 }, []string{"index 1", "twice"}},
		"member of no site":     {func(t *Topology) { t.Members[2].Site = "nantes" }, []string{"member 3", `"nantes"`}},
		"member elsewhere":      {func(t *Topology) { t.Members[2].IP = "10.160.0.12" }, []string{"member 3", `"10.160.0.12"`, `"lyon"`}},
		"member has no address": {func(t *Topology) { t.Members[2].IP = "somewhere" }, []string{"member 3", `"somewhere"`}},
		"empty name":            {func(t *Topology) { t.Names[0].Name = "" }, []string{"name is empty"}},
		"consumer unknown":      {func(t *Topology) { t.Names[0].Consumers = []int{9} }, []string{"name db", "member 9"}},
		"provider unknown":      {func(t *Topology) { t.Names[2].Providers = []int{8} }, []string{"name orders", "member 8"}},
		"entry to nobody":       {func(t *Topology) { t.Entry.Providers["lyon"] = 7 }, []string{"entry", "lyon", "member 7"}},
		"entry at no site":      {func(t *Topology) { t.Entry.Site = "nantes" }, []string{"entry", `"nantes"`}},
		"door to nobody":        {func(t *Topology) { t.Doors[0].Member = 6 }, []string{"door 15000", "member 6"}},
		"shaped from nobody":    {func(t *Topology) { t.Shaped[0].From = 5 }, []string{"shaped", "member 5"}},
		"several at once": {func(t *Topology) { t.Doors[0].Member = 6; t.Entry.Site = "nantes"; t.Names[0].Name = "" },
			[]string{"door 15000", `"nantes"`, "name is empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			top := twoSites()
			c.spoil(&top)
			err := top.Validate()
			if err == nil {
				t.Fatal("accepted")
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the message does not hold %s:\n%v", part, err)
				}
			}
		})
	}
}

// Of the fields that expand gives, as text: "1>2" for consumer to virtual
// address, "2<1" for the provider's answers, ">2" for traffic from outside.
func reached(t *testing.T, f Fault) map[string]bool {
	t.Helper()
	top := twoSites()
	r, err := expand(top, f)
	if err != nil {
		t.Fatal(err)
	}
	index := map[netip.Addr]string{}
	for _, m := range top.Members {
		index[netip.MustParseAddr(m.IP)] = string(rune('0' + m.Index))
	}
	got := map[string]bool{}
	for w := range r.ways {
		d := w.dst.As4()
		if d[1] == 19 {
			to := string(rune('0' + d[3]))
			if d[3] == Outside {
				to = "out"
			}
			got[index[w.src]+"<"+to] = true
			continue
		}
		if index[w.src] != string(rune('0'+d[2])) {
			t.Errorf("%s sends to %s, a link of another", w.src, w.dst)
		}
		got[index[w.src]+">"+string(rune('0'+d[3]))] = true
	}
	for ip := range r.inward {
		got["out>"+index[ip]] = true
	}
	return got
}

func TestWhatAFaultReaches(t *testing.T) {
	for name, c := range map[string]struct {
		fault   Fault
		want    string
		without string
	}{
		"a link":              {Fault{Pairs: []Pair{{1, 2}}}, "1>2 2<1", "2>1 1<2 3>4 out>2"},
		"one way":             {Fault{Pairs: []Pair{{1, 2}}, Direction: There}, "1>2", "2<1"},
		"the way back":        {Fault{Pairs: []Pair{{1, 2}, {2, 1}}}, "1>2 2<1 2>1 1<2", "1>3"},
		"anybody to a member": {Fault{Pairs: []Pair{{0, 2}}}, "1>2 3>2 4>2 2<1 2<3 2<4 out>2 2<out", "2>1 2>3 out>1 1<2"},
		"a member to anybody": {Fault{Pairs: []Pair{{1, 0}}}, "1>2 1>3 1>4 2<1 3<1 4<1", "2>1 1<2 out>1"},
		"outside to a member": {Fault{Pairs: []Pair{{Outside, 2}}}, "out>2 2<out", "1>2 2<1 out>1"},
		"outside to anybody":  {Fault{Pairs: []Pair{{Outside, 0}}}, "out>1 out>2 out>3 out>4 1<out 4<out", "1>2"},
		"a site": {Fault{Site: "lyon"}, "3>1 1<3 1>3 3<1 2>4 4<2 4>2 2<4 out>3 out>4 3<out 4<out",
			"1>2 2<1 3>4 4<3 out>1 1<out"},
		"one way back":                     {Fault{Pairs: []Pair{{1, 2}}, Direction: Back}, "2<1", "1>2 2>1"},
		"from outside, there":              {Fault{Pairs: []Pair{{Outside, 2}}, Direction: There}, "out>2", "2<out"},
		"what a site sends":                {Fault{Site: "lyon", Direction: There}, "3>1 3>2 4>1 3<1 4<2 3<out 4<out", "1>3 1<3 2<4 out>3 3>4 4<3"},
		"what is sent to a site":           {Fault{Site: "lyon", Direction: Back}, "1>3 2>4 1<3 2<4 out>3 out>4", "3>1 3<1 3<out 1>2 4>3"},
		"a site and another":               {Fault{Site: "lyon", Toward: "paris"}, "3>1 1<3 1>3 3<1", "out>3 3<out 3>4"},
		"what a site sends to another one": {Fault{Site: "lyon", Toward: "paris", Direction: There}, "3>1 3<1", "1>3 1<3 out>3 3<out"},
	} {
		t.Run(name, func(t *testing.T) {
			c.fault.ID, c.fault.Kind = "f", Cut
			got := reached(t, c.fault)
			for _, w := range strings.Fields(c.want) {
				if !got[w] {
					t.Errorf("%s is spared", w)
				}
			}
			for _, w := range strings.Fields(c.without) {
				if got[w] {
					t.Errorf("%s is touched", w)
				}
			}
		})
	}
}

func TestAFaultOfNothingIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		fault Fault
		want  string
	}{
		"no link, no site":    {Fault{}, "no link"},
		"no such site":        {Fault{Site: "nantes"}, `"nantes"`},
		"site and pairs":      {Fault{Site: "lyon", Pairs: []Pair{{1, 2}}}, "at once"},
		"no such other site":  {Fault{Site: "lyon", Toward: "nantes"}, `"nantes"`},
		"no such consumer":    {Fault{Pairs: []Pair{{9, 2}}}, "member 9"},
		"no such provider":    {Fault{Pairs: []Pair{{1, 9}}}, "member 9"},
		"outside as provider": {Fault{Pairs: []Pair{{1, Outside}}}, "255"},
	} {
		t.Run(name, func(t *testing.T) {
			c.fault.ID, c.fault.Kind = "night-7", Cut
			_, err := expand(twoSites(), c.fault)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "night-7") {
				t.Errorf("the error must name the fault and %s: %v", c.want, err)
			}
		})
	}
}
