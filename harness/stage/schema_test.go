package stage

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
)

const schemas = "../../scenarios"

func schemaFor(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(filepath.Join(schemas, name+".schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asJSON reads YAML as a validator of JSON Schemas wants it.
func asJSON(t *testing.T, path string) any {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := yaml.Unmarshal(content, &v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What Load accepts, an editor with the schemas must not underline.
func TestShippedFilesFitTheSchemas(t *testing.T) {
	for name, pattern := range map[string]string{"stage": "stage.yaml", "release": "releases/*.yaml", "runbook": "runbooks/*.yaml"} {
		s := schemaFor(t, name)
		for _, root := range []string{"testdata/good", schemas + "/*"} {
			paths, err := filepath.Glob(filepath.Join(root, pattern))
			if err != nil || len(paths) == 0 {
				t.Fatalf("%s/%s: %v, %v", root, pattern, paths, err)
			}
			for _, path := range paths {
				if err := s.Validate(asJSON(t, path)); err != nil {
					t.Errorf("%s: %v", path, err)
				}
			}
		}
	}
}

// A mistake of shape, which an editor can see, is one to the schemas as well.
// References between files are beyond them.
func TestSchemasRefuseWhatLoadRefuses(t *testing.T) {
	beyond := []string{
		"duplicate key", "two primaries", "no primary", "two sites of one title", "no Compose file", "entry missing on a site", "unknown entry",
		"flow from an unknown site", "flow to an unknown service", "flow inside a site", "flow name taken by a service", "two flows of one name",
		"unknown service of a store", "unknown service of a function", "unknown workload", "recovery target beyond the tolerable", "zero duration",
		"template error", "template does not close", "store over HTTP with a wrong template", "writes that look alike", "status both ways", "reads asked for, none described",
		"deployment to a third party", "store of a third party", "runbook at a third party", "failover to a third party",
		"certificate of an unknown service", "key that the service does not have", "authority that no site declares",
		"unknown service to deploy", "service to deploy twice", "no folder of releases", "folder without manifests",
		"unknown function of a variant", "unknown service of a variant", "infrastructure of an unknown site", "infrastructure of a third party", "playbook missing", "playbook that is a folder",
		"folder of Terraform missing", "recorded plan missing", "not YAML", "two documents",
		"release of another name", "release of an unknown service", "release of a service that is not deployed", "build folder missing", "Dockerfile missing",
		"migration of an unknown service", "unknown site in a runbook", "unknown service in a runbook", "unknown function in a runbook",
		"unknown volume in a runbook", "two steps of one id", "runbook of another name", "failover that comes back", "unknown release in a runbook",
		"unknown name in a runbook", "name to an unknown site", "name to an unknown service", "name where no flow leads",
	}
	for _, b := range brokenStages() {
		if strings.HasPrefix(b.name, "Compose:") || slices.Contains(beyond, b.name) {
			continue
		}
		t.Run(b.name, func(t *testing.T) {
			name := map[string]string{".": "stage", "releases": "release", "runbooks": "runbook"}[filepath.Dir(b.file)]
			if err := schemaFor(t, name).Validate(asJSON(t, filepath.Join(copyGood(t, b), b.file))); err == nil {
				t.Error("the schema accepts what Load refuses")
			}
		})
	}
}

// Both know the same keys: what the decoder would refuse as unknown must not be
// offered by an editor, and the other way round.
func TestSchemasAndDecoderKnowTheSameKeys(t *testing.T) {
	for name, decode := range map[string]func(d *doc, content []byte){
		"stage":   func(d *doc, content []byte) { decodeStage(d, content) },
		"release": func(d *doc, content []byte) { decodeRelease(d, content, t.TempDir()) },
		"runbook": func(d *doc, content []byte) { decodeRunbook(d, content) },
	} {
		content, err := os.ReadFile(filepath.Join(schemas, name+".schema.json"))
		if err != nil {
			t.Fatal(err)
		}
		var s struct {
			Properties map[string]json.RawMessage `json:"properties"`
			Required   []string                   `json:"required"`
		}
		if err := json.Unmarshal(content, &s); err != nil {
			t.Fatal(err)
		}
		c := &collector{}
		decode(newDoc(c, name), []byte("zzzzzzzzzzzz: 1\n"))
		var known, missing []string
		for _, p := range c.sorted() {
			if _, list, ok := strings.Cut(p.Text.EN, "known: "); ok {
				known = strings.Split(list, ", ")
			} else {
				missing = append(missing, strings.Split(p.Text.EN, `"`)[1])
			}
		}
		slices.Sort(known)
		slices.Sort(missing)
		slices.Sort(s.Required)
		if want := slices.Sorted(maps.Keys(s.Properties)); !slices.Equal(known, want) {
			t.Errorf("%s: the decoder knows %v, the schema %v", name, known, want)
		}
		if !slices.Equal(missing, s.Required) {
			t.Errorf("%s: the decoder requires %v, the schema %v", name, missing, s.Required)
		}
	}
}
