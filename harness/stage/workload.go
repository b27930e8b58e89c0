package stage

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"
	"time"

	"gopkg.in/yaml.v3"
)

// TemplateData is what the templates of a Request may use.
type TemplateData struct {
	ID     string // of the operation's row, Prefix included
	Seq    uint64 // number of the operation
	Prefix string // of every id of the run
}

func (f *stageFile) readWorkloads(n *yaml.Node, path string) {
	f.byID(n, path, func(id string, value *yaml.Node, path string) {
		w := Workload{ID: id}
		f.fields(value, path,
			need("rate", f.number(&w.Rate, func(v float64) bool { return v > 0 && v <= 100_000 },
				"un nombre d’opérations par seconde, au-dessus de 0 et d’au plus 100000",
				"a number of operations a second, above 0 and at most 100000")),
			need("timeout", f.duration(&w.Timeout, time.Millisecond)),
			may("read_share", f.number(&w.ReadShare, func(v float64) bool { return v >= 0 && v <= 1 },
				"une part entre 0 et 1", "a share between 0 and 1")),
			need("write", f.readRequest(&w.Write)),
			may("read", f.readRequest(&w.Read)),
			need("list", f.readRequest(&w.List)),
		)
		if w.Write.Path != "" && !strings.Contains(w.Write.Path+w.Write.Body, ".ID") {
			f.problemAt(join(path, "write"), "l’écriture doit porter {{.ID}} dans « path » ou « body », sans quoi ses opérations ne se distinguent pas",
				"the write must carry {{.ID}} in \"path\" or \"body\": its operations cannot be told apart otherwise")
		}
		if w.ReadShare > 0 && f.seen[join(path, "read")] == nil {
			f.problemAt(join(path, "read_share"), "« read_share » demande des lectures, mais « read » manque",
				"\"read_share\" asks for reads, but \"read\" is missing")
		}
		f.stage.Workloads = append(f.stage.Workloads, w)
	})
}

func (f *stageFile) readRequest(r *Request) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		f.fields(n, path,
			need("method", f.oneOf(&r.Method, "GET", "POST", "PUT", "PATCH", "DELETE")),
			need("path", f.template(&r.Path)),
			may("body", f.template(&r.Body)),
			may("header", f.environment(&r.Header)),
			need("ok", f.statuses(&r.OK)),
			may("rejected", f.statuses(&r.Rejected)),
		)
		if r.Path != "" && !strings.HasPrefix(r.Path, "/") {
			f.problemAt(join(path, "path"), "un chemin commence par « / »", "a path begins with \"/\"")
		}
		for _, status := range r.Rejected {
			if slices.Contains(r.OK, status) {
				f.problemAt(join(path, "rejected"), "le code %d ne peut pas valoir à la fois acquittement et refus",
					"status %d cannot mean both done and not done", status)
			}
		}
	}
}

// template reads a text/template and tries it.
func (f *stageFile) template(dst *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		f.word(dst)(n, path)
		if *dst == "" {
			return
		}
		t, err := template.New(path).Option("missingkey=error").Parse(*dst)
		if err == nil {
			err = tryTemplate(t)
		}
		if err != nil {
			f.problem(n, "« %[1]s » n’est pas un modèle valable (.ID, .Seq et .Prefix existent) : %[2]v",
				"\"%[1]s\" is not a valid template (there are .ID, .Seq and .Prefix): %[2]v", path, err)
		}
	}
}

// tryTemplate runs a template once. A template can make the library panic only
// through a function that it calls; that is a mistake of the template, too.
func tryTemplate(t *template.Template) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it panics: %v", r)
		}
	}()
	return t.Execute(io.Discard, TemplateData{ID: "p-1", Seq: 1, Prefix: "p"})
}

func (f *stageFile) statuses(dst *[]int) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		f.list(n, path, func(item *yaml.Node, path string) {
			var status int
			f.integer(&status, 100, 599, "un code HTTP", "an HTTP status")(item, path)
			if status != 0 {
				*dst = append(*dst, status)
			}
		})
		if v := resolve(n); v.Kind == yaml.SequenceNode && len(v.Content) == 0 {
			f.problem(n, "« %s » est vide", "\"%s\" is empty", path)
		}
	}
}
