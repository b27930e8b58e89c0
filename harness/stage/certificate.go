package stage

import (
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"gopkg.in/yaml.v3"
)

// Certificate is a TLS certificate that a service serves, so that a fault can
// let it expire. Cert and Key are absolute paths in the container, or the name
// of a Compose config or secret that the service has. CACert and CAKey, of the
// authority that signed it, may also be configs or secrets that no service has;
// both empty: it signed itself.
type Certificate struct {
	ID      string
	Service string
	Port    int // where it is served
	Cert    string
	Key     string
	CACert  string
	CAKey   string
}

func (f *stageFile) readCertificates(n *yaml.Node, path string) {
	f.byID(n, path, func(id string, value *yaml.Node, path string) {
		c := Certificate{ID: id}
		f.fields(value, path,
			need("service", f.word(&c.Service)),
			need("port", f.port(&c.Port)),
			need("cert", f.word(&c.Cert)),
			need("key", f.word(&c.Key)),
			may("ca_cert", f.word(&c.CACert)),
			may("ca_key", f.word(&c.CAKey)),
		)
		if cert, key := f.seen[join(path, "ca_cert")] != nil, f.seen[join(path, "ca_key")] != nil; cert != key {
			f.problemAt(path, "« ca_cert » et « ca_key » vont ensemble : sans la clé de l’autorité, rien ne se signe en son nom",
				"\"ca_cert\" and \"ca_key\" go together: without the authority's key nothing is signed in its name")
		}
		f.stage.Certs = append(f.stage.Certs, c)
	})
}

func (f *stageFile) readLogin(l *Login) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		f.fields(n, path, need("user", f.word(&l.User)), may("password", f.scalar(&l.Password)))
	}
}

// Files are the paths of the configs and secrets of a service in its container,
// by their names.
func Files(svc types.ServiceConfig) map[string]string {
	out := map[string]string{}
	for _, c := range svc.Configs {
		out[c.Source] = FilePath(types.FileReferenceConfig(c), "/")
	}
	for _, s := range svc.Secrets {
		out[s.Source] = FilePath(types.FileReferenceConfig(s), "/run/secrets/")
	}
	return out
}

// FilePath is where a config or secret stands in the container; dir is where
// Compose puts those without an absolute target.
func FilePath(ref types.FileReferenceConfig, dir string) string {
	to := ref.Target
	if to == "" {
		to = ref.Source
	}
	if !strings.HasPrefix(to, "/") {
		to = dir + to
	}
	return to
}

// checkCertificates looks for each file on each site that has the service.
func (b *book) checkCertificates() {
	for _, c := range b.stage.Certs {
		path := "certificates." + c.ID
		if !b.known(c.Service) {
			b.unknown(path+".service", noun("service"), c.Service, b.all)
			continue
		}
		for _, site := range b.stage.Sites {
			if site.Project == nil {
				continue
			}
			svc, ok := site.Project.Services[c.Service]
			if !ok {
				continue
			}
			var mounted, declared []string
			for name := range Files(svc) {
				mounted = append(mounted, name)
			}
			for name := range site.Project.Configs {
				declared = append(declared, name)
			}
			for name := range site.Project.Secrets {
				declared = append(declared, name)
			}
			b.checkFile(path+".cert", c.Cert, site.ID, mounted)
			b.checkFile(path+".key", c.Key, site.ID, mounted)
			b.checkFile(path+".ca_cert", c.CACert, site.ID, declared)
			b.checkFile(path+".ca_key", c.CAKey, site.ID, declared)
		}
	}
}

func (b *book) checkFile(path, name, site string, known []string) {
	if name == "" || strings.HasPrefix(name, "/") || slices.Contains(known, name) {
		return
	}
	slices.Sort(known)
	b.unknown(path, on(noun("file"), site), name, slices.Compact(known))
}
