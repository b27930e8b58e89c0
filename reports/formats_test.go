package reports

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"bascule/harness/analysis"
)

var update = flag.Bool("update", false, "write golden files anew")

// written is a report in one format.
func written(t *testing.T, w Writer, m Model) string {
	t.Helper()
	var b bytes.Buffer
	if err := w.Write(&b, m); err != nil {
		t.Fatalf("%s: %v", w.Name(), err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, w := range []Writer{JSON{}, JUnit{}, Markdown{}} {
		t.Run(w.Name(), func(t *testing.T) {
			m := sampleModel()
			for i := range m.Scenarios { // a few buckets show the shape
				m.Scenarios[i].Series = m.Scenarios[i].Series[:4]
			}
			got := written(t, w, m)
			path := filepath.Join("testdata", w.Name()+".golden")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs from %s; run with -update if that is meant", w.Name(), path)
			}
			if again := written(t, w, m); again != got {
				t.Error("the same model gave other bytes")
			}
		})
	}
}

func TestJSONFollowsItsPublishedSchema(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]Model{"sample": sampleModel(), "probed": probedModel(), "empty": Build(Run{}, nil), "bare": Build(Run{}, []analysis.Result{{}})} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(written(t, JSON{}, m)))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A field that joins the report must join its schema.
func TestSchemaDescribesEveryField(t *testing.T) {
	var doc struct {
		Properties map[string]any
		Defs       map[string]struct{ Properties map[string]any } `json:"$defs"`
	}
	if err := json.Unmarshal(Schema, &doc); err != nil {
		t.Fatal(err)
	}
	described := map[string]bool{}
	for k := range doc.Properties {
		described[k] = true
	}
	for _, d := range doc.Defs {
		for k := range d.Properties {
			described[k] = true
		}
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				if k == "lost_by_phase" {
					continue // its keys are phases
				}
				if !described[k] {
					t.Errorf("field %q is not in report.schema.json", k)
				}
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	var got any
	if err := json.Unmarshal([]byte(written(t, JSON{}, sampleModel())), &got); err != nil {
		t.Fatal(err)
	}
	walk(got)
}

func TestJSONHasNoNullAndLeavesTheModelAlone(t *testing.T) {
	m := Build(Run{}, []analysis.Result{{Verdict: analysis.Pass}})
	if s := written(t, JSON{}, m); strings.Contains(s, "null") {
		t.Errorf("a list is null:\n%s", s)
	}
	if m.Scenarios[0].Reasons != nil {
		t.Error("writing changed the model")
	}
	var back Model
	if err := json.Unmarshal([]byte(written(t, JSON{}, sampleModel())), &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back.Counts, Counts{Total: 3, Pass: 1, Fail: 1, Inconclusive: 1}) || back.Scenarios[0].Functions[0].Recoveries[0].Time != at(18.224) {
		t.Errorf("read back: %+v", back.Counts)
	}
}

func TestJUnitNeverShowsAnUnprovedRunAsGreen(t *testing.T) {
	type suites struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Suites   []struct {
			Name  string `xml:"name,attr"`
			Time  string `xml:"time,attr"`
			Cases []struct {
				Name    string `xml:"name,attr"`
				Class   string `xml:"classname,attr"`
				Failure *struct {
					Message string `xml:"message,attr"`
				} `xml:"failure"`
				Error *struct {
					Type string `xml:"type,attr"`
				} `xml:"error"`
				Out string `xml:"system-out"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	read := func(m Model) (s suites) {
		if err := xml.Unmarshal([]byte(written(t, JUnit{}, m)), &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := read(sampleModel())
	if s.Tests != 3 || s.Failures != 1 || s.Errors != 1 || len(s.Suites) != 3 {
		t.Fatalf("counts: %+v", s)
	}
	if c := s.Suites[0].Cases[0]; c.Failure != nil || c.Error != nil || c.Class != "features.nightly.base-pendant-migration" || c.Out != migrationSource {
		t.Errorf("pass: %+v", c)
	}
	if c := s.Suites[1].Cases[0]; c.Failure == nil || !strings.Contains(c.Failure.Message, "PRA-07") {
		t.Errorf("fail: %+v", c)
	}
	if c := s.Suites[2].Cases[0]; c.Error == nil || c.Error.Type != "inconclusive" || c.Failure != nil {
		t.Errorf("inconclusive: %+v", c)
	}
	for name, m := range map[string]Model{"nothing played": Build(Run{ID: "r"}, nil),
		"interrupted": Build(Run{ID: "r", Interrupted: true}, []analysis.Result{migrationPasses()})} {
		if s := read(m); s.Errors != 1 {
			t.Errorf("%s: %d errors, want 1: a viewer would show it green", name, s.Errors)
		}
	}
	two := []analysis.Result{migrationPasses(), migrationPasses()}
	if s := read(Build(Run{}, two)); s.Suites[0].Cases[0].Name == s.Suites[0].Cases[1].Name {
		t.Error("two rows of an outline share one name: viewers merge them")
	}
	hostile := migrationPasses()
	hostile.Header.Name, hostile.Header.Source = `<script>"&'`+"\x00", "]]></system-out>"
	if s := read(Build(Run{}, []analysis.Result{hostile})); !strings.HasPrefix(s.Suites[0].Cases[0].Name, `<script>"&'`) || s.Suites[0].Cases[0].Out != hostile.Header.Source {
		t.Errorf("hostile names do not come back: %+v", s.Suites[0].Cases[0])
	}
}

func TestMarkdownSetsHostileNamesAsText(t *testing.T) {
	r := siteLostFails()
	r.Header.Name = "a | b <script>alert(1)</script> `x`\n# title"
	got := written(t, Markdown{}, Build(Run{}, []analysis.Result{r}))
	for _, line := range strings.Split(got, "\n") {
		if strings.Contains(line, "<script>") || strings.HasPrefix(line, "# title") {
			t.Errorf("not escaped: %s", line)
		}
		if strings.HasPrefix(line, "|") && strings.Contains(line, "alert") && strings.Count(line, "|")-strings.Count(line, `\|`) != 7 {
			t.Errorf("the name breaks its row: %s", line)
		}
	}
}

func TestMarkdownStartsWithTheVerdict(t *testing.T) {
	if got := written(t, Markdown{}, sampleModel()); !strings.HasPrefix(got, "# ❌ Non conforme\n") {
		t.Errorf("starts with %q", got[:40])
	}
}
