package stage

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"gopkg.in/yaml.v3"

	"bascule/harness/history"
)

// envExample is the name of a list of variables, by the habit of many projects:
// beside stage.yaml for every release, beside a manifest ("1.5.0.env.example")
// for the services that one delivers.
const envExample = ".env.example"

// readRequires reads what a release needs of each site, by service.
func (f *releaseFile) readRequires(n *yaml.Node, path string) {
	f.mapping(n, path, func(key, value *yaml.Node) {
		path := join(path, key.Value)
		f.readNeeds(key.Value, value, path)
		f.seen[path] = key
	})
}

func (f *releaseFile) readNeeds(service string, n *yaml.Node, path string) {
	names := func(kind history.RequireKind, more func(list *yaml.Node, names []string)) func(*yaml.Node, string) {
		return func(n *yaml.Node, path string) {
			var words []string
			f.words(&words)(n, path)
			for _, w := range words {
				f.requires(history.Requirement{Service: service, Kind: kind, Name: w})
			}
			if more != nil {
				more(n, words)
			}
		}
	}
	f.fields(n, path,
		may("env", names(history.RequireEnv, nil)),
		may("secrets", names(history.RequireSecret, nil)),
		may("files", names(history.RequireFile, f.absolute)),
		may("volumes", names(history.RequireVolume, nil)),
		may("ports", func(n *yaml.Node, path string) {
			f.list(n, path, func(item *yaml.Node, path string) {
				var port int
				f.port(&port)(item, path)
				if port > 0 {
					f.requires(history.Requirement{Service: service, Kind: history.RequirePort, Name: strconv.Itoa(port)})
				}
			})
		}),
		may("certificates", func(n *yaml.Node, path string) {
			f.list(n, path, func(item *yaml.Node, path string) {
				q := history.Requirement{Service: service, Kind: history.RequireCertificate}
				f.fields(item, path, need("path", f.word(&q.Name)), may("valid_for", f.duration(&q.For, time.Second)))
				if q.Name != "" {
					f.requires(q)
				}
			})
		}),
		may("schema", func(n *yaml.Node, path string) { f.readSchemaNeeds(service, n, path) }),
	)
}

func (f *releaseFile) readSchemaNeeds(service string, n *yaml.Node, path string) {
	var version string
	var columns []string
	f.fields(n, path, may("version", f.scalar(&version)), may("columns", f.words(&columns)))
	if version != "" {
		f.requires(history.Requirement{Service: service, Kind: history.RequireSchema, Name: version})
	}
	for _, c := range columns {
		if !strings.Contains(c, ".") {
			f.problemAt(join(path, "columns"), "« %s » : une colonne s’écrit table.colonne", "\"%s\": a column is written table.column", c)
			continue
		}
		f.requires(history.Requirement{Service: service, Kind: history.RequireColumn, Name: c})
	}
}

// requires notes a requirement once.
func (f *releaseFile) requires(q history.Requirement) {
	if !slices.Contains(f.release.Requires, q) {
		f.release.Requires = append(f.release.Requires, q)
	}
}

// complete finishes the requirements of a release once the whole manifest is
// read: whose they are, and which of them the release brings itself.
func (f *releaseFile) complete(folder, stageFolder string) {
	f.fromExample(filepath.Join(stageFolder, envExample), []string{""})
	f.fromExample(filepath.Join(folder, f.release.Version+envExample), slices.Sorted(maps.Keys(f.release.Images)))
	for i := range f.release.Requires {
		q := &f.release.Requires[i]
		q.Release = f.release.Version
		switch q.Kind {
		case history.RequireEnv:
			_, q.Brought = f.release.Environment[q.Service][q.Name]
			if q.Service == "" {
				q.Brought = slices.ContainsFunc(slices.Collect(maps.Values(f.release.Environment)), func(env map[string]string) bool { _, ok := env[q.Name]; return ok })
			}
		case history.RequireSchema, history.RequireColumn:
			q.Brought = f.release.Migration != nil
		}
	}
}

// fromExample requires the variables that an example lists, of each service. Its
// values are not looked at.
func (f *releaseFile) fromExample(path string, services []string) {
	content, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	d := newDoc(f.collector, filepath.Join(filepath.Dir(f.file), filepath.Base(path)))
	if err != nil {
		d.unreadable("", "le fichier", "file", filepath.Base(path), err)
		return
	}
	defer content.Close()
	keys, err := dotenv.ParseWithLookup(content, func(string) (string, bool) { return "", true })
	if err != nil {
		d.unreadable("", "le fichier", "file", filepath.Base(path), err)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		for _, service := range services {
			f.requires(history.Requirement{Service: service, Kind: history.RequireEnv, Name: key})
		}
	}
}

// checkRequires: what is required is required of a service, and a schema of a
// database that Bascule can read.
func (b *book) checkRequires(f *releaseFile) {
	for _, q := range f.release.Requires {
		path := "requires." + q.Service
		switch {
		case q.Service == "" || f.seen[path] == nil:
		case !b.known(q.Service):
			f.unknown(path, noun("service"), q.Service, b.all)
			return
		case q.Kind == history.RequireSchema || q.Kind == history.RequireColumn:
			if !slices.ContainsFunc(b.stage.Stores, func(s Store) bool { return s.Service == q.Service && s.Driver == DriverPostgres }) {
				f.problemAt(path, "« %s » n’est pas une base PostgreSQL déclarée dans « stores » : son schéma ne se lit pas",
					"\"%s\" is no PostgreSQL database declared in \"stores\": its schema cannot be read", q.Service)
				return
			}
		}
	}
}
