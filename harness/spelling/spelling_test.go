package spelling

import "testing"

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"lyon", "lyon", 0},
		{"", "lyon", 4},
		{"lyno", "lyon", 1},
		{"lion", "lyon", 1},
		{"lyons", "lyon", 1},
		{"paris", "lyon", 5},
		{"bascule", "basculé", 1},
		{"ca", "abc", 3}, // a swap whose letters are then parted again is no swap
	} {
		if got := Distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
		if got := Distance(c.b, c.a); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.b, c.a, got, c.want)
		}
	}
}
