package reports

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// read is what a test looks at in a page.
type read struct {
	ids, refs []string
	french    []string // texts in French that are ours, not as people wrote them
}

// parse reads the page strictly: every element closed, every attribute quoted.
func parse(t *testing.T, page string) read {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	var out read
	type frame struct {
		lang     string
		verbatim bool
	}
	stack := []frame{{}}
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the page is not well formed: %v", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			f := stack[len(stack)-1]
			if tok.Name.Local == "style" {
				f.verbatim = true
			}
			for _, a := range tok.Attr {
				switch a.Name.Local {
				case "id":
					out.ids = append(out.ids, a.Value)
				case "href", "src":
					out.refs = append(out.refs, a.Value)
				case "lang":
					f.lang = a.Value
				case "translate":
					f.verbatim = f.verbatim || a.Value == "no"
				}
			}
			for _, a := range tok.Attr {
				if k := a.Name.Local; f.lang == "fr" && !f.verbatim && (k == "data-label" || k == "aria-label") {
					out.french = append(out.french, a.Value)
				}
			}
			stack = append(stack, f)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if f := stack[len(stack)-1]; f.lang == "fr" && !f.verbatim {
				out.french = append(out.french, string(tok))
			}
		}
	}
	return out
}

func TestThePageStandsAlone(t *testing.T) {
	page := written(t, HTML{}, sampleModel())
	got := parse(t, page)
	bare := strings.ReplaceAll(page, `xmlns="http://www.w3.org/2000/svg"`, "")
	if m := regexp.MustCompile(`(?i)https?://|@import|<script|<link|<img`).FindString(bare); m != "" {
		t.Errorf("the page reaches outside itself: %q", m)
	}
	seen := map[string]bool{}
	for _, id := range got.ids {
		if seen[id] {
			t.Errorf("id %q twice", id)
		}
		seen[id] = true
	}
	for _, m := range regexp.MustCompile(`url\(#([^)]+)\)`).FindAllStringSubmatch(page, -1) {
		got.refs = append(got.refs, "#"+m[1])
	}
	for _, r := range got.refs {
		if !strings.HasPrefix(r, "#") || !seen[r[1:]] {
			t.Errorf("a link to nowhere: %q", r)
		}
	}
}

// plainSpace finds a breakable space where French typography wants none.
var plainSpace = regexp.MustCompile(` [:;!?»%]|« |\d (?:s|ms|min|h|op/s)\b|± |\pL'`)

func TestFrenchTypography(t *testing.T) {
	got := parse(t, written(t, HTML{}, sampleModel()))
	if len(got.french) < 300 {
		t.Fatalf("only %d French texts were looked at", len(got.french))
	}
	for _, s := range got.french {
		if m := plainSpace.FindString(s); m != "" {
			t.Errorf("%q in %q", m, s)
		}
	}
	for _, line := range strings.Split(written(t, Markdown{}, Build(Run{}, []analysis.Result{slowLinkInconclusive()})), "\n") {
		if m := regexp.MustCompile(` [:;!?»]|« `).FindString(line); m != "" {
			t.Errorf("Markdown: %q in %q", m, line)
		}
	}
}

func TestEveryWordHasBothLanguages(t *testing.T) {
	fr, en := reflect.ValueOf(french()), reflect.ValueOf(english())
	for i := range fr.NumField() {
		if fr.Field(i).String() == "" || en.Field(i).String() == "" {
			t.Errorf("%s: French %q, English %q", fr.Type().Field(i).Name, fr.Field(i), en.Field(i))
		}
	}
}

func TestVerdictFirstInTheWordsOfTheLanguage(t *testing.T) {
	page := written(t, HTML{}, sampleModel())
	h1 := regexp.MustCompile(`(?s)<h1>.*?</h1>`).FindString(page)
	if !strings.Contains(h1, "Non conforme") {
		t.Errorf("heading: %s", h1)
	}
	for _, want := range []string{"Conforme", "Non concluant", "18,22" + nbsp + "s", "objectif" + nbsp + "30" + nbsp + "s",
		// the English section stays English in a French page
		"Why this verdict", "not recovered", "12" + nbsp + "operations", "40.36%",
		// who did what
		"administrateur de bases", "directeur de crise", "server is not in standby mode"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestHostileNamesAreText(t *testing.T) {
	const bad = `"><script>alert(1)</script><b x='`
	r := migrationPasses()
	r.Header.Name, r.Header.Source, r.Header.Feature, r.Header.Prefix = bad, bad, bad, bad
	r.Reasons = []history.Text{text(bad, bad)}
	r.Header.Sites[0].Title = bad
	for i := range r.Header.Services {
		if r.Header.Services[i].Name == "stock" {
			r.Header.Services[i].Name = bad
		}
	}
	r.Timeline.Lanes[0].Name = text(bad, bad)
	for i := range r.Timeline.Lanes {
		for j := range r.Timeline.Lanes[i].Spans {
			s := &r.Timeline.Lanes[i].Spans[j]
			s.Label, s.Detail = text(bad, bad), text(bad, bad)
			if i == 0 {
				s.Kind = bad
			}
		}
	}
	r.Record.Faults[0].Title, r.Record.Faults[0].Target = text(bad, bad), bad
	r.Record.Decisions[0].By, r.Record.Runbooks[0].Steps[0].Err = text(bad, bad), bad
	r.Findings = []analysis.Finding{{Severity: bad, Text: text(bad, bad)}}
	r.Verdict = bad
	page := written(t, HTML{}, Build(Run{ID: bad, Command: bad}, []analysis.Result{r}))
	parse(t, page)
	if i := strings.Index(page, "<script"); i >= 0 {
		t.Errorf("a script got through: …%s…", page[max(0, i-80):i+40])
	}
}

func TestResultsWithoutMuchInThemStillMakeAPage(t *testing.T) {
	short := migrationPasses()
	short.Duration, short.Timeline, short.Series, short.BucketWidth = 3*time.Millisecond, analysis.Timeline{End: 3 * time.Millisecond}, series(0, 0.5), time.Millisecond
	for name, results := range map[string][]analysis.Result{"none": nil, "empty": {{}}, "very short": {short}, "an hour": {long()},
		"buckets of no width": {{Series: []analysis.Bucket{{}, {At: 5, Acked: 1, P50: 7, P95: 7, P99: 7}}}},
		"ends before it starts": {{Timeline: analysis.Timeline{End: time.Second, Lanes: []analysis.Lane{{ID: "faults",
			Spans: []analysis.Span{{From: 900 * time.Millisecond, To: time.Millisecond, Kind: "fault"}, {From: 5 * time.Second, To: 9 * time.Second}}}}}}}} {
		page := written(t, HTML{}, Build(Run{}, results))
		parse(t, page)
		if m := regexp.MustCompile(`NaN|Inf\b|="-\d`).FindString(strings.ReplaceAll(page, "points", "")); m != "" {
			i := strings.Index(page, m)
			t.Errorf("%s: a drawing holds %q: %s", name, m, page[max(0, i-120):min(len(page), i+40)])
		}
		if len(page) > 1<<20 {
			t.Errorf("%s: the page is %d bytes", name, len(page))
		}
	}
}

func TestAShortOutageOfALongRunIsShownCloseUp(t *testing.T) {
	page := written(t, HTML{}, Build(Run{}, []analysis.Result{long()}))
	if !strings.Contains(page, "La panne de près") {
		t.Error("an outage of 3 s in an hour has no drawing of its own")
	}
}

// Labels are the usual defect of a timeline: none may lie on another, or
// outside the drawing.
func TestLabelsOfATimelineNeverOverlap(t *testing.T) {
	tongue := newTongue("fr")
	a := axis{to: 70 * second, left: gutter, right: rightEdge}
	for name, spans := range map[string][]analysis.Span{
		"runbook": migrationPasses().Timeline.Lanes[3].Spans,
		"dense":   long().Timeline.Lanes[0].Spans,
		"at once": {span(69, 69.1, "step", "première étape au nom très long", "x"), span(69, 69.1, "step", "deuxième étape", "x"), span(69.2, 70, "step", "troisième", "x")},
		"marks":   {span(10, 10, "decision", "arrêt", "x"), span(10.1, 10.1, "decision", "bascule", "x")},
	} {
		if name == "dense" {
			for i := range spans {
				spans[i].From, spans[i].To = spans[i].From-1770*second, spans[i].To-1770*second
			}
		}
		all, rows, _ := placeSpans(spans, a, func(s analysis.Span) string { return tongue.text(s.Label) }, 7)
		if len(all) != len(spans) || rows < 1 || rows > 7 {
			t.Errorf("%s: %d of %d spans in %d rows", name, len(all), len(spans), rows)
		}
		type box struct{ x0, x1 float64 }
		extent := func(p placed) box {
			w := textWidth(p.label, labelSize)
			return box{min(p.x0, labelStart(p, w)), max(p.x1, labelStart(p, w)+w)}
		}
		for i, p := range all {
			if p.label == "" {
				continue
			}
			b := extent(p)
			if b.x0 < a.left-1 || b.x1 > a.right+1 {
				t.Errorf("%s: %q leaves the drawing: %v", name, p.label, b)
			}
			for _, q := range all[i+1:] {
				if c := extent(q); p.row == q.row && q.label != "" && b.x0 < c.x1 && c.x0 < b.x1 {
					t.Errorf("%s: %q and %q overlap", name, p.label, q.label)
				}
			}
		}
	}
}

func TestWhatAFaultHitIsMarkedInTheTopology(t *testing.T) {
	fault := func(target string) hits { return hitsOf([]analysis.FaultRecord{{Target: target}}) }
	for _, c := range []struct {
		target, where string
		want          bool
	}{
		{"paris/db", "paris/db", true}, {"paris/db", "paris/orders", false}, {"paris/orders/2", "paris/orders", true}, {"paris", "paris", true},
		{"paris/orders -> paris/db", "paris/orders>paris/db", true}, {"paris/orders -> paris/db", "paris/db", false},
		{"paris -> lyon", "lyon/db>paris/db", true}, {"paris -> lyon", "paris/orders>paris/db", false}, {"paris", "paris/orders>paris/db", false},
		{"lyon", "paris", false},
	} {
		h := fault(c.target)
		from, to, link := strings.Cut(c.where, ">")
		_, got := h.at(from)
		if link {
			_, got = h.link(from, to)
		}
		if got != c.want {
			t.Errorf("%s hits %s: %v, want %v", c.target, c.where, got, c.want)
		}
	}
	count := func(r analysis.Result) int { return strings.Count(string(newTongue("fr").topology(r)), "cross-disc") }
	if n := count(migrationPasses()); n != 1 {
		t.Errorf("a crashed database: %d marks", n)
	}
	cut := migrationPasses()
	cut.Record.Faults[0].Target = "paris -> lyon"
	if n := count(cut); n != 2 {
		t.Errorf("a cut between the sites: %d marks, want one a direction", n)
	}
}

func TestPartsOfARecoveryAddUpToIt(t *testing.T) {
	r := migrationPasses()
	sum := 0.0
	bars := newTongue("en").recoveries(r)
	if len(bars) != 1 || len(bars[0].Parts) != 5 {
		t.Fatalf("bars: %+v", bars)
	}
	for _, p := range bars[0].Parts {
		if p.Counted {
			var left, width float64
			if _, err := fmt.Sscanf(string(p.Style), "left:%f%%;width:%f%%", &left, &width); err != nil {
				t.Fatal(err)
			}
			sum += width
		}
	}
	if whole := 100 * 18.224 / (30 * 1.04); sum < whole-0.1 || sum > whole+0.1 {
		t.Errorf("the parts take %.2f %% of the bar, the recovery %.2f %%", sum, whole)
	}
	late := r.Functions[0].Recoveries[0]
	late.DetectedAt, late.DecidedAt, late.ActedAt = at(50), 0, 0
	r.Functions[0].Recoveries[0] = late
	b := newTongue("en").recoveries(r)[0]
	if len(b.Parts) != 2 || len(b.Notes) != 2 {
		t.Errorf("an alarm after the return had a share in it: %+v", b)
	}
}
