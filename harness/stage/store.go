package stage

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// The drivers of stores.
const (
	DriverPostgres = "postgres"
	DriverHTTP     = "http" // a store that tells its rows and its state over HTTP
)

// driver tells which keys a store needs beside driver, service and port, and
// which it may have.
type driver struct {
	name      string
	need, may []string
}

func drivers() []driver {
	return []driver{
		{name: DriverPostgres, need: []string{"user", "database", "table", "column"}, may: []string{"password", "admin"}},
		{name: DriverHTTP, need: []string{"rows", "writable"}},
	}
}

func (f *stageFile) readStores(n *yaml.Node, path string) {
	var names []string
	for _, d := range drivers() {
		names = append(names, d.name)
	}
	f.byID(n, path, func(id string, value *yaml.Node, path string) {
		store := Store{ID: id}
		f.fields(value, path,
			need("driver", f.oneOf(&store.Driver, names...)),
			need("service", f.word(&store.Service)),
			need("port", f.port(&store.Port)),
			may("user", f.word(&store.User)),
			may("password", f.scalar(&store.Password)),
			may("database", f.word(&store.Database)),
			may("table", f.word(&store.Table)),
			may("column", f.word(&store.Column)),
			may("admin", f.readLogin(&store.Admin)),
			may("rows", f.template(&store.Rows)),
			may("writable", f.word(&store.Writable)),
		)
		f.checkDriver(store, path)
		f.stage.Stores = append(f.stage.Stores, store)
	})
}

// checkDriver: each driver has keys of its own.
func (f *stageFile) checkDriver(store Store, path string) {
	own := []string{"user", "password", "database", "table", "column", "admin", "rows", "writable"}
	for _, d := range drivers() {
		if d.name != store.Driver {
			continue
		}
		for _, key := range own {
			given := f.seen[join(path, key)] != nil
			switch {
			case !given && slices.Contains(d.need, key):
				f.problemAt(join(path, "driver"), "le pilote « %s » demande la clé « %s »", "driver \"%s\" needs key \"%s\"", d.name, key)
			case given && !slices.Contains(d.need, key) && !slices.Contains(d.may, key):
				f.problemAt(join(path, key), "le pilote « %s » n’a que faire de la clé « %s »", "driver \"%s\" has no use for key \"%s\"", d.name, key)
			}
		}
	}
	for key, value := range map[string]string{"rows": store.Rows, "writable": store.Writable} {
		if value != "" && !strings.HasPrefix(value, "/") {
			f.problemAt(join(path, key), "un chemin commence par « / »", "a path begins with \"/\"")
		}
	}
}
