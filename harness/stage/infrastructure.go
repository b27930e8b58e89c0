package stage

import (
	"os"
	"path/filepath"
	"slices"

	"gopkg.in/yaml.v3"

	"bascule/harness/history"
)

// Infrastructure is the code that says how a site is to be: a playbook of
// Ansible, or a configuration of Terraform or OpenTofu. Exactly one of both is
// set.
type Infrastructure struct {
	ID        string
	Site      string
	Owner     history.Text // who keeps it in line; zero: the owners of the functions concerned
	Ansible   *Playbook
	Terraform *Terraform
}

// Playbook is a playbook and its variables. File is relative to the stage.
type Playbook struct {
	File string
	Vars map[string]string
}

// Terraform is a configuration and its variables. Dir and Plan are relative to
// the stage.
type Terraform struct {
	Dir  string
	Plan string // what `terraform show -json` said of a plan, read where neither program is there; "" for none
	Vars map[string]string
}

func (f *stageFile) readInfrastructure(n *yaml.Node, path string) {
	f.byID(n, path, func(id string, value *yaml.Node, path string) {
		i := Infrastructure{ID: id}
		f.fields(value, path,
			need("site", f.word(&i.Site)),
			may("owner", f.text(&i.Owner)),
			may("ansible", f.readPlaybook(&i.Ansible)),
			may("terraform", f.readTerraform(&i.Terraform)),
		)
		if resolve(value).Kind == yaml.MappingNode && (i.Ansible != nil) == (i.Terraform != nil) {
			f.problemAt(path, "« %s » demande une clé et une seule : « ansible » ou « terraform »", "\"%s\" needs one key and only one: \"ansible\" or \"terraform\"", path)
		}
		f.stage.Infrastructure = append(f.stage.Infrastructure, i)
	})
}

func (f *stageFile) readPlaybook(dst **Playbook) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		p := &Playbook{}
		f.fields(n, path, need("playbook", f.word(&p.File)), may("extra_vars", f.environment(&p.Vars)))
		*dst = p
	}
}

func (f *stageFile) readTerraform(dst **Terraform) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		t := &Terraform{}
		f.fields(n, path, need("dir", f.word(&t.Dir)), may("plan", f.word(&t.Plan)), may("vars", f.environment(&t.Vars)))
		*dst = t
	}
}

// checkInfrastructure: its site is one of ours, and its files are there.
func (b *book) checkInfrastructure() {
	for _, i := range b.stage.Infrastructure {
		path := "infrastructure." + i.ID
		switch {
		case i.Site == "":
		case !slices.Contains(b.sites, i.Site):
			b.unknown(path+".site", noun("site"), i.Site, b.sites)
		case !slices.Contains(b.own(), i.Site):
			b.problemAt(path+".site", "« %s » est un prestataire : son infrastructure n’est pas la nôtre", "\"%s\" is a third party: its infrastructure is not ours", i.Site)
		}
		if a := i.Ansible; a != nil {
			b.checkThere(path+".ansible.playbook", "le fichier", "file", a.File, false)
		}
		if t := i.Terraform; t != nil {
			b.checkThere(path+".terraform.dir", "le dossier", "folder", t.Dir, true)
			b.checkThere(path+".terraform.plan", "le fichier", "file", t.Plan, false)
		}
	}
}

// checkThere looks for a file or a folder that stage.yaml names.
func (b *book) checkThere(path, fr, en, name string, folder bool) {
	if name == "" {
		return
	}
	at := name
	if !filepath.IsAbs(at) {
		at = filepath.Join(b.stage.Dir, at)
	}
	switch info, err := os.Stat(at); {
	case err != nil:
		b.unreadable(path, fr, en, name, err)
	case folder && !info.IsDir():
		b.problemAt(path, "« %s » n’est pas un dossier", "\"%s\" is not a folder", name)
	case !folder && info.IsDir():
		b.problemAt(path, "« %s » est un dossier, pas un fichier", "\"%s\" is a folder, not a file", name)
	}
}
