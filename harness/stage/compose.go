package stage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/types"
	"gopkg.in/yaml.v3"
)

// dotEnv reads the .env file of a stage's folder. It is the only source of
// ${VARIABLES} in Compose files: the environment of whoever starts the harness
// must not change what is tested.
func dotEnv(c *collector, dir, absolute string) types.Mapping {
	env, err := dotenv.GetEnvFromFile(map[string]string{}, []string{filepath.Join(absolute, ".env")})
	if err != nil {
		if _, stat := os.Stat(filepath.Join(absolute, ".env")); !errors.Is(stat, os.ErrNotExist) {
			newDoc(c, filepath.Join(dir, ".env")).unreadable("", "le fichier", "file", ".env", err)
		}
		return types.Mapping{}
	}
	return env
}

// composeFile is a Compose file being read: compose-go reads it, the node tree
// tells where things stand.
type composeFile struct {
	*doc
	root   *yaml.Node
	site   string
	dir    string // absolute folder of the stage
	notRun []string
}

// loadCompose reads the Compose file of a site; nil after a problem.
//
// It is read as Compose reads it, with three differences: the project is named
// after the site, variables come from .env alone (see dotEnv), and no profile
// is active, so that services with profiles are left out (and named in NotRun).
func loadCompose(ctx context.Context, d *doc, path, site string, env types.Mapping) (*types.Project, []string) {
	content, err := os.ReadFile(path)
	if err != nil {
		d.unreadable("", "le fichier Compose", "Compose file", filepath.Base(path), err)
		return nil, nil
	}
	f := &composeFile{doc: d, site: site, dir: filepath.Dir(path)}
	before := len(d.problems)
	if f.root = d.parse(content); f.root == nil {
		return nil, nil
	}
	f.duplicates(f.root, 0)
	f.unset(f.root, env, 0)
	if len(d.problems) > before {
		return nil, nil
	}
	project, err := f.read(ctx, path, content, env)
	if err != nil {
		f.composeProblem(err)
		return nil, nil
	}
	if len(project.Services) == 0 {
		d.problem(nil, "ce fichier Compose ne démarre aucun service", "this Compose file starts no service")
		return nil, nil
	}
	return project, f.notRun
}

// read hands the file to compose-go. A panic in there is a file that it cannot
// digest: an author's mistake like others, not the end of the harness.
func (f *composeFile) read(ctx context.Context, path string, content []byte, env types.Mapping) (p *types.Project, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("the Compose reader gives up: %v", r)
		}
	}()
	return loader.LoadWithContext(ctx,
		types.ConfigDetails{
			WorkingDir:  f.dir,
			ConfigFiles: []types.ConfigFile{{Filename: path, Content: content}},
			Environment: maps.Clone(env),
		},
		func(o *loader.Options) { o.SetProjectName(f.site, true) },
		loader.WithUnsupportedAttributesCheck(appliedSettings(), func(found []loader.UnsupportedAttribute) {
			f.notRun = describe(f.site, found)
		}),
		loader.WithSupportedAttributes(knownSettings(), nil),
	)
}

// duplicates notes keys that a mapping has twice.
func (f *composeFile) duplicates(n *yaml.Node, depth int) {
	if depth > maxDepth {
		return
	}
	first := map[string]int{}
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			if line, twice := first[child.Value]; twice && child.Kind == yaml.ScalarNode && child.Value != "<<" {
				f.problem(child, "la clé « %s » figure déjà à la ligne %d", "key \"%s\" already stands at line %d", child.Value, line)
			}
			first[child.Value] = child.Line
			continue
		}
		f.duplicates(child, depth+1)
	}
}

// maxDepth bounds walks over YAML trees.
const maxDepth = 200

// unset notes variables without a value nor a default, which Compose would
// replace by nothing with a warning that nobody reads.
func (f *composeFile) unset(n *yaml.Node, env types.Mapping, depth int) {
	if depth > maxDepth {
		return
	}
	if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "$") {
		found := template.ExtractVariables(map[string]any{"value": n.Value}, template.DefaultPattern)
		for _, name := range slices.Sorted(maps.Keys(found)) {
			v := found[name]
			if _, ok := env[name]; ok || v.DefaultValue != "" || v.PresenceValue != "" || defaulted(n.Value, name) {
				continue
			}
			f.problem(n, "la variable « %s » n’a pas de valeur : la donner dans le fichier .env de la plateforme (l’environnement du poste n’est pas lu)",
				"variable \"%s\" has no value: give it in the stage's .env file (the environment of this machine is not read)", name)
		}
	}
	for _, child := range n.Content {
		f.unset(child, env, depth+1)
	}
}

// defaulted tells whether the text gives name an empty default, ${NAME-} or
// ${NAME:-}, or uses it only if present, ${NAME+x}.
func defaulted(text, name string) bool {
	for _, mark := range []string{"-", ":-", "+", ":+"} {
		if strings.Contains(text, "${"+name+mark) {
			return true
		}
	}
	return false
}
