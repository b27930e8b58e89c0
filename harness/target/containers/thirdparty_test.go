package containers

import (
	"slices"
	"testing"

	"bascule/harness/fault"
	"bascule/harness/stage"
)

// A third party's place is one to break, but none of the sites: it is not lost
// with them, no release runs there, and nobody reads a database of it.
func TestAThirdPartyIsNoneOfTheSites(t *testing.T) {
	st, err := stage.Load(catalogueDir, "")
	if err != nil {
		t.Fatal(err)
	}
	target, err := New(Config{Stage: st, Live: "1.0.0", Rec: &notes{}})
	if err != nil {
		t.Fatal(err)
	}
	acquirer := fault.Member{Site: "bank", Service: "acquirer", Instance: 1}
	all, err := target.Members("", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 10 || slices.Contains(all, acquirer) {
		t.Errorf("every site lost: %v", all)
	}
	if there, err := target.Members("bank", "", 0); err != nil || !slices.Equal(there, []fault.Member{acquirer}) {
		t.Errorf("at the third party: %v, %v", there, err)
	}
	if live := target.Live("bank"); live != "" {
		t.Errorf("release %s is live at the third party", live)
	}
	if _, ok := target.StoreAddr("bank", "payments-db"); ok {
		t.Error("the third party has a store of ours")
	}
	doors, err := target.doors()
	if err != nil {
		t.Fatal(err)
	}
	ports := map[int]bool{}
	for _, d := range doors {
		if ports[d.port] || d.to == nil {
			t.Errorf("door %+v", d)
		}
		ports[d.port] = true
	}
	if len(doors) != 4 { // a database and a certificate a site
		t.Errorf("%d doors", len(doors))
	}
	// What the standby must not do without: its own way to the third party.
	if got := len(target.pairs("lyon/web", "bank/acquirer")); got != 2 {
		t.Errorf("%d links lead from Lyon's two instances to the third party", got)
	}
}
