package analysis

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bascule/harness/history"
)

// required is a world in which release 1.5.0 requires something.
func required(s sites, q history.Requirement) *world {
	q.Release = "1.5.0"
	w := compared(sec, history.AtRest, s).expect(history.Expectation{Kind: history.ExpectConfigured, Release: "1.5.0", Site: "lyon"})
	w.h.Header.Target, w.h.Header.Requires = "1.5.0", []history.Requirement{q}
	return w
}

func TestWhatAReleaseRequires(t *testing.T) {
	one := func(k history.RequireKind, service, name string) history.Requirement {
		return history.Requirement{Kind: k, Service: service, Name: name}
	}
	brought := one(history.RequireEnv, "orders", "CHANNEL")
	brought.Brought = true
	longer := one(history.RequireCertificate, "orders", "tls")
	longer.For = 10 * 365 * 24 * time.Hour
	behind := func() sites {
		return alike().with("lyon/orders/1", "release", "1.4.0").with("lyon/orders/2", "release", "1.4.0")
	}
	for _, c := range []struct {
		name  string
		s     sites
		q     history.Requirement
		want  Verdict
		words string // in French
	}{
		{"a variable", alike(), one(history.RequireEnv, "orders", "DATABASE_URL"), Pass, ""},
		{"no such variable", alike(), one(history.RequireEnv, "orders", "API_KEY"), Fail, "il manque à Lyon : la variable API_KEY"},
		{"missing on one instance", alike().with("lyon/orders/2", "env.DATABASE_URL", ""), one(history.RequireEnv, "orders", "DATABASE_URL"), Fail, "DATABASE_URL"},
		{"of some service", alike().with("lyon/db/1", "env.ANY", secretA), one(history.RequireEnv, "", "ANY"), Pass, ""},
		{"of no service", alike(), one(history.RequireEnv, "", "ANY"), Fail, "la variable ANY"},
		{"a service that is not there", alike(), one(history.RequireEnv, "mail", "ANY"), Fail, "le service mail"},
		{"a secret", alike(), one(history.RequireSecret, "orders", "api"), Pass, ""},
		{"no secret", alike(), one(history.RequireSecret, "orders", "other"), Fail, "le secret other"},
		{"files that cannot be read", alike().with("lyon/orders/1", "unread", "files").with("lyon/orders/2", "unread", "files"), one(history.RequireSecret, "orders", "other"), Inconclusive, "n'a pas pu être vérifié"},
		{"a file", alike().with("lyon/db/1", "file./etc/a.conf", secretA), one(history.RequireFile, "db", "/etc/a.conf"), Pass, ""},
		{"a folder", alike().with("lyon/db/1", "file./etc/conf/a.conf", secretA), one(history.RequireFile, "db", "/etc/conf"), Pass, ""},
		{"a file of the same beginning", alike().with("lyon/db/1", "file./etc/a.conf.bak", secretA), one(history.RequireFile, "db", "/etc/a.conf"), Fail, "/etc/a.conf"},
		{"a port", alike(), one(history.RequirePort, "orders", "8080"), Pass, ""},
		{"no port", alike(), one(history.RequirePort, "orders", "808"), Fail, "le port 808"},
		{"a volume by name", alike(), one(history.RequireVolume, "db", "pgdata"), Pass, ""},
		{"a volume by path", alike(), one(history.RequireVolume, "db", "/data"), Pass, ""},
		{"no volume", alike(), one(history.RequireVolume, "db", "/dat"), Fail, "le volume /dat"},
		{"a certificate", alike(), one(history.RequireCertificate, "orders", "tls"), Pass, ""},
		{"a certificate for longer", alike(), longer, Fail, "valable encore 3 650 jours (il expire le 1er janvier 2031)"},
		{"an expired one", alike().with("lyon/orders/1", "cert.secret.tls", "2020-01-01T00:00:00Z"), one(history.RequireCertificate, "orders", "tls"), Fail, "périmé depuis le 1er janvier 2020"},
		{"a schema", alike(), one(history.RequireSchema, "db", "2"), Pass, ""},
		{"an older schema is in a newer one", alike(), one(history.RequireSchema, "db", "1"), Pass, ""},
		{"a newer schema", alike(), one(history.RequireSchema, "db", "10"), Fail, "le schéma en version 10 (il est en version 2)"},
		{"a column", alike(), one(history.RequireColumn, "db", "orders.channel"), Pass, ""},
		{"no column", alike(), one(history.RequireColumn, "db", "orders.colour"), Fail, "la colonne orders.colour"},
		{"a dead database", alike().with("lyon/db/1", "unread", "schema"), one(history.RequireColumn, "db", "orders.colour"), Inconclusive, "orders.colour"},
		{"the release brings it, and is not there yet", behind(), brought, Pass, ""},
		{"the release was to bring it", alike(), brought, Fail, "la variable CHANNEL"},
		{"in the middle of a replacement", alike().with("lyon/orders/1", "env.CHANNEL", secretA).with("lyon/orders/2", "release", "1.4.0"), brought, Pass, ""},
		{"the replaced instance does not have it", alike().with("lyon/orders/2", "release", "1.4.0"), brought, Fail, "la variable CHANNEL"},
	} {
		r := required(c.s, c.q).analyze()
		got := r.Expectations[0]
		if got.Verdict != c.want || !strings.Contains(plain(got.Reason.FR), c.words) {
			t.Errorf("%s: %s, %q", c.name, got.Verdict, plain(got.Reason.FR))
		}
		told := slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Code == "config-missing" && strings.HasPrefix(f.Subject, "lyon") })
		if told != (c.want == Fail) {
			t.Errorf("%s: findings %+v", c.name, r.Findings)
		}
	}
}

func TestNothingIsRequiredOrNobodyLooked(t *testing.T) {
	e := history.Expectation{Kind: history.ExpectConfigured, Release: "1.5.0", Site: "lyon"}
	if got := compared(sec, history.AtRest, alike()).expect(e).analyze().Expectations[0]; got.Verdict != Inconclusive || !strings.Contains(got.Reason.EN, "requires nothing") {
		t.Errorf("nothing required: %s, %q", got.Verdict, got.Reason.EN)
	}
	w := calm().expect(e)
	w.h.Header.Requires = []history.Requirement{{Release: "1.5.0", Service: "orders", Kind: history.RequireEnv, Name: "X"}}
	if got := w.analyze().Expectations[0]; got.Verdict != Inconclusive || !strings.Contains(got.Reason.EN, "no look was taken at Lyon") {
		t.Errorf("nobody looked: %s, %q", got.Verdict, got.Reason.EN)
	}
}

// What the release brought before its database died cannot be told from a look
// that was taken before it came.
func TestALookFromBeforeProvesNothingOfWhatIsBrought(t *testing.T) {
	before := alike().with("paris/orders/1", "release", "1.4.0").with("paris/orders/2", "release", "1.4.0").with("paris/db/1", "schema.column.orders.channel", "")
	after := alike().with("paris/db/1", "unread", "schema", "schema.column.orders.channel", "")
	w := compared(sec, history.AtRest, before).compared(2, 20*sec, history.AtFailover, after).expect(history.Expectation{Kind: history.ExpectConfigured, Release: "1.5.0", Site: "paris"})
	w.h.Header.Target = "1.5.0"
	w.h.Header.Requires = []history.Requirement{{Release: "1.5.0", Service: "db", Kind: history.RequireColumn, Name: "orders.channel", Brought: true}}
	if got := w.analyze().Expectations[0]; got.Verdict != Inconclusive {
		t.Errorf("%s, %q", got.Verdict, got.Measured.EN)
	}
}

// A requirement of the release that was replaced matters no more.
func TestTheReplacedReleaseRequiresNothing(t *testing.T) {
	w := compared(sec, history.AtRest, alike())
	w.h.Header.Requires = []history.Requirement{{Release: "1.4.0", Service: "orders", Kind: history.RequireEnv, Name: "OLD"}}
	if r := w.analyze(); finding(r, "config-missing") || len(r.Configuration) > 0 {
		t.Errorf("%+v", r.Configuration)
	}
}

func TestAContainerNamesWhatItLacks(t *testing.T) {
	w := required(alike(), history.Requirement{Service: "orders", Kind: history.RequireEnv, Name: "API_KEY"})
	w.event(20*sec, history.ContainerLog, "lyon/orders/1", "state", "ended", "lacks", "API_KEY,MODE")
	w.event(20*sec, history.ContainerLog, "lyon/orders/2", "state", "ended", "lacks", "API_KEY")
	w.event(20*sec, history.ContainerLog, "lyon/db/1", "state", "unhealthy")
	r := w.analyze()
	var got []string
	for _, f := range r.Findings {
		if f.Code == "config-missing" && strings.HasPrefix(f.Subject, "lyon") {
			got = append(got, plain(f.Text.FR))
			if f.Subject != "lyon/orders" || f.Owner.EN != "head of sales" {
				t.Errorf("%+v", f)
			}
		}
	}
	want := []string{
		"Service « orders » à Lyon : il s'est arrêté ; son journal nomme API_KEY, qu'il n'a pas reçu", "Service « orders » à Lyon : il s'est arrêté ; son journal nomme MODE, qu'il n'a pas reçu",
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%q: each key once, whoever tells it", got)
	}
}

func TestCertificatesThatEnd(t *testing.T) {
	s := alike().with("lyon/orders/1", "cert.secret.tls", "2026-12-10T00:00:00Z").with("paris/orders/1", "cert.secret.tls", "2026-11-29T00:00:00Z")
	r := compared(sec, history.AtRest, s).analyze()
	if !finding(r, "certificate-expiring") || !finding(r, "certificate-expired") {
		t.Errorf("%+v", r.Findings)
	}
	if r := compared(sec, history.AtRest, alike()).analyze(); finding(r, "certificate-expiring") || finding(r, "certificate-expired") {
		t.Errorf("%+v", r.Findings)
	}
}

// What a fault of ours took away is held against nobody; what lacked before it is.
func TestWhatAFaultTookAwayIsNobodysToMend(t *testing.T) {
	fault := func(w *world, kind, target string) *world {
		w.event(10*sec, history.FaultInjecting, "f1", "fault", kind, "target", target).event(10*sec, history.FaultInjected, "f1")
		return w.event(10*sec, history.FaultBiting, "f1", "proof_en", "seen", "proof_fr", "vu")
	}
	damaged := alike().with("paris/orders/1", "secret.api", "", "env.DATABASE_URL", "", "cert.secret.tls", "2020-01-01T00:00:00Z").with("paris/orders/2", "secret.api", "", "env.DATABASE_URL", "", "cert.secret.tls", "2020-01-01T00:00:00Z")
	for kind, want := range map[string]bool{"secret-missing": false, "freeze": true} {
		w := compared(sec, history.AtRest, alike()).compared(2, 20*sec, history.AtFailover, damaged).expect(history.Expectation{Kind: history.ExpectNoDrift})
		w.h.Header.Target = "1.5.0"
		w.h.Header.Requires = []history.Requirement{{Release: "1.5.0", Service: "orders", Kind: history.RequireSecret, Name: "api"}}
		fault(w, kind, "paris/orders").event(20*sec, history.ContainerLog, "paris/orders/1", "state", "ended", "lacks", "API_KEY")
		r := w.analyze()
		for _, code := range []string{"drift", "config-missing", "certificate-expired"} {
			if finding(r, code) != want {
				t.Errorf("%s: %s found: %t; %+v", kind, code, !want, r.Findings)
			}
		}
		if got := r.Expectations[0].Verdict == Fail; got != want {
			t.Errorf("%s: %s, %s", kind, r.Expectations[0].Verdict, r.Expectations[0].Reason.EN)
		}
	}
	// Another service's fault explains nothing.
	w := fault(compared(20*sec, history.AtFailover, damaged), "secret-missing", "paris/db")
	if r := w.analyze(); !finding(r, "drift") {
		t.Error("a fault of the database hides what the order service lacks")
	}
}

// A certificate that is both served and lies in a file has expired once.
func TestAnExpiredCertificateIsToldOnce(t *testing.T) {
	old := alike().with("lyon/orders/1", "cert.secret.tls", "2020-01-01T00:00:00Z")
	w := compared(sec, history.AtRest, old).event(20*sec, history.CertificateSeen, "lyon/orders/1", "certificate", "tls", "not_after", "2020-01-01T00:00:00Z")
	if n := findingsOf(w.analyze(), "certificate-expired"); n != 1 {
		t.Errorf("told %d times", n)
	}
}

// What no service in particular lacks is a site's to mend.
func TestASiteLacksWhatNoServiceHas(t *testing.T) {
	r := required(alike(), history.Requirement{Kind: history.RequireEnv, Name: "ANY"}).analyze()
	i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Code == "config-missing" && f.Subject == "lyon" })
	if i < 0 || plain(r.Findings[i].Text.FR) != "Il manque à Lyon la variable ANY, que la version 1.5.0 exige" || r.Findings[i].Text.EN != "Lyon lacks variable ANY, which release 1.5.0 requires" {
		t.Errorf("%+v", r.Findings)
	}
}
