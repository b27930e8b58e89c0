package analysis

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bascule/harness/history"
)

// sites scripts what snapshots see: two sites alike, and what is changed of them.
type sites map[string]map[string]string // "lyon/orders/1" -> facts and attributes

const secretA, secretB = history.Hidden + "aaaaaaaaaaaaaaaa", history.Hidden + "bbbbbbbbbbbbbbbb"

// alike are two sites that differ in nothing.
func alike() sites {
	out := sites{}
	for _, site := range []string{"paris", "lyon"} {
		for _, k := range []string{"1", "2"} {
			out[site+"/orders/"+k] = map[string]string{"release": "1.5.0", "image.ref": "shop/orders:1.5.0", "image.digest": "sha256:15", "env.DATABASE_URL": secretA,
				"run.restart": "no", "limit.memory": "100", "expose.8080/tcp": "yes", "secret.api": secretA, "cert.secret.tls": "2031-01-01T00:00:00Z", "secret.tls": secretB}
		}
		out[site+"/db/1"] = map[string]string{"image.ref": "shop/db:1", "image.digest": "sha256:db", "mount./data": "volume pgdata rw",
			"schema.version": "2", "schema.table.orders": "table", "schema.column.orders.id": "text not null", "schema.column.orders.channel": "text",
			"schema.index.orders.orders_pkey": "CREATE UNIQUE INDEX"}
	}
	return out
}

// with changes a container: "" takes a fact away.
func (s sites) with(subject string, kv ...string) sites {
	s[subject] = maps.Clone(s[subject])
	for i := 0; i+1 < len(kv); i += 2 {
		if kv[i+1] == "" {
			delete(s[subject], kv[i])
			continue
		}
		s[subject][kv[i]] = kv[i+1]
	}
	return s
}

func (s sites) without(subject string) sites {
	delete(s, subject)
	return s
}

// compared is a calm world in which the sites were looked at.
func compared(at time.Duration, when string, s sites) *world { return calm().compared(1, at, when, s) }

func (w *world) compared(n int, at time.Duration, when string, s sites) *world {
	w.h.Header.Started = time.Date(2026, 11, 30, 3, 0, 0, 0, time.UTC)
	w.h.Header.Functions[0].Services, w.h.Header.Functions[0].Owner = []string{"orders", "db"}, history.Text{FR: "direction commerciale", EN: "head of sales"}
	for _, subject := range slices.Sorted(maps.Keys(s)) {
		kv := []string{"when", when, "n", strconv.Itoa(n)}
		for k, v := range s[subject] {
			kv = append(kv, k, v)
		}
		w.event(at, history.Snapshot, subject, kv...)
	}
	return w.event(at, history.SnapshotTaken, "orders", "when", when, "n", strconv.Itoa(n), "took_ns", "1000000")
}

// drifts are the undeclared differences of the first comparison, one a line.
func drifts(r Result) string {
	var out []string
	for _, d := range r.Drift.Comparisons[0].open() {
		out = append(out, string(d.Kind)+" "+d.Service+" "+d.Key)
	}
	return strings.Join(out, "\n")
}

func TestWhatDiffersBetweenTheSites(t *testing.T) {
	for _, c := range []struct {
		name string
		s    sites
		want string
	}{
		{"nothing", alike(), ""},
		{"a variable is missing at the standby", alike().with("lyon/orders/1", "env.DATABASE_URL", "").with("lyon/orders/2", "env.DATABASE_URL", ""), "primary-only orders env.DATABASE_URL"},
		{"of one instance only", alike().with("lyon/orders/2", "env.DATABASE_URL", ""), "differs orders env.DATABASE_URL"},
		{"more at the standby", alike().with("lyon/db/1", "env.DEBUG", secretA), "standby-only db env.DEBUG"},
		{"another value", alike().with("lyon/db/1", "limit.memory", "7").with("paris/db/1", "limit.memory", "8"), "differs db limit.memory"},
		{"instances in another order", alike().with("lyon/orders/1", "run.restart", "always").with("paris/orders/2", "run.restart", "always"), "instances orders run.restart"},
		{"an older image, with all that follows from it", alike().with("lyon/db/1", "image.ref", "shop/db:0", "image.digest", "sha256:x"), "differs db image.ref"},
		{"another image under one name", alike().with("lyon/db/1", "image.digest", "sha256:x"), "differs db image.digest"},
		{"a table is missing, with all that it holds", alike().with("lyon/db/1", "schema.table.orders", "", "schema.column.orders.id", "", "schema.column.orders.channel", "", "schema.index.orders.orders_pkey", ""), "primary-only db schema.table.orders"},
		{"a column is missing", alike().with("lyon/db/1", "schema.column.orders.channel", ""), "primary-only db schema.column.orders.channel"},
		{"a column is missing, with its default", alike().with("lyon/db/1", "schema.column.orders.channel", "").with("paris/db/1", "schema.default.orders.channel", secretA), "primary-only db schema.column.orders.channel"},
		{"a table is missing, with its defaults", alike().with("lyon/db/1", "schema.table.orders", "", "schema.column.orders.id", "", "schema.column.orders.channel", "", "schema.index.orders.orders_pkey", "").with("paris/db/1", "schema.default.orders.channel", secretA), "primary-only db schema.table.orders"},
		{"another default", alike().with("lyon/db/1", "schema.default.orders.channel", secretA), "standby-only db schema.default.orders.channel"},
		{"a secret is missing, with its certificate", alike().with("lyon/orders/1", "secret.tls", "", "cert.secret.tls", "").with("lyon/orders/2", "secret.tls", "", "cert.secret.tls", ""), "primary-only orders secret.tls"},
		{"a service is missing", alike().without("lyon/db/1"), "primary-only db service.present"},
		{"one instance less", alike().without("lyon/orders/2"), "differs orders service.instances"},
		{"an instance is being replaced", alike().with("paris/orders/2", "absent", "yes"), ""},
		{"a schema that cannot be read is no drift", alike().with("paris/db/1", "unread", "schema", "schema.table.orders", "", "schema.column.orders.id", ""), ""},
	} {
		r := compared(sec, history.AtRest, c.s).analyze()
		if got := drifts(r); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if f := driftOf(r); (len(f) == 0) != (c.want == "") {
			t.Errorf("%s: findings %+v", c.name, f)
		}
	}
}

// driftOf are the findings about drift.
func driftOf(r Result) (out []Finding) {
	for _, f := range r.Findings {
		if f.Code == "drift" {
			out = append(out, f)
		}
	}
	return out
}

func TestAFindingNamesWhatIsToBeMended(t *testing.T) {
	s := alike()
	for _, k := range []string{"1", "2"} {
		s.with("lyon/orders/"+k, "image.ref", "shop/orders:1.4.0", "image.digest", "sha256:14", "release", "1.4.0")
	}
	w := compared(sec, history.AtRest, alike()).compared(2, 30*sec, history.AtFailover, s)
	f := driftOf(w.analyze())
	if len(f) != 1 {
		t.Fatalf("findings %+v, want the image alone", f)
	}
	want := history.Text{
		FR: "Service « orders » : l'image de Lyon est en retard, version 1.4.0 quand Paris est en 1.5.0 (à l'instant de la bascule)",
		EN: "Service “orders”: the image in Lyon is behind, version 1.4.0 while Paris has 1.5.0 (at the instant of failover)",
	}
	if plain(f[0].Text.FR) != want.FR || f[0].Text.EN != want.EN || f[0].Subject != "lyon/orders" || f[0].Owner.EN != "head of sales" || f[0].Severity != serious {
		t.Errorf("%+v", f[0])
	}
	// The other way round it is the primary that is behind.
	back := alike()
	for _, k := range []string{"1", "2"} {
		back.with("paris/orders/"+k, "image.ref", "shop/orders:1.4.0", "image.digest", "sha256:14")
	}
	if f := driftOf(compared(sec, history.AtRest, back).analyze()); len(f) != 1 || f[0].Subject != "paris/orders" || !strings.Contains(f[0].Text.EN, "in Paris is behind") {
		t.Errorf("%+v", f)
	}
}

func TestSettingsAreNamed(t *testing.T) {
	r := compared(sec, history.AtRest, alike().with("lyon/db/1", "run.restart", "no").with("paris/db/1", "run.restart", "always")).analyze()
	if f := driftOf(r); len(f) != 1 || !strings.Contains(f[0].Text.EN, "the restart policy differs") || !strings.Contains(f[0].Text.FR, "la règle de redémarrage diffère") {
		t.Errorf("%+v", f)
	}
}

func TestVersionsOfUnequalLength(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		order int
		ok    bool
	}{{"1.4", "1.4.1", -1, true}, {"1.4.1", "1.4", 1, true}, {"1.4", "1.4.0", 0, true}, {"2", "10", -1, true}, {"1.x", "1.4", 0, false}, {"1.4", "1.x", 0, false}} {
		order, ok := olderVersion(c.a, c.b)
		if ok != c.ok || ok && (order < 0) != (c.order < 0) || ok && (order > 0) != (c.order > 0) {
			t.Errorf("%s and %s: %d, %v", c.a, c.b, order, ok)
		}
	}
}

// An image that was built again under its old name is not behind.
func TestAnImageOfTheSameVersionIsNotBehind(t *testing.T) {
	f := driftOf(compared(sec, history.AtRest, alike().with("lyon/db/1", "image.ref", "mirror/db:1", "image.digest", "sha256:x")).analyze())
	if len(f) != 1 || !strings.Contains(plain(f[0].Text.EN), "the image differs, “shop/db:1” in Paris and “mirror/db:1” in Lyon") {
		t.Errorf("%+v", f)
	}
}

// Of a value that may be secret not even the hash is shown.
func TestAHiddenValueIsNotShown(t *testing.T) {
	r := compared(sec, history.AtRest, alike().with("lyon/db/1", "env.KEY", secretA).with("paris/db/1", "env.KEY", secretB)).analyze()
	d := r.Drift.Comparisons[0].open()
	if len(d) != 1 || !d[0].Hidden || d[0].Primary != "" || d[0].Standby != "" {
		t.Errorf("%+v", d)
	}
	if f := driftOf(r); len(f) != 1 || !strings.Contains(f[0].Text.EN, "is not the same in Paris and in Lyon") || strings.Contains(f[0].Text.EN, "aaaa") {
		t.Errorf("%+v", f)
	}
}

func TestOneDifferenceIsToldOnce(t *testing.T) {
	s := alike().with("lyon/db/1", "env.DEBUG", secretA)
	w := compared(sec, history.AtRest, s).compared(2, 30*sec, history.AtFailover, s)
	f := driftOf(w.analyze())
	if len(f) != 1 || !strings.Contains(f[0].Text.EN, "(at rest, at the instant of failover)") {
		t.Errorf("%+v", f)
	}
}

// The packages of an image are told together, and only of images that differ.
func TestPackagesOfAnotherImage(t *testing.T) {
	s := alike().with("lyon/db/1", "image.digest", "sha256:old")
	w := calm()
	w.event(900*ms, history.SnapshotImage, "sha256:db", "package.libc6", "2", "package.psql", "15", "package.zlib", "1")
	w.event(900*ms, history.SnapshotImage, "sha256:old", "package.libc6", "1", "package.zlib", "1")
	r := w.compared(1, sec, history.AtRest, s).analyze()
	if got, want := drifts(r), "differs db image.digest\ndiffers db package.libc6\nprimary-only db package.psql"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if f := driftOf(r); len(f) != 2 || !strings.Contains(f[1].Text.EN, "2 installed packages differ between Paris and Lyon, libc6, psql among them") {
		t.Errorf("%+v", f)
	}
	one := calm()
	one.event(900*ms, history.SnapshotImage, "sha256:db", "package.libc6", "2")
	one.event(900*ms, history.SnapshotImage, "sha256:old", "package.libc6", "1")
	if f := driftOf(one.compared(1, sec, history.AtRest, s).analyze()); len(f) != 2 || !strings.Contains(f[1].Text.EN, "1 installed package differs between Paris and Lyon, libc6 among them") {
		t.Errorf("%+v", f)
	}
}

func TestDeclaredDifferences(t *testing.T) {
	why := history.Same("it must")
	s := alike().with("lyon/db/1", "env.SITE", secretA).with("paris/db/1", "env.SITE", secretB)
	w := compared(sec, history.AtRest, s).expect(history.Expectation{Kind: history.ExpectNoDrift})
	w.h.Header.Differences = []history.Exception{
		{Service: "*", Key: "env.SITE", Why: why}, {Service: "orders", Key: "env.SITE", Why: why}, {Service: "db", Key: "replication.*", Why: why}, {Service: "db", Key: "schema.*.x", Why: why},
	}
	r := w.analyze()
	if d := r.Drift.Comparisons[0].Differences; len(d) != 1 || d[0].Why == nil || *d[0].Why != why || r.Drift.Comparisons[0].Services[0].Declared != 1 {
		t.Errorf("differences %+v", d)
	}
	wantVerdict(t, r, Pass)
	var unused []string
	for _, f := range r.Findings {
		if f.Code == "exception-unused" && f.Severity == minor {
			unused = append(unused, f.Subject)
			if !strings.Contains(f.Text.EN, "of service “"+f.Subject+"” is no longer there") {
				t.Errorf("%+v", f)
			}
		}
	}
	if !slices.Equal(unused, []string{"orders", "db", "db"}) {
		t.Errorf("unused: %v, of %+v", unused, r.Drift.Unused)
	}
	everywhere := compared(sec, history.AtRest, alike())
	everywhere.h.Header.Differences = []history.Exception{{Service: "*", Key: "env.SITE", Why: why}}
	wantTold(t, everywhere.analyze(), "exception-unused", "“env.SITE” is no longer there on any service")
	// Where the schema could never be read, nobody can say that it no longer differs.
	w = compared(sec, history.AtRest, s.with("lyon/db/1", "unread", "schema"))
	w.h.Header.Differences = []history.Exception{{Service: "db", Key: "schema.*", Why: why}}
	if r := w.analyze(); len(r.Drift.Unused) > 0 {
		t.Errorf("unused: %+v", r.Drift.Unused)
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"env.SITE", "env.SITE", true}, {"env.SITE", "env.SITES", false}, {"env.*", "env.SITE", true}, {"env.*", "environ.SITE", false}, {"*.SITE", "env.SITE", true},
		{"schema.*.orders.*", "schema.column.orders.id", true}, {"schema.*.orders.*", "schema.column.stock.id", false}, {"*", "x.y", true}, {"a*a", "a", false}, {"env.A*B*C", "env.ABC", true},
	} {
		if got := glob(c.pattern, c.s); got != c.want {
			t.Errorf("%q of %q: %v", c.pattern, c.s, got)
		}
	}
}

func TestNoDriftIsJudged(t *testing.T) {
	drifted := alike().with("lyon/db/1", "env.DEBUG", secretA)
	blind := alike().with("paris/db/1", "unread", "schema")
	e := history.Expectation{Kind: history.ExpectNoDrift}
	atFailover := history.Expectation{Kind: history.ExpectNoDrift, Phase: history.AtFailover}
	for _, c := range []struct {
		name  string
		w     *world
		e     history.Expectation
		want  Verdict
		words string
	}{
		{"nobody looked", calm(), e, Inconclusive, "les sites n'ont pas été comparés"},
		{"alike", compared(sec, history.AtRest, alike()), e, Pass, ""},
		{"one differs", compared(sec, history.AtRest, drifted), e, Fail, "la variable DEBUG existe à Lyon et manque à Paris"},
		{"later only", compared(sec, history.AtRest, alike()).compared(2, 9*sec, history.AtFailover, drifted), e, Fail, "DEBUG"},
		{"not at the instant that is asked for", compared(sec, history.AtRest, drifted).compared(2, 9*sec, history.AtFailover, alike()), atFailover, Pass, ""},
		{"not looked at that instant", compared(sec, history.AtRest, alike()), atFailover, Inconclusive, "n'ont pas été comparés"},
		{"never readable", compared(sec, history.AtRest, blind), e, Inconclusive, "le schéma de sa base n'a pas pu être lu"},
		{"readable before", compared(sec, history.AtRest, alike()).compared(2, 9*sec, history.AtFailover, blind), e, Pass, ""},
		{"unreadable and different", compared(sec, history.AtRest, blind.with("lyon/db/1", "env.DEBUG", secretA)), e, Fail, "DEBUG"},
		{"a look that found nothing", compared(sec, history.AtRest, sites{}), e, Inconclusive, "rien trouvé à comparer"},
	} {
		r := c.w.expect(c.e).analyze()
		if got := r.Expectations[0]; got.Verdict != c.want || !strings.Contains(plain(got.Reason.FR), c.words) {
			t.Errorf("%s: %s, %q", c.name, got.Verdict, plain(got.Reason.FR))
		}
	}
	// A look that was broken off proves nothing, though all it saw was alike.
	w := calm().compared(1, sec, history.AtRest, alike()).expect(e)
	w.h.Events = w.h.Events[:len(w.h.Events)-1]
	if got := w.analyze().Expectations[0]; got.Verdict != Inconclusive {
		t.Errorf("broken off: %s, %q", got.Verdict, got.Measured.EN)
	}
}

// What old histories do not have is not measured, and no part of their result.
func TestWithoutASnapshotThereIsNoDrift(t *testing.T) {
	if r := calm().analyze(); r.Drift != nil || r.Configuration != nil {
		t.Errorf("%+v %+v", r.Drift, r.Configuration)
	}
}

// A mirror's name may be declared; that it is another image may not go unseen.
func TestADeclaredNameOfAnImageHidesNoOtherImage(t *testing.T) {
	other := func() sites {
		return alike().with("lyon/db/1", "image.ref", "mirror/db:1", "image.digest", "sha256:x")
	}
	ref := history.Exception{Service: "db", Key: "image.ref", Why: history.Same("a mirror")}
	digest := history.Exception{Service: "db", Key: "image.digest", Why: history.Same("built there")}
	for name, c := range map[string]struct {
		declared []history.Exception
		want     string
	}{
		"the name":   {[]history.Exception{ref}, "differs db image.digest"},
		"both":       {[]history.Exception{ref, digest}, ""},
		"the digest": {[]history.Exception{digest}, "differs db image.ref"},
	} {
		w := compared(sec, history.AtRest, other())
		w.h.Header.Differences = c.declared
		r := w.analyze()
		if got := drifts(r); got != c.want || finding(r, "exception-unused") {
			t.Errorf("%s: %q, want %q; %+v", name, got, c.want, r.Findings)
		}
	}
}

// Each part of each service must have been read on both sites at one instant.
func TestWhatWasNeverReadOnBothSitesIsNotCompared(t *testing.T) {
	noDrift := history.Expectation{Kind: history.ExpectNoDrift}
	unread := alike().with("lyon/db/1", "unread", "schema")
	lost := alike().with("paris/db/1", "absent", "yes")
	for name, c := range map[string]struct {
		rest, failover sites
		want           Verdict
	}{
		"here and there, never both": {unread, lost, Inconclusive},
		"both at rest":               {alike(), lost, Pass},
		"both at failover":           {unread, alike(), Pass},
	} {
		r := compared(sec, history.AtRest, c.rest).compared(2, 20*sec, history.AtFailover, c.failover).expect(noDrift).analyze()
		if got := r.Expectations[0]; got.Verdict != c.want {
			t.Errorf("%s: %s, %s", name, got.Verdict, got.Reason.EN)
		}
	}
	three := alike()
	for _, k := range []string{"db/1", "orders/1", "orders/2"} {
		three["nice/"+k] = maps.Clone(three["lyon/"+k])
	}
	w := compared(sec, history.AtRest, three.with("nice/db/1", "unread", "schema")).expect(noDrift)
	w.h.Header.Sites = append(w.h.Header.Sites, history.Site{ID: "nice", Title: "Nice", Role: "standby"})
	if got := w.analyze().Expectations[0]; got.Verdict != Inconclusive || !strings.Contains(got.Reason.EN, "nice/db/1") {
		t.Errorf("a second standby: %s, %s", got.Verdict, got.Reason.EN)
	}
}

// The packages of one standby's image are not another's.
func TestPackagesStayWithTheirImage(t *testing.T) {
	three := alike()
	for _, k := range []string{"db/1", "orders/1", "orders/2"} {
		three["nice/"+k] = maps.Clone(three["paris/"+k])
	}
	w := compared(sec, history.AtRest, three.with("lyon/db/1", "image.digest", "sha256:x"))
	w.h.Header.Sites = append(w.h.Header.Sites, history.Site{ID: "nice", Title: "Nice", Role: "standby"})
	w.event(2*sec, history.SnapshotImage, "sha256:db", "package.libc6", "2.36")
	if text := drifts(w.analyze()); strings.Contains(text, "package") {
		t.Errorf("packages of an image that nobody could list: %s", text)
	}
	w.event(2*sec, history.SnapshotImage, "sha256:x", "package.libc6", "2.37")
	r := w.analyze()
	for _, c := range r.Drift.Comparisons {
		n := len(c.open())
		if want := map[string]int{"lyon": 2, "nice": 0}[c.Standby]; n != want {
			t.Errorf("%s: %d differences, want %d: %+v", c.Standby, n, want, c.open())
		}
	}
}

func TestTheWorstDifferenceIsToldHoweverManyThereAre(t *testing.T) {
	s := alike().with("lyon/orders/1", "secret.api", "").with("lyon/orders/2", "secret.api", "")
	for i := range maxDrift + 1 {
		s.with("lyon/db/1", "label.l"+strconv.Itoa(i), "x")
	}
	if f := driftOf(compared(sec, history.AtRest, s).analyze()); f[0].Severity != serious || !strings.Contains(f[0].Text.EN, "secret api") {
		t.Errorf("%+v", f[0])
	}
}

func TestWhoeverIsBehindIsToMend(t *testing.T) {
	for want, s := range map[string]sites{
		"paris/db":     alike().with("paris/db/1", "schema.version", "1"),
		"lyon/db":      alike().with("lyon/db/1", "schema.version", "1"),
		"paris/orders": alike().with("paris/orders/1", "cert.secret.tls", "2020-01-01T00:00:00Z").with("paris/orders/2", "cert.secret.tls", "2020-01-01T00:00:00Z"),
		"lyon/orders":  alike().with("lyon/orders/1", "cert.secret.tls", "2020-01-01T00:00:00Z").with("lyon/orders/2", "cert.secret.tls", "2020-01-01T00:00:00Z"),
	} {
		f := driftOf(compared(sec, history.AtRest, s).analyze())
		if len(f) != 1 || f[0].Subject != want {
			t.Errorf("want %s: %+v", want, f)
		}
	}
}

// Each part of a schema is called by its name.
func TestPartsOfASchemaAreNamed(t *testing.T) {
	for key, want := range map[string]history.Text{
		"schema.version":           {FR: "la version du schéma", EN: "the schema version"},
		"schema.table.orders":      {FR: "la table orders", EN: "table orders"},
		"schema.column.orders.vat": {FR: "la colonne orders.vat", EN: "column orders.vat"},
		"schema.index.orders_day":  {FR: "l'index orders_day", EN: "index orders_day"},
	} {
		r := compared(sec, history.AtRest, alike().with("lyon/db/1", key, "x")).analyze()
		if f := driftOf(r); !slices.ContainsFunc(f, func(f Finding) bool {
			return strings.Contains(plain(f.Text.FR), want.FR+" ") && strings.Contains(f.Text.EN, want.EN+" ")
		}) {
			t.Errorf("%s: %+v, want %v", key, f, want)
		}
	}
}

// A declared difference of any service may be anywhere that was read.
func TestADeclaredDifferenceWhereNothingWasRead(t *testing.T) {
	unread := func(service, part string) *Drift {
		return &Drift{Comparisons: []Comparison{{Unread: []Unread{{Subject: "lyon/" + service + "/1", part: part}}}}}
	}
	for name, c := range map[string]struct {
		d       *Drift
		service string
		want    bool
	}{
		"its service":          {unread("db", partContainer), "db", false},
		"any service":          {unread("db", partContainer), "*", false},
		"another service":      {unread("db", partContainer), "orders", true},
		"another part":         {unread("db", partSchema), "db", true},
		"nobody looked at all": {&Drift{Comparisons: []Comparison{{Err: "x"}}}, "db", false},
	} {
		if got := c.d.couldOccur(history.Exception{Service: c.service, Key: "env.A"}); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAnInstanceIsReadOffItsSubject(t *testing.T) {
	l, ok := lookOf(history.Event{Subject: "paris/orders/2"})
	if !ok || l.site != "paris" || l.service != "orders" || l.instance != "2" {
		t.Errorf("%+v, %v", l, ok)
	}
}
