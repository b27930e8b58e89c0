package stage

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// withWitness is the good stage with a witness in the bank's place, and one edit
// more; file and was may be empty.
func withWitness(t *testing.T, file, was, is string) (*Stage, error) {
	t.Helper()
	dir := copyGood(t, broken{"", FileName, "    role: third-party\n    compose: compose.bank.yaml\n    third_party: {stub: true, title: {fr: \"acquéreur CB\", en: \"card acquirer\"}}\n",
		"    role: witness\n    compose: compose.bank.yaml\n"})
	if file != "" {
		path := filepath.Join(dir, file)
		content, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(content), was) {
			t.Fatalf("%s does not hold %q: %v", file, was, err)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(content), was, is, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Load(dir, "")
}

// TestAWitnessServesNobody: it is a place like any other for flows, and none that
// is deployed to, read, or failed over to.
func TestAWitnessServesNobody(t *testing.T) {
	s, err := withWitness(t, "", "", "")
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Sites) != 3 || s.Sites[2].Role != RoleWitness || s.Sites[2].Own() || len(s.Own()) != 2 {
		t.Errorf("%d sites, %d of them may serve, the third is %s", len(s.Sites), len(s.Own()), s.Sites[2].Role)
	}
	for name, c := range map[string]struct{ file, was, is, fr, en string }{
		"deployment":   {FileName, "  services: [orders]", "  services: [orders, acquirer]", "ne tourne que chez un témoin", "only runs at a witness"},
		"store":        {FileName, "    service: db\n", "    service: acquirer\n", "ne tourne que chez un témoin", "only runs at a witness"},
		"failover":     {"runbooks/PRA-07.yaml", "to: lyon\n", "to: bank\n", "est un témoin : il ne sert personne", "is a witness: it serves nobody"},
		"third party":  {FileName, "    role: witness\n", "    role: witness\n    third_party: {stub: false}\n", "n’a de sens que", "only makes sense"},
		"not the word": {FileName, "    role: witness\n", "    role: witnes\n", "witness", "witness"},
	} {
		_, err := withWitness(t, c.file, c.was, c.is)
		if err == nil || !strings.Contains(err.Error(), c.fr) && !strings.Contains(err.Error(), c.en) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := withWitness(t, "runbooks/PRA-07.yaml", "    action: fence\n    site: paris", "    action: fence\n    site: bank"); err != nil {
		t.Errorf("a witness is ours, and a runbook may act there: %v", err)
	}
}
