package stage

import (
	"path/filepath"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"gopkg.in/yaml.v3"
)

// defaultJobTimeout bounds a migration that says nothing.
const defaultJobTimeout = 5 * time.Minute

// releaseFile is a manifest of releases/ as decoded.
type releaseFile struct {
	*doc
	release Release
}

// decodeRelease reads a manifest. folder is where it stands: build contexts are
// relative to it.
func decodeRelease(d *doc, content []byte, folder string) *releaseFile {
	f := &releaseFile{doc: d, release: Release{
		Images:      map[string]string{},
		Builds:      map[string]types.BuildConfig{},
		Environment: map[string]map[string]string{},
	}}
	root := d.parse(content)
	if root == nil {
		return f
	}
	d.fields(root, "",
		need("version", d.scalar(&f.release.Version)),
		need("services", func(n *yaml.Node, path string) {
			d.mapping(n, path, func(key, value *yaml.Node) {
				path := join(path, key.Value)
				f.readService(key.Value, value, path, folder)
				d.seen[path] = key
			})
			if v := resolve(n); v.Kind == yaml.MappingNode && len(v.Content) == 0 {
				d.problem(n, "cette version ne livre aucun service", "this release brings no service")
			}
		}),
		may("migration", func(n *yaml.Node, path string) { f.release.Migration = f.readJob(n, path) }),
		may("rollback", func(n *yaml.Node, path string) { f.release.Rollback = f.readJob(n, path) }),
		may("requires", f.readRequires),
	)
	return f
}

func (f *releaseFile) readService(service string, n *yaml.Node, path, folder string) {
	var image string
	env := map[string]string{}
	f.fields(n, path,
		need("image", f.word(&image)),
		may("build", func(n *yaml.Node, path string) { f.readBuild(service, n, path, folder) }),
		may("environment", f.environment(&env)),
	)
	f.release.Images[service] = image
	f.release.Environment[service] = env
}

func (f *releaseFile) readBuild(service string, n *yaml.Node, path, folder string) {
	var context, dockerfile, target string
	args := map[string]string{}
	f.fields(n, path,
		need("context", f.word(&context)),
		may("dockerfile", f.word(&dockerfile)),
		may("args", f.environment(&args)),
		may("target", f.word(&target)),
	)
	if !filepath.IsAbs(context) {
		context = filepath.Join(folder, context)
	}
	build := types.BuildConfig{Context: context, Dockerfile: dockerfile, Target: target, Args: types.MappingWithEquals{}}
	if build.Dockerfile == "" {
		build.Dockerfile = "Dockerfile"
	}
	for key, value := range args {
		build.Args[key] = &value
	}
	f.release.Builds[service] = build
}

func (f *releaseFile) readJob(n *yaml.Node, path string) *Job {
	job := &Job{Timeout: defaultJobTimeout}
	f.fields(n, path,
		need("service", f.word(&job.Service)),
		need("command", f.command(&job.Command)),
		may("timeout", f.duration(&job.Timeout, time.Millisecond)),
	)
	return job
}
