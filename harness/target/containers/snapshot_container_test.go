package containers

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/fault"
	"bascule/harness/history"
)

// shot looks at both sites and gives what the analysis makes of it.
func (s *scene) shot(t *testing.T) (*analysis.Drift, []history.Event) {
	t.Helper()
	h := &history.History{Complete: true, Header: history.Header{Differences: []history.Exception{
		{Service: "db", Key: "env.*"}, {Service: "db", Key: "replication.*"}}}}
	for _, site := range s.Stage.Own() {
		h.Header.Sites = append(h.Header.Sites, history.Site{ID: site.ID, Title: site.Title, Role: site.Role})
		began := time.Now()
		events, err := s.Snapshot(t.Context(), site.ID)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d events in %s", site.ID, len(events), time.Since(began).Round(time.Millisecond))
		for _, e := range events {
			if e.Kind == history.Snapshot {
				e.Attrs["n"], e.Attrs["when"] = "1", history.AtStep
			}
			if e.Attrs["err"] != "" {
				t.Errorf("%s: %s", e.Subject, e.Attrs["err"])
			}
			h.Events = append(h.Events, e)
		}
	}
	h.Events = append(h.Events, history.Event{Kind: history.SnapshotTaken, Attrs: map[string]string{"n": "1", "when": history.AtStep}})
	return analysis.Analyze(h).Drift, h.Events
}

// undeclared are the differences that nothing declares, one a line.
func undeclared(d *analysis.Drift) string {
	var out []string
	for _, x := range d.Comparisons[0].Differences {
		if x.Why == nil {
			out = append(out, x.Service+" "+x.Key+" "+string(x.Kind))
		}
	}
	return strings.Join(out, "\n")
}

// sitesCompared: two sites that are alike have no drift, each thing that is then
// made different is told, nothing else is, and nothing that is secret is kept.
func sitesCompared(t *testing.T, s *scene) {
	d, events := s.shot(t)
	if got := undeclared(d); got != "" {
		t.Errorf("before anything was changed:\n%s", got)
	}
	noSecretIn(t, events)
	seen := func(subject, key string) string {
		i := slices.IndexFunc(events, func(e history.Event) bool { return e.Subject == subject })
		if i < 0 {
			t.Fatalf("nothing was seen of %s", subject)
		}
		return events[i].Attrs[key]
	}
	for _, want := range []struct{ subject, key, value string }{
		{"paris/db/1", "replication.role", "primary"}, {"lyon/db/1", "replication.role", "standby"}, {"lyon/db/1", "schema.column.orders.id", "text not null"},
		{"lyon/db/1", "schema.version", "1"}, {"lyon/db/1", "mount./var/lib/postgresql/data", "volume pgdata rw"}, {"lyon/vault/1", "expose.8443/tcp", "yes"}, {"paris/web/2", "image.ref", "bascule-catalogue:1"},
	} {
		if got := seen(want.subject, want.key); got != want.value {
			t.Errorf("%s: %s is %q, want %q", want.subject, want.key, got, want.value)
		}
	}
	if until, err := time.Parse(time.RFC3339, seen("lyon/vault/1", "cert.config.vault-certificate")); err != nil || until.Before(time.Now()) {
		t.Errorf("the certificate's end: %v, %v", until, err)
	}
	if got := seen("lyon/vault/1", "secret.api-key"); !strings.HasPrefix(got, history.Hidden) || got != seen("paris/web/1", "secret.api-key") {
		t.Errorf("one secret of two services: %q, %q", got, seen("paris/web/1", "secret.api-key"))
	}
	if slices.ContainsFunc(events, func(e history.Event) bool { return strings.HasPrefix(e.Subject, "bank/") }) {
		t.Error("a third party was looked at")
	}

	// A variable that a standby lacks, and a file that is not the same.
	vault, web := fault.Member{Site: "lyon", Service: "vault", Instance: 1}, []fault.Member{{Site: "lyon", Service: "web", Instance: 1}, {Site: "lyon", Service: "web", Instance: 2}}
	for _, m := range web {
		if err := s.TakeSecret(t.Context(), m, "CURRENCY"); err != nil {
			t.Fatal(err)
		}
	}
	file := s.vaultFile(t, vault)
	changed := file
	changed.Content = append(slices.Clone(file.Content), "# changed\n"...)
	_, id, err := s.at(vault)
	if err == nil {
		err = s.Engine.WriteFile(t.Context(), id, changed)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.stopped(t, web[0])
	d, events = s.shot(t)
	if got, want := undeclared(d), "vault config.vault-certificate differs\nweb env.CURRENCY primary-only"; got != want {
		t.Errorf("drift:\n%s\nwant\n%s", got, want)
	}
	if slices.ContainsFunc(events, func(e history.Event) bool { return e.Kind == history.SnapshotImage }) {
		t.Error("the packages of an image are told twice")
	}
	unwell := s.Unwell(t.Context())
	if !slices.ContainsFunc(unwell, func(e history.Event) bool {
		return e.Subject == "lyon/web/1" && e.Attrs["state"] == "ended" && e.Attrs["lacks"] == "CURRENCY"
	}) {
		t.Errorf("no container names the variable that it lacks: %+v", unwell)
	}
	noSecretIn(t, slices.Concat(events, unwell))

	for _, m := range web {
		if err := s.GiveSecret(t.Context(), m, "CURRENCY"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Engine.WriteFile(t.Context(), id, file); err != nil {
		t.Fatal(err)
	}
	if d, _ = s.shot(t); undeclared(d) != "" {
		t.Errorf("after all was put right:\n%s", undeclared(d))
	}
}

// noSecretIn looks for the values of variables and secrets in the bytes of a
// history.
func noSecretIn(t *testing.T, events []history.Event) {
	t.Helper()
	b, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{"postgres://", "EUR", "PRIVATE KEY", "BEGIN CERTIFICATE"}
	for _, name := range []string{"secrets/api-key", "tls/vault.key"} {
		content, err := os.ReadFile(filepath.Join(catalogueDir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Fields(string(content)) {
			if len(line) > 8 {
				secrets = append(secrets, line)
			}
		}
	}
	for _, secret := range secrets {
		if strings.Contains(string(b), secret) {
			t.Errorf("the history holds %q", secret)
		}
	}
}
