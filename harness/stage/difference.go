package stage

import (
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"bascule/harness/history"
)

// What stage.yaml says of a comparison of the sites: the differences that must
// be, and the files that are compared beside Compose's own.

// anyService stands for every service in a difference.
const anyService = "*"

func (f *stageFile) readDifferences(n *yaml.Node, path string) {
	f.list(n, path, func(item *yaml.Node, path string) {
		var e history.Exception
		f.fields(item, path,
			need("service", f.word(&e.Service)),
			need("key", f.word(&e.Key)),
			need("why", f.text(&e.Why)),
		)
		f.stage.Differences = append(f.stage.Differences, e)
	})
}

// keyGroups is how the keys of facts begin; a declared difference must name one,
// or it would never occur.
func keyGroups() []string {
	return []string{"cert", "config", "env", "expose", "file", "health", "image", "label", "limit", "mount", "package", "publish", "replication", "run",
		"schema", "secret", "service", "sysctl"}
}

func (f *stageFile) readFiles(n *yaml.Node, path string) {
	f.stage.Files = map[string][]string{}
	f.mapping(n, path, func(key, value *yaml.Node) {
		at := join(path, key.Value)
		var paths []string
		f.words(&paths)(value, at)
		f.stage.Files[key.Value] = paths
		f.seen[at] = key
		f.absolute(value, paths)
	})
}

// absolute: a path in a container begins at its root.
func (d *doc) absolute(list *yaml.Node, paths []string) {
	for _, item := range resolve(list).Content {
		if v := resolve(item).Value; slices.Contains(paths, v) && !strings.HasPrefix(v, "/") {
			d.problem(item, "« %s » : un chemin dans le conteneur commence par « / »", "\"%s\": a path in the container begins with \"/\"", v)
		}
	}
}

// checkDifferences checks what a comparison of the sites refers to.
func (b *book) checkDifferences() {
	first := map[history.Exception]int{}
	for i, e := range b.stage.Differences {
		path := "differences[" + strconv.Itoa(i) + "]"
		if e.Service != anyService && !b.known(e.Service) {
			b.unknown(path+".service", noun("service"), e.Service, b.all)
		}
		group, _, dotted := strings.Cut(e.Key, ".")
		if e.Key != "" && (!dotted || !slices.Contains(keyGroups(), group)) {
			b.unknown(path+".key", history.Text{FR: "une clé s’écrit groupe.nom, par exemple env.SITE ; groupe inconnu", EN: "a key is written group.name, such as env.SITE; unknown group"}, group, keyGroups())
		}
		same := history.Exception{Service: e.Service, Key: e.Key}
		if n, twice := first[same]; twice && e.Key != "" {
			b.problemAt(path+".key", "cet écart est déjà déclaré, au rang %d", "this difference is declared already, as number %d", n+1)
			continue
		}
		first[same] = i
	}
	for service := range b.stage.Files {
		if !b.known(service) {
			b.unknown("files."+service, noun("service"), service, b.all)
		}
	}
}

// Watched are the files of a service that are compared beside Compose's own: by
// their paths in the container.
func (s *Stage) Watched(service string) []string {
	out := slices.Clone(s.Files[service])
	for _, c := range s.Certs {
		if c.Service == service && strings.HasPrefix(c.Cert, "/") {
			out = append(out, c.Cert)
		}
	}
	for _, r := range s.Releases {
		for _, q := range r.Requires {
			if q.Service == service && strings.HasPrefix(q.Name, "/") && (q.Kind == history.RequireFile || q.Kind == history.RequireCertificate) {
				out = append(out, q.Name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
