package stage

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"bascule/harness/history"
)

func sha256Of(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func stepPath(i int, key string) string { return "steps[" + strconv.Itoa(i) + "]." + key }

// The nouns of messages about words that name nothing.
func noun(what string) history.Text {
	switch what {
	case "site":
		return history.Text{FR: "site inconnu", EN: "unknown site"}
	case "service":
		return history.Text{FR: "service inconnu", EN: "unknown service"}
	case "function":
		return history.Text{FR: "fonction inconnue", EN: "unknown function"}
	case "workload":
		return history.Text{FR: "charge inconnue", EN: "unknown workload"}
	case "release":
		return history.Text{FR: "version inconnue", EN: "unknown release"}
	case "file":
		return history.Text{FR: "configuration ou secret inconnu", EN: "unknown config or secret"}
	default:
		return history.Text{FR: "volume inconnu", EN: "unknown volume"}
	}
}

// book is what there is to refer to.
type book struct {
	*stageFile
	sites    []string
	services map[string][]string // by site; a site that could not be read is absent
	all      []string            // services of any site
	complete bool                // every site could be read: a service that is not in all does not exist
	releases []string
}

// check looks at every reference from one part of a stage to another.
func check(f *stageFile, releases []*releaseFile, runbooks []*runbookFile) {
	b := &book{stageFile: f, services: map[string][]string{}, complete: true}
	for _, site := range f.stage.Sites {
		b.sites = append(b.sites, site.ID)
		if site.Project == nil {
			b.complete = false
			continue
		}
		b.services[site.ID] = slices.Sorted(maps.Keys(site.Project.Services))
		b.all = append(b.all, b.services[site.ID]...)
	}
	slices.Sort(b.all)
	b.all = slices.Compact(b.all)
	b.checkSites()
	b.checkEntry()
	b.checkFlows()
	b.checkDependencies()
	b.checkFunctions()
	b.checkServices()
	b.checkOurs()
	b.checkCertificates()
	b.checkInfrastructure()
	b.checkDifferences()
	b.checkReleases(releases)
	for _, r := range runbooks {
		b.checkRunbook(r)
	}
	b.checkRunbookIDs(runbooks)
}

// known tells whether a service exists somewhere; true while that is not known.
func (b *book) known(service string) bool {
	return service == "" || !b.complete || slices.Contains(b.all, service)
}

func (b *book) checkSites() {
	var primary string
	titles := map[string]bool{}
	for _, site := range b.stage.Sites {
		if site.Role == "primary" && primary != "" {
			b.problemAt("sites."+site.ID+".role", "deux sites nominaux : « %s » et « %s »", "two primary sites: \"%s\" and \"%s\"", primary, site.ID)
		}
		if site.Role == "primary" && primary == "" {
			primary = site.ID
		}
		if title := strings.ToLower(site.Title); title != "" && titles[title] {
			b.problemAt("sites."+site.ID+".title", "deux sites s’appellent « %s »", "two sites are called \"%s\"", site.Title)
		} else {
			titles[title] = true
		}
	}
	if primary == "" && len(b.stage.Sites) > 0 && !b.roleUnread() {
		b.problemAt("sites", "aucun site nominal : l’un d’eux doit avoir « role: primary »", "no primary site: one of them must have \"role: primary\"")
	}
}

// roleUnread: a role that is missing or misspelt is told already.
func (b *book) roleUnread() bool {
	return slices.ContainsFunc(b.stage.Sites, func(s Site) bool { return s.Role == "" })
}

func (b *book) checkEntry() {
	service := b.stage.Entry.Service
	for _, site := range b.own() {
		services, read := b.services[site]
		if service != "" && read && !slices.Contains(services, service) {
			h := hint(service, services)
			b.problemAt("entry.service", "le point d’entrée « %[1]s » n’existe pas sur le site « %[2]s »%[3]s",
				"entry \"%[1]s\" does not exist on site \"%[2]s\"%[4]s", service, site, h.FR, h.EN)
		}
	}
}

func (b *book) checkFlows() {
	named := map[string]bool{}
	for i, flow := range b.stage.Flows {
		path := "flows[" + strconv.Itoa(i) + "]"
		from, okFrom := b.checkEnd(path+".from", flow.From)
		to, okTo := b.checkEnd(path+".to", flow.To)
		if okFrom && okTo && from == to {
			b.problemAt(path+".to", "ce flux reste sur le site « %s » : seuls les flux entre sites se déclarent",
				"this flow stays on site \"%s\": only flows between sites are declared", from)
		}
		name := strings.ToLower(flow.Name)
		if okFrom && slices.Contains(b.services[from], name) {
			b.problemAt(path+".name", "« %s » est déjà le nom d’un service du site « %s »", "\"%s\" is already the name of a service on site \"%s\"", flow.Name, from)
		}
		if key := flow.From + " " + name; name != "" && named[key] {
			b.problemAt(path+".name", "« %s » donne déjà le nom « %s » à un autre flux", "\"%s\" already calls another flow \"%s\"", flow.From, flow.Name)
		} else {
			named[key] = true
		}
	}
}

// checkEnd checks "site/service" and gives the site.
func (b *book) checkEnd(path, end string) (site string, ok bool) {
	if end == "" {
		return "", false
	}
	site, service, cut := strings.Cut(end, "/")
	if !cut {
		b.problemAt(path, "« %s » : un bout de flux s’écrit site/service", "\"%s\": the end of a flow is written site/service", end)
		return "", false
	}
	if !slices.Contains(b.sites, site) {
		b.unknown(path, noun("site"), site, b.sites)
		return "", false
	}
	services, read := b.services[site]
	if read && !slices.Contains(services, service) {
		b.unknown(path, on(noun("service"), site), service, services)
		return site, false
	}
	return site, true
}

// on adds the site to a noun.
func on(what history.Text, site string) history.Text {
	at := bilingual(" sur le site « %s »", " on site \"%s\"", site)
	return history.Text{FR: what.FR + at.FR, EN: what.EN + at.EN}
}

func (b *book) checkFunctions() {
	var workloads, names []string
	for _, w := range b.stage.Workloads {
		workloads = append(workloads, w.ID)
	}
	for _, fn := range b.stage.Functions {
		path := "functions." + fn.ID
		for i, service := range fn.Services {
			if !b.known(service) {
				b.unknown(path+".services["+strconv.Itoa(i)+"]", noun("service"), service, b.all)
			}
		}
		if fn.Workload != "" && !slices.Contains(workloads, fn.Workload) {
			b.unknown(path+".workload", noun("workload"), fn.Workload, workloads)
		}
		if fn.MTPD > 0 && fn.RTO >= fn.MTPD {
			b.problemAt(b.targetPath(fn.ID, "mtpd"), "la DMIA (%[3]s) doit dépasser le délai de rétablissement (%[4]s)", "the MTPD (%[1]s) must be longer than the RTO (%[2]s)",
				fn.MTPD, fn.RTO, history.Length(fn.MTPD).FR, history.Length(fn.RTO).FR)
		}
		for _, name := range []string{fn.Name.FR, fn.Name.EN} {
			if slices.Contains(names, strings.ToLower(name)) && name != "" {
				b.problemAt(path+".name", "deux fonctions s’appellent « %s »", "two functions are called \"%s\"", name)
			}
		}
		names = append(names, strings.ToLower(fn.Name.FR), strings.ToLower(fn.Name.EN))
	}
}

// targetPath is where a target of a function was set.
func (b *book) targetPath(function, key string) string {
	variant := ""
	if _, v := Split(b.stage.ID); v != "" {
		variant = "variants." + v + "."
	}
	for _, path := range []string{variant + "functions." + function + "." + key, variant + "functions." + function, "functions." + function + "." + key} {
		if b.seen[path] != nil {
			return path
		}
	}
	return "functions"
}

// checkServices checks the services that stores and the deployment name.
func (b *book) checkServices() {
	for _, store := range b.stage.Stores {
		if !b.known(store.Service) {
			b.unknown("stores."+store.ID+".service", noun("service"), store.Service, b.all)
		}
	}
	for i, service := range b.stage.Deployment.Services {
		path := "deployment.services[" + strconv.Itoa(i) + "]"
		if !b.known(service) {
			b.unknown(path, noun("service"), service, b.all)
		}
		if slices.Contains(b.stage.Deployment.Services[:i], service) {
			b.problemAt(path, "« %s » figure deux fois", "\"%s\" is listed twice", service)
		}
	}
	for _, v := range b.variants {
		for _, e := range v.environment {
			if !b.known(e.service) {
				b.unknown(e.path, noun("service"), e.service, b.all)
			}
		}
	}
}

// checkVariants checks the functions whose targets variants replace.
func (f *stageFile) checkVariants() {
	var functions []string
	for _, fn := range f.stage.Functions {
		functions = append(functions, fn.ID)
	}
	for _, v := range f.variants {
		for _, t := range v.functions {
			if !slices.Contains(functions, t.id) {
				f.unknown(t.path, noun("function"), t.id, functions)
			}
		}
	}
}

func (b *book) checkReleases(files []*releaseFile) {
	for _, f := range files {
		r := f.release
		b.releases = append(b.releases, r.Version)
		if stem := strings.TrimSuffix(filepath.Base(f.file), filepath.Ext(f.file)); r.Version != "" && r.Version != stem {
			f.problemAt("version", "la version « %s » ne correspond pas au nom du fichier, « %s »", "version \"%s\" does not match the file's name, \"%s\"", r.Version, stem)
		}
		for _, service := range slices.Sorted(maps.Keys(r.Images)) {
			path := "services." + service
			switch {
			case !b.known(service):
				f.unknown(path, noun("service"), service, b.all)
			case b.deployable() && !slices.Contains(b.stage.Deployment.Services, service):
				f.problemAt(path, "« %s » n’est pas dans « deployment.services » : cette version ne l’installerait jamais", "\"%s\" is not in \"deployment.services\": this release would never install it", service)
			}
			if build, ok := r.Builds[service]; ok {
				b.checkBuild(f, path+".build", build.Context, build.Dockerfile)
			}
		}
		b.checkRequires(f)
		for key, job := range map[string]*Job{"migration": r.Migration, "rollback": r.Rollback} {
			if job != nil && !b.known(job.Service) {
				f.unknown(key+".service", noun("service"), job.Service, b.all)
			}
		}
	}
}

// deployable tells whether the deployment's services are all known: where one
// is misspelt, nothing more is made of it.
func (b *book) deployable() bool {
	services := b.stage.Deployment.Services
	return len(services) > 0 && !slices.ContainsFunc(services, func(s string) bool { return !b.known(s) })
}

func (b *book) checkBuild(f *releaseFile, path, context, dockerfile string) {
	if info, err := os.Stat(context); err != nil || !info.IsDir() {
		f.problemAt(path+".context", "le dossier « %s » n’existe pas", "folder \"%s\" does not exist", context)
		return
	}
	if !filepath.IsAbs(dockerfile) {
		dockerfile = filepath.Join(context, dockerfile)
	}
	if _, err := os.Stat(dockerfile); err != nil {
		at := path + ".dockerfile"
		if f.seen[at] == nil {
			at = path
		}
		f.problemAt(at, "le fichier « %s » n’existe pas", "file \"%s\" does not exist", dockerfile)
	}
}

func (b *book) checkRunbook(f *runbookFile) {
	f.checkIDs()
	r := f.runbook
	if stem := strings.TrimSuffix(filepath.Base(f.file), filepath.Ext(f.file)); r.ID != "" && r.ID != stem {
		f.problemAt("id", "l’identifiant « %s » ne correspond pas au nom du fichier, « %s »", "id \"%s\" does not match the file's name, \"%s\"", r.ID, stem)
	}
	for _, end := range []struct{ key, site string }{{"from", r.From}, {"to", r.To}} {
		if end.site != "" && !slices.Contains(b.sites, end.site) {
			f.unknown(end.key, noun("site"), end.site, b.sites)
		}
	}
	b.checkNoThirdParty(f)
	for i, s := range r.Steps {
		b.checkStep(f, i, s)
	}
}

func (b *book) checkStep(f *runbookFile, i int, s RunbookStep) {
	if s.Site != "" && !slices.Contains(b.sites, s.Site) {
		f.unknownIn(i, "site", noun("site"), s.Site, b.sites)
	} else if services, read := b.services[s.Site]; read && s.Service != "" && !slices.Contains(services, s.Service) {
		f.unknownIn(i, "service", on(noun("service"), s.Site), s.Service, services)
	} else if read && s.Service != "" {
		b.checkWipe(f, i, s)
	}
	var functions []string
	for _, fn := range b.stage.Functions {
		functions = append(functions, fn.ID)
		if fn.ID == s.Function && fn.Workload == "" {
			f.problemAt(stepPath(i, "function"), "la fonction « %s » n’a pas de charge : rien ne permet de la contrôler", "function \"%s\" has no workload: nothing can verify it", fn.ID)
		}
	}
	if s.Function != "" && !slices.Contains(functions, s.Function) {
		f.unknownIn(i, "function", noun("function"), s.Function, functions)
	}
	b.checkNameSwitch(f, i, s)
	if s.Release != "" && !slices.Contains(b.releases, s.Release) {
		f.unknownIn(i, "release", noun("release"), s.Release, b.releases)
	}
}

// checkWipe: what is emptied must be a named volume of that service.
func (b *book) checkWipe(f *runbookFile, i int, s RunbookStep) {
	at := slices.IndexFunc(b.stage.Sites, func(site Site) bool { return site.ID == s.Site })
	var volumes []string
	for _, v := range b.stage.Sites[at].Project.Services[s.Service].Volumes {
		if v.Type == "volume" && v.Source != "" {
			volumes = append(volumes, v.Source)
		}
	}
	for k, volume := range s.Wipe {
		if !slices.Contains(volumes, volume) {
			f.unknownIn(i, "wipe["+strconv.Itoa(k)+"]", noun("volume"), volume, volumes)
		}
	}
}

func (b *book) checkRunbookIDs(files []*runbookFile) {
	first := map[string]string{}
	for _, f := range files {
		id := f.runbook.ID
		if other, twice := first[id]; twice && id != "" {
			f.problemAt("id", "la procédure « %s » figure déjà dans %s", "runbook \"%s\" already stands in %s", id, other)
			continue
		}
		first[id] = f.file
	}
}
