package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bascule/harness/analysis"
	"bascule/harness/stage"
)

// proposedFile is what is proposed to whoever owns stage.yaml.
const proposedFile = "stage.proposed.yaml"

// proposal is a declaration that is missing.
type proposal struct {
	from, to, name string
	ports          []int
	why            string
}

// proposals are what one stage.yaml lacks, under its keys, with remarks on what
// it declares already.
type proposals struct {
	flows, deps []proposal
	remarks     []string
}

// propose writes the declarations to add beside each stage.yaml, which is the
// team's: what was seen on a stage goes to that stage alone. Stage and variants
// have one file.
func (o *depsOptions) propose(c *cobra.Command, t tongue, stages []*stage.Stage, results []analysis.Result) error {
	var folders []string
	found := map[string]*proposals{}
	for _, s := range stages {
		if found[s.Dir] == nil {
			folders, found[s.Dir] = append(folders, s.Dir), &proposals{}
		}
		found[s.Dir].add(t, s, slices.DeleteFunc(slices.Clone(results), func(r analysis.Result) bool { return r.Header.Stage != s.ID }))
	}
	for _, dir := range folders {
		text := found[dir].yaml(t)
		if text == "" {
			fmt.Fprintln(c.OutOrStdout(), t.say("rien à déclarer de plus dans %s", "nothing more to declare in %s", near(filepath.Join(dir, stage.FileName))))
			continue
		}
		path := filepath.Join(dir, proposedFile)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return exitError(exitInput, fmt.Errorf("write %s: %w", path, err))
		}
		fmt.Fprintln(c.OutOrStdout(), t.say("déclarations proposées : %s", "declarations proposed: %s", near(path)))
	}
	return nil
}

// stagesOf are the stages that results were recorded on, each once.
func (o *depsOptions) stagesOf(t tongue, results []analysis.Result) (out []*stage.Stage, err error) {
	seen := map[string]bool{}
	for _, r := range results {
		if seen[r.Header.Stage] {
			continue
		}
		seen[r.Header.Stage] = true
		s, err := o.load(t, r.Header.Stage)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// add sorts what was seen on a stage: flows for what crosses between sites,
// dependencies for the rest. What is missing at one site and declared at another
// comes as the same flow.
func (all *proposals) add(t tongue, s *stage.Stage, results []analysis.Result) {
	for _, r := range results {
		for _, d := range r.Dependencies.List {
			switch p, kind := proposalOf(t, s, d); kind {
			case "flows":
				if i := slices.IndexFunc(s.Flows, func(f stage.Flow) bool { return f.From == p.from && f.To == p.to }); i >= 0 {
					all.remarks = append(all.remarks, t.say("# %s : %s, déjà déclaré sous le nom %s", "# %s: %s, declared already under the name %s", p.from, p.why, s.Flows[i].Name)+"\n")
					continue
				}
				all.flows = merged(all.flows, p)
			case "dependencies":
				all.deps = merged(all.deps, p)
			}
		}
	}
}

// yaml is what there is to paste, "" for nothing.
func (all *proposals) yaml(t tongue) string {
	if len(all.flows)+len(all.deps)+len(all.remarks) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(t.say("# Déclarations proposées d’après ce qui a été observé. À relire, puis à reporter\n# dans stage.yaml : déclarer n’est pas approuver, et un flux vers le site nominal\n# manquera le jour où ce site sera perdu.\n",
		"# Declarations proposed from what was observed. To be read, then moved to\n# stage.yaml: to declare is not to approve, and a flow to the primary site will be\n# missing on the day that it is lost.\n"))
	slices.Sort(all.remarks)
	b.WriteString(strings.Join(slices.Compact(all.remarks), ""))
	for _, l := range []struct {
		key  string
		list []proposal
	}{{"flows", all.flows}, {"dependencies", all.deps}} {
		if len(l.list) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s:\n", l.key)
		for _, p := range l.list {
			b.WriteString("  - " + p.yaml() + "\n")
		}
	}
	return b.String()
}

// proposalOf is the declaration that a dependency lacks, and the key that it
// belongs under; "" for none.
func proposalOf(t tongue, s *stage.Stage, d analysis.Dependency) (p proposal, key string) {
	p = proposal{from: d.From, to: d.To, why: t.say("observé, à confirmer", "observed, to be confirmed")}
	if d.Port > 0 {
		p.ports = []int{d.Port}
	}
	site, service, _ := strings.Cut(d.From, "/")
	switch {
	case d.How == analysis.ByAddress && strings.Contains(d.Leads, "/"):
		toSite, toService, _ := strings.Cut(d.Leads, "/")
		p.to, p.name = d.Leads, toService+"."+toSite
		p.why = t.say("adresse %s à remplacer par ce nom", "address %s, to be replaced by this name", d.To)
		return p, "flows"
	case d.How == analysis.ByUnknown && !d.Is(analysis.Outside):
		for _, f := range s.Flows {
			fromSite, fromService, _ := strings.Cut(f.From, "/")
			if strings.EqualFold(f.Name, d.To) && fromService == service && fromSite != site && f.To != d.From {
				p.to, p.name, p.ports = f.To, f.Name, f.Ports
				p.why = t.say("comme %s", "as %s has it", f.From)
				return p, "flows"
			}
		}
		if strings.Contains(d.To, ".") {
			p.from, p.ports = service, nil
			return p, "dependencies"
		}
	case d.Is(analysis.Undeclared) && d.How == analysis.ByName:
		toSite, toService, _ := strings.Cut(d.To, "/")
		if toSite == site {
			p.from, p.to = service, toService
		} else if slices.ContainsFunc(s.Own(), func(x stage.Site) bool { return x.ID == toSite }) {
			p.name = firstName(d)
			return p, "flows"
		}
		return p, "dependencies"
	}
	return p, ""
}

func firstName(d analysis.Dependency) string {
	if len(d.Names) > 0 {
		return d.Names[0]
	}
	return strings.ReplaceAll(d.To, "/", ".")
}

// merged adds a proposal to a list, as ports of one that is there already.
func merged(list []proposal, p proposal) []proposal {
	for i, have := range list {
		if have.from == p.from && have.to == p.to && have.name == p.name {
			list[i].ports = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(have.ports), p.ports...))))
			return list
		}
	}
	return append(list, p)
}

func (p proposal) yaml() string {
	parts := []string{"from: " + p.from, "to: " + p.to}
	if p.name != "" {
		parts = append(parts, "name: "+p.name)
	}
	if len(p.ports) > 0 {
		parts = append(parts, "ports: "+strings.ReplaceAll(fmt.Sprint(p.ports), " ", ", "))
	}
	parts = append(parts, fmt.Sprintf("why: %q", p.why))
	return "{" + strings.Join(parts, ", ") + "}"
}
