package reports

import (
	"strings"
	"testing"

	"bascule/harness/history"
)

// A stub in a third party's place is a limit of what was proven: it is said in
// words, and the place is never called a recovery site.
func TestAStubIsToldAsALimit(t *testing.T) {
	for stub, want := range map[bool][]string{
		true:  {"prestataire (bouchon)", "Limites de représentativité", "« acquéreur CB » était remplacé par un bouchon"},
		false: {"prestataire<"},
	} {
		m := sampleModel()
		h := &m.Scenarios[0].Header
		h.Sites = append(h.Sites, history.Site{ID: "bank", Title: "Banque", Role: history.RoleThirdParty,
			ThirdParty: &history.ThirdParty{Title: text("acquéreur CB", "card acquirer"), Stub: stub}})
		h.Services = append(h.Services, history.Service{Site: "bank", Name: "acquirer", Instance: 1})
		page := strings.ReplaceAll(written(t, HTML{}, m), nbsp, " ")
		for _, w := range want {
			if !strings.Contains(page, w) {
				t.Errorf("stub %v: the page does not say %q", stub, w)
			}
		}
		if !stub && strings.Contains(page, "bouchon") {
			t.Error("a real third party is called a stub")
		}
		before := written(t, HTML{}, sampleModel())
		if got, was := strings.Count(page, "site de secours</text>"), strings.Count(strings.ReplaceAll(before, nbsp, " "), "site de secours</text>"); got != was {
			t.Errorf("stub %v: %d places are called recovery sites, %d are", stub, got, was)
		}
	}
}
