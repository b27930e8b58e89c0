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
		"refusal of a link": {Fault{ID: "f", Kind: Refuse, Pairs: link, Direction: There}, ""},
		"latency":           {Fault{ID: "f", Kind: Latency, Pairs: link, Latency: time.Second, Jitter: time.Millisecond}, ""},
		"bandwidth":         {Fault{ID: "f", Kind: Bandwidth, Pairs: link, RateKBps: 1}, ""},
		"reset":             {Fault{ID: "f", Kind: Reset, Pairs: link, ExpiresIn: time.Second}, ""},
		"slices":            {Fault{ID: "f", Kind: Slicer, Pairs: link, Bytes: 10, Latency: time.Millisecond}, ""},
		"slow close":        {Fault{ID: "f", Kind: SlowClose, Pairs: link, Latency: time.Second}, ""},
		"limit":             {Fault{ID: "f", Kind: LimitData, Pairs: link, Bytes: 1}, ""},
		"flap of a site":    {Fault{ID: "f", Kind: Flap, Site: "lyon", Direction: Back, On: time.Second, Off: time.Second}, ""},
		"loss":              {Fault{ID: "f", Kind: Loss, Site: "lyon", Toward: "paris", Percent: 0.01}, ""},
		"delay of UDP":      {Fault{ID: "f", Kind: UDPDelay, Pairs: link, Latency: time.Second, Direction: There}, ""},
		"error page":        {Fault{ID: "f", Kind: HTTPError, Pairs: link, Status: 503}, ""},
		"no such name":      {Fault{ID: "f", Kind: NXDomain, Pairs: link}, ""},
		"slow names":        {Fault{ID: "f", Kind: SlowNames, Pairs: link, Latency: time.Second, Name: "db"}, ""},
		"wrong address":     {Fault{ID: "f", Kind: WrongAddress, Pairs: link, Others: []int{1}}, ""},

		"no id":               {Fault{Kind: Cut, Site: "lyon"}, "needs an id"},
		"endless id":          {Fault{ID: strings.Repeat("f", 300), Kind: Cut, Site: "lyon"}, "200"},
		"unknown kind":        {Fault{ID: "f", Kind: "melt", Pairs: link}, `"melt"`},
		"expired already":     {Fault{ID: "f", Kind: Cut, Pairs: link, ExpiresIn: -1}, "expires"},
		"no latency":          {Fault{ID: "f", Kind: Latency, Pairs: link}, "1ms"},
		"negative jitter":     {Fault{ID: "f", Kind: Latency, Pairs: link, Latency: time.Second, Jitter: -1}, "jitter"},
		"no rate":             {Fault{ID: "f", Kind: Bandwidth, Pairs: link}, "KB/s"},
		"latency of a site":   {Fault{ID: "f", Kind: Latency, Site: "lyon", Latency: time.Second}, "links"},
		"reset of a site":     {Fault{ID: "f", Kind: Reset, Site: "lyon"}, "links"},
		"no slices":           {Fault{ID: "f", Kind: Slicer, Pairs: link}, "1 byte"},
		"no limit":            {Fault{ID: "f", Kind: LimitData, Pairs: link}, "cut"},
		"no time to close":    {Fault{ID: "f", Kind: SlowClose, Pairs: link}, "1ms"},
		"flaps too fast":      {Fault{ID: "f", Kind: Flap, Pairs: link, On: time.Second, Off: time.Millisecond}, "20ms"},
		"loses nothing":       {Fault{ID: "f", Kind: Loss, Pairs: link}, "between"},
		"loses more than all": {Fault{ID: "f", Kind: Loss, Pairs: link, Percent: 101}, "between"},
		"delays nothing":      {Fault{ID: "f", Kind: UDPDelay, Pairs: link}, "1ms"},
		"a fine page":         {Fault{ID: "f", Kind: HTTPError, Pairs: link, Status: 200}, "200"},
		"names not slow":      {Fault{ID: "f", Kind: SlowNames, Pairs: link}, "1ms"},
		"wrong for what":      {Fault{ID: "f", Kind: WrongAddress, Pairs: link}, "nobody"},
		"unknown direction":   {Fault{ID: "f", Kind: Cut, Pairs: link, Direction: "up"}, `"up"`},
		"latency one way":     {Fault{ID: "f", Kind: Latency, Pairs: link, Direction: There, Latency: time.Second}, "direction"},
		"a site to itself":    {Fault{ID: "f", Kind: Cut, Site: "lyon", Toward: "lyon"}, "border"},
		"toward from nowhere": {Fault{ID: "f", Kind: Cut, Pairs: link, Toward: "lyon"}, "comes from"},
		"of nothing":          {Fault{ID: "f", Kind: Cut}, "no link and no site"},
		"of a site and more":  {Fault{ID: "f", Kind: Cut, Site: "lyon", Pairs: link}, "at once"},
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
