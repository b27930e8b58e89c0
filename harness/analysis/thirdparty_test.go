package analysis

import (
	"testing"

	"bascule/harness/history"
)

// withBank adds a third party's place, which no probe asks and no deployment
// reaches.
func withBank(w *world) *world {
	w.h.Header.Sites = append(w.h.Header.Sites, history.Site{ID: "bank", Title: "Banque", Role: history.RoleThirdParty,
		ThirdParty: &history.ThirdParty{Title: history.Text{FR: "acquéreur CB", EN: "card acquirer"}, Stub: true}})
	return w
}

func TestAThirdPartyIsNoSite(t *testing.T) {
	w := withBank(one(history.Expectation{Kind: history.ExpectOneActive}))
	w.event(2*sec, history.SiteWritable, "paris", "writable", "yes")
	w.event(2*sec, history.SiteWritable, "lyon", "writable", "no")
	r := w.analyze()
	wantVerdict(t, r, Pass) // the probe need not tell anything of the bank
	for _, l := range r.Timeline.Lanes {
		if l.ID == "site:bank" {
			t.Error("a third party has a lane, as if it could be active")
		}
	}
	w = withBank(one(history.Expectation{Kind: history.ExpectLiveRelease, Release: "1.4.0"}))
	r = w.analyze()
	wantVerdict(t, r, Pass)
	if m := r.Expectations[0].Measured.FR; m != one(history.Expectation{Kind: history.ExpectLiveRelease, Release: "1.4.0"}).analyze().Expectations[0].Measured.FR {
		t.Errorf("a release is said to be live at a third party: %s", m)
	}
}
