package stage

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"bascule/harness/history"
)

// FileName is the name of a stage's description in its folder.
const FileName = "stage.yaml"

// defaultStability is how long successes must last where the stage says nothing.
const defaultStability = 2 * time.Second

// stageFile is stage.yaml as decoded: the stage, and what is used up on the way.
type stageFile struct {
	*doc
	stage    *Stage
	releases string // folder
	runbooks string // folder
	variants []variant
}

// variant is the same stage with other settings.
type variant struct {
	id          string
	path        string
	title       history.Text
	environment []serviceEnvironment
	functions   []functionTargets
}

type serviceEnvironment struct {
	service string
	path    string
	env     map[string]string
}

// functionTargets replaces targets of a function; nil leaves one as it is.
type functionTargets struct {
	id             string
	path           string
	rto, rpo, mtpd *time.Duration
}

// identifier is the shape of the ids that become names of networks, folders and
// Compose projects.
var identifier = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)

// decodeStage reads the content of a stage.yaml. References are not checked.
func decodeStage(d *doc, content []byte) *stageFile {
	f := &stageFile{doc: d, stage: &Stage{Stability: defaultStability}}
	root := d.parse(content)
	if root == nil {
		return f
	}
	s := f.stage
	d.fields(root, "",
		need("format", f.readFormat),
		need("title", d.text(&s.Title)),
		need("sites", f.readSites),
		need("entry", f.readEntry),
		may("flows", f.readFlows),
		may("dependencies", f.readDependencies),
		may("stores", f.readStores),
		may("certificates", f.readCertificates),
		need("functions", f.readFunctions),
		need("workloads", f.readWorkloads),
		need("deployment", f.readDeployment),
		need("releases", d.word(&f.releases)),
		may("runbooks", d.word(&f.runbooks)),
		need("authorities", f.readAuthorities),
		may("stability", d.duration(&s.Stability, time.Millisecond)),
		may("variants", f.readVariants),
		may("infrastructure", f.readInfrastructure),
	)
	return f
}

// readFormat refuses a file written for another version of the harness.
func (f *stageFile) readFormat(n *yaml.Node, path string) {
	if v := resolve(n); v.Kind != yaml.ScalarNode || v.Value != "1" {
		f.wrong(v, path, "1, le seul format que cette version de Bascule sait lire", "1, the only format that this version of Bascule reads")
	}
}

// byID reads a mapping of things by their id.
func (f *stageFile) byID(n *yaml.Node, path string, each func(id string, value *yaml.Node, path string)) {
	f.mapping(n, path, func(key, value *yaml.Node) {
		id := key.Value
		if !identifier.MatchString(id) {
			f.problem(key, "« %s » : un identifiant s’écrit en minuscules, chiffres, tirets",
				"\"%s\": an id is written in lower-case letters, digits and hyphens", id)
			// Read on as if it were right, so that nothing else seems wrong.
			if id = strings.ToLower(id); !identifier.MatchString(id) {
				return
			}
		}
		each(id, value, join(path, id))
	})
	if v := resolve(n); v.Kind == yaml.MappingNode && len(v.Content) == 0 {
		f.problem(n, "« %s » est vide", "\"%s\" is empty", path)
	}
}

func (f *stageFile) readSites(n *yaml.Node, path string) {
	f.byID(n, path, func(id string, value *yaml.Node, path string) {
		site := Site{ID: id}
		f.fields(value, path,
			need("title", f.word(&site.Title)),
			need("role", f.oneOf(&site.Role, "primary", "standby", RoleThirdParty, RoleWitness)),
			need("compose", f.word(&site.File)),
			may("third_party", f.readThirdParty(&site.ThirdParty)),
		)
		f.checkThirdParty(&site, path)
		f.stage.Sites = append(f.stage.Sites, site)
	})
}

func (f *stageFile) readEntry(n *yaml.Node, path string) {
	f.fields(n, path,
		need("service", f.word(&f.stage.Entry.Service)),
		need("port", f.port(&f.stage.Entry.Port)),
	)
}

func (f *stageFile) readFlows(n *yaml.Node, path string) {
	f.list(n, path, func(item *yaml.Node, path string) {
		var flow Flow
		f.fields(item, path,
			need("from", f.word(&flow.From)),
			need("to", f.word(&flow.To)),
			need("name", f.word(&flow.Name)),
			need("ports", f.ports(&flow.Ports)),
			may("why", f.word(&flow.Why)),
		)
		f.stage.Flows = append(f.stage.Flows, flow)
	})
}

func (f *stageFile) readFunctions(n *yaml.Node, path string) {
	f.byID(n, path, func(id string, value *yaml.Node, path string) {
		fn := Function{ID: id}
		f.fields(value, path,
			need("name", f.text(&fn.Name)),
			need("owner", f.text(&fn.Owner)),
			need("services", f.words(&fn.Services)),
			need("rto", f.duration(&fn.RTO, time.Millisecond)),
			may("rpo", func(n *yaml.Node, path string) {
				fn.RPOSet = true
				f.duration(&fn.RPO, 0)(n, path)
			}),
			may("mtpd", f.duration(&fn.MTPD, time.Millisecond)),
			may("workload", f.word(&fn.Workload)),
		)
		f.stage.Functions = append(f.stage.Functions, fn)
	})
}

func (f *stageFile) readDeployment(n *yaml.Node, path string) {
	d := &f.stage.Deployment
	f.fields(n, path,
		need("strategy", f.oneOf(&d.Strategy, "rolling")),
		need("services", f.words(&d.Services)),
		may("pause", f.duration(&d.Pause, 0)),
	)
}

func (f *stageFile) readAuthorities(n *yaml.Node, path string) {
	f.fields(n, path,
		need("stop", f.readAuthority(&f.stage.Stop)),
		need("failover", f.readAuthority(&f.stage.Failover)),
	)
}

func (f *stageFile) readAuthority(a *Authority) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		f.fields(n, path,
			need("owner", f.text(&a.Owner)),
			may("deputy", f.text(&a.Deputy)),
			may("delay", f.duration(&a.Delay, 0)),
			need("deadline", f.duration(&a.Deadline, time.Millisecond)),
		)
	}
}

func (f *stageFile) readVariants(n *yaml.Node, path string) {
	f.byID(n, path, func(id string, value *yaml.Node, path string) {
		v := variant{id: id, path: path}
		f.fields(value, path,
			may("title", f.text(&v.title)),
			may("environment", func(n *yaml.Node, path string) {
				f.mapping(n, path, func(key, value *yaml.Node) {
					e := serviceEnvironment{service: key.Value, path: join(path, key.Value)}
					f.environment(&e.env)(value, e.path)
					f.seen[e.path] = key
					v.environment = append(v.environment, e)
				})
			}),
			may("functions", func(n *yaml.Node, path string) { f.readTargets(&v, n, path) }),
		)
		f.variants = append(f.variants, v)
	})
}

func (f *stageFile) readTargets(v *variant, n *yaml.Node, path string) {
	f.mapping(n, path, func(key, value *yaml.Node) {
		t := functionTargets{id: key.Value, path: join(path, key.Value)}
		target := func(dst **time.Duration, least time.Duration) func(*yaml.Node, string) {
			return func(n *yaml.Node, path string) {
				*dst = new(time.Duration)
				f.duration(*dst, least)(n, path)
			}
		}
		f.fields(value, t.path,
			may("rto", target(&t.rto, time.Millisecond)),
			may("rpo", target(&t.rpo, 0)),
			may("mtpd", target(&t.mtpd, time.Millisecond)),
		)
		f.seen[t.path] = key
		v.functions = append(v.functions, t)
	})
}

// apply turns the stage into its variant id; "" leaves it as it is. Environment
// is applied later, on the Compose projects.
func (f *stageFile) apply(id string) *variant {
	if id == "" {
		return nil
	}
	i := slices.IndexFunc(f.variants, func(v variant) bool { return v.id == id })
	if i < 0 {
		known := make([]string, len(f.variants))
		for i, v := range f.variants {
			known[i] = v.id
		}
		f.unknown("variants", history.Text{FR: "variante inconnue", EN: "unknown variant"}, id, known)
		return nil
	}
	v := &f.variants[i]
	if v.title != (history.Text{}) {
		f.stage.Title = v.title
	}
	for _, t := range v.functions {
		for i := range f.stage.Functions {
			if f.stage.Functions[i].ID == t.id {
				t.apply(&f.stage.Functions[i])
			}
		}
	}
	return v
}

func (t functionTargets) apply(fn *Function) {
	if t.rto != nil {
		fn.RTO = *t.rto
	}
	if t.rpo != nil {
		fn.RPO, fn.RPOSet = *t.rpo, true
	}
	if t.mtpd != nil {
		fn.MTPD = *t.mtpd
	}
}
