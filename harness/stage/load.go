package stage

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"gopkg.in/yaml.v3"

	"bascule/harness/history"
)

// loadTimeout bounds the reading of a stage, files on slow disks included.
const loadTimeout = 30 * time.Second

// Load reads the stage in dir, in its variant ("" for none), and checks it.
// Every mistake is collected: the error is then of type Problems, and the stage
// is nil. Files are named in it as dir names the folder.
func Load(dir, variant string) (*Stage, error) {
	ctx, cancel := context.WithTimeout(context.Background(), loadTimeout)
	defer cancel()
	c := &collector{}
	s := load(ctx, c, dir, variant)
	if ps := c.sorted(); len(ps) > 0 {
		return nil, ps
	}
	return s, nil
}

func load(ctx context.Context, c *collector, dir, variant string) *Stage {
	d := newDoc(c, filepath.Join(dir, FileName))
	content, err := os.ReadFile(d.file)
	if err != nil {
		noStage(d, dir, err)
		return nil
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		d.unreadable("", "le dossier", "folder", dir, err)
		return nil
	}
	f := decodeStage(d, content)
	s := f.stage
	s.Dir = absolute
	s.ID = filepath.Base(absolute)
	if variant != "" {
		s.ID += "/" + variant
	}
	f.checkVariants()
	chosen := f.apply(variant)

	env := dotEnv(c, dir, absolute)
	for i := range s.Sites {
		site := &s.Sites[i]
		if site.File == "" {
			continue
		}
		cd := newDoc(c, filepath.Join(dir, site.File))
		path := site.File
		if !filepath.IsAbs(path) {
			path = filepath.Join(absolute, path)
		}
		if _, err := os.Stat(path); err != nil {
			f.unreadable("sites."+site.ID+".compose", "le fichier Compose", "Compose file", site.File, err)
			continue
		}
		var notRun []string
		site.Project, notRun = loadCompose(ctx, cd, path, site.ID, env)
		s.NotRun = append(s.NotRun, notRun...)
	}
	f.setEnvironment(chosen)
	releases := f.loadReleases(dir, absolute)
	runbooks := f.loadRunbooks(dir, absolute)
	check(f, releases, runbooks)
	return s
}

// noStage says that there is no stage in dir, and which there are beside it.
func noStage(d *doc, dir string, err error) {
	if !errors.Is(err, os.ErrNotExist) {
		d.unreadable("", "le fichier", "file", FileName, err)
		return
	}
	d.unknownNode(nil, history.Text{FR: "plateforme inconnue", EN: "unknown stage"}, filepath.Base(dir), Stages(filepath.Dir(dir)))
}

// setEnvironment puts the variant's environment on top of Compose's, at every
// site that has the service.
func (f *stageFile) setEnvironment(v *variant) {
	if v == nil {
		return
	}
	for _, e := range v.environment {
		for _, site := range f.stage.Sites {
			if site.Project == nil {
				continue
			}
			service, ok := site.Project.Services[e.service]
			if !ok {
				continue
			}
			merged := types.MappingWithEquals{}
			maps.Copy(merged, service.Environment)
			for key, value := range e.env {
				merged[key] = &value
			}
			service.Environment = merged
			site.Project.Services[e.service] = service
		}
	}
}

// loadReleases reads the manifests, in the order of their versions' names.
func (f *stageFile) loadReleases(dir, absolute string) []*releaseFile {
	var files []*releaseFile
	f.eachFile(dir, absolute, "releases", f.releases, func(d *doc, content []byte, folder string) {
		r := decodeRelease(d, content, folder)
		r.release.File = filepath.Join(f.releases, filepath.Base(d.file))
		r.complete(folder, absolute)
		files = append(files, r)
	})
	for _, r := range files {
		f.stage.Releases = append(f.stage.Releases, r.release)
	}
	return files
}

func (f *stageFile) loadRunbooks(dir, absolute string) []*runbookFile {
	var files []*runbookFile
	f.eachFile(dir, absolute, "runbooks", f.runbooks, func(d *doc, content []byte, _ string) {
		r := decodeRunbook(d, content)
		r.runbook.File = filepath.Join(f.runbooks, filepath.Base(d.file))
		r.runbook.SHA256 = sha256Of(content)
		files = append(files, r)
	})
	for _, r := range files {
		f.stage.Runbooks = append(f.stage.Runbooks, r.runbook)
	}
	return files
}

// eachFile reads the YAML files of a folder that stage.yaml names under key.
func (f *stageFile) eachFile(dir, absolute, key, folder string, each func(d *doc, content []byte, folder string)) {
	if folder == "" {
		return
	}
	path := filepath.Join(absolute, folder)
	entries, err := os.ReadDir(path)
	if err != nil {
		f.unreadable(key, "le dossier", "folder", folder, err)
		return
	}
	found := false
	for _, entry := range entries {
		ext := filepath.Ext(entry.Name())
		if entry.IsDir() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		found = true
		d := newDoc(f.collector, filepath.Join(dir, folder, entry.Name()))
		content, err := os.ReadFile(filepath.Join(path, entry.Name()))
		if err != nil {
			d.unreadable("", "le fichier", "file", entry.Name(), err)
			continue
		}
		each(d, content, path)
	}
	if !found {
		f.problemAt(key, "le dossier « %s » ne contient aucun fichier .yaml", "folder \"%s\" holds no .yaml file", folder)
	}
}

// Stages lists the stages in root as scenarios name them, variants included:
// "orders", "orders/async". A stage that cannot be read is listed without its
// variants: the list is for messages, not for checks.
func Stages(root string) []string {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil
	}
	var ids []string
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(root, entry.Name(), FileName))
		if err != nil {
			continue
		}
		ids = append(ids, entry.Name())
		var file struct {
			Variants map[string]yaml.Node `yaml:"variants"`
		}
		if yaml.Unmarshal(content, &file) == nil {
			for _, v := range slices.Sorted(maps.Keys(file.Variants)) {
				ids = append(ids, entry.Name()+"/"+v)
			}
		}
	}
	sort.Strings(ids)
	return ids
}

// Split cuts the name of a stage as scenarios write it, "orders/async", into
// its folder's name and its variant.
func Split(id string) (folder, variant string) {
	folder, variant, _ = strings.Cut(id, "/")
	return folder, variant
}
