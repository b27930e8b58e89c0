package containers

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"bascule/harness/engine"
	"bascule/harness/stage"
)

// Builder makes the images of a stage.
type Builder struct {
	Engine *engine.Engine
	Stage  *stage.Stage
	Built  func(tag string, took time.Duration) // may be nil
}

// jobs lists each image once, with how to build it where that is known.
func (b Builder) jobs() []engine.Build {
	out := map[string]engine.Build{}
	add := func(image string, build *types.BuildConfig, dir string) {
		if build == nil {
			if _, known := out[image]; !known {
				out[image] = engine.Build{Tag: image}
			}
			return
		}
		args := map[string]string{}
		for k, v := range build.Args {
			if v != nil {
				args[k] = *v
			}
		}
		out[image] = engine.Build{
			Tag: image, Context: build.Context, Dockerfile: cmp.Or(build.Dockerfile, "Dockerfile"), Args: args, Target: build.Target,
			Labels: map[string]string{engine.LabelCache: dir},
		}
	}
	for _, s := range b.Stage.Sites {
		for _, name := range s.Project.ServiceNames() {
			svc := s.Project.Services[name]
			add(svc.Image, svc.Build, b.Stage.ID)
		}
	}
	for _, r := range b.Stage.Releases {
		for _, name := range slices.Sorted(maps.Keys(r.Images)) {
			if build, ok := r.Builds[name]; ok {
				add(r.Images[name], &build, b.Stage.ID)
			} else {
				add(r.Images[name], nil, b.Stage.ID)
			}
		}
	}
	return slices.SortedFunc(maps.Values(out), func(x, y engine.Build) int { return cmp.Compare(x.Tag, y.Tag) })
}
