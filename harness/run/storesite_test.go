package run

import (
	"testing"

	"bascule/harness/stage"
)

// TestTheStoreThatTakesWritesIsRead: one that fails over by itself leads where
// the entry may not stand; without a single leader the entry's site is read.
func TestTheStoreThatTakesWritesIsRead(t *testing.T) {
	sites := []stage.Site{{ID: "paris"}, {ID: "lyon"}}
	for name, c := range map[string]struct {
		takes []bool
		want  string
	}{
		"the entry's takes writes":     {[]bool{true, false}, "paris"},
		"the other took over":          {[]bool{false, true}, "lyon"},
		"nobody takes writes":          {[]bool{false, false}, "paris"},
		"both do, which is judged too": {[]bool{true, true}, "paris"},
	} {
		if got := leads(sites, c.takes, "paris"); got != c.want {
			t.Errorf("%s: reads %s, want %s", name, got, c.want)
		}
	}
}
