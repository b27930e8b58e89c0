package stage

import (
	"fmt"
	"testing"
)

func TestWhereADependencyHolds(t *testing.T) {
	s, err := Load("testdata/good", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to, want string }{
		{"gateway", "stock", "[{paris/gateway paris/stock} {lyon/gateway lyon/stock}]"},
		{"lyon/gateway", "stock", "[{lyon/gateway lyon/stock}]"},
		{"gateway", "lyon/stock", "[{paris/gateway lyon/stock} {lyon/gateway lyon/stock}]"},
		{"orders", "bank/acquirer", "[{paris/orders bank/acquirer} {lyon/orders bank/acquirer}]"},
		{"orders", "smtp.example.com", "[{paris/orders smtp.example.com} {lyon/orders smtp.example.com}]"},
		{"orders", "nowhere", "[]"},
		{"paris/nobody", "stock", "[]"},
	} {
		if got := fmt.Sprint(s.Ends(Dependency{From: c.from, To: c.to})); got != c.want {
			t.Errorf("%s on %s: %s, want %s", c.from, c.to, got, c.want)
		}
	}
}
