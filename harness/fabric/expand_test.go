package fabric

import (
	"strings"
	"testing"
	"time"
)

func TestAFaultIsCheckedBeforeItIsPutInForce(t *testing.T) {
	link := []Pair{{1, 2}}
	for name, c := range map[string]struct {
		fault Fault
		want  string // "" for none
	}{
		"cut of a site":     {Fault{ID: "f", Kind: Cut, Site: "lyon"}, ""},
		"refusal of a link": {Fault{ID: "f", Kind: Refuse, Pairs: link, OneWay: true}, ""},
		"latency":           {Fault{ID: "f", Kind: Latency, Pairs: link, Latency: time.Second, Jitter: time.Millisecond}, ""},
		"bandwidth":         {Fault{ID: "f", Kind: Bandwidth, Pairs: link, RateKBps: 1}, ""},
		"reset":             {Fault{ID: "f", Kind: Reset, Pairs: link, ExpiresIn: time.Second}, ""},

		"no id":              {Fault{Kind: Cut, Site: "lyon"}, "needs an id"},
		"endless id":         {Fault{ID: strings.Repeat("f", 300), Kind: Cut, Site: "lyon"}, "200"},
		"unknown kind":       {Fault{ID: "f", Kind: "melt", Pairs: link}, `"melt"`},
		"expired already":    {Fault{ID: "f", Kind: Cut, Pairs: link, ExpiresIn: -1}, "expires"},
		"no latency":         {Fault{ID: "f", Kind: Latency, Pairs: link}, "1ms"},
		"negative jitter":    {Fault{ID: "f", Kind: Latency, Pairs: link, Latency: time.Second, Jitter: -1}, "jitter"},
		"no rate":            {Fault{ID: "f", Kind: Bandwidth, Pairs: link}, "KB/s"},
		"latency of a site":  {Fault{ID: "f", Kind: Latency, Site: "lyon", Latency: time.Second}, "links"},
		"reset of a site":    {Fault{ID: "f", Kind: Reset, Site: "lyon"}, "links"},
		"of nothing":         {Fault{ID: "f", Kind: Cut}, "no link and no site"},
		"of a site and more": {Fault{ID: "f", Kind: Cut, Site: "lyon", Pairs: link}, "at once"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.fault.check()
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("want %q in: %v", c.want, err)
			}
		})
	}
}

func TestAnyToAnyMeansEveryLink(t *testing.T) {
	got := reached(t, Fault{ID: "f", Pairs: []Pair{{0, 0}}})
	for _, w := range strings.Fields("1>2 2<1 4>1 1<4 3>2 out>1 1<out out>4") {
		if !got[w] {
			t.Errorf("%s is spared", w)
		}
	}
}
