package stage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/tree"
)

// knownSettings is what Compose may ask for and a stage of containers applies,
// or what has no effect in Compose either. Everything else, settings that later
// versions of Compose bring included, ends up in Stage.NotRun.
func knownSettings() []tree.Path {
	var paths []tree.Path
	for _, s := range []string{
		"name", "services", "services.*", "volumes", "volumes.*", "volumes.*.name", "volumes.*.driver",
		"networks", "networks.default", "networks.default.name",
		"configs", "configs.*", "configs.*.name", "configs.*.file",
		"secrets", "secrets.*", "secrets.*.name", "secrets.*.file",
		"services.*.image", "services.*.command", "services.*.entrypoint",
		"services.*.volumes", "services.*.depends_on", "services.*.depends_on.*",
		"services.*.depends_on.*.condition", "services.*.depends_on.*.required",
		"services.*.scale", "services.*.deploy", "services.*.deploy.replicas", "services.*.deploy.resources",
		"services.*.deploy.resources.limits", "services.*.deploy.resources.limits.cpus",
		"services.*.deploy.resources.limits.memory", "services.*.deploy.resources.limits.pids",
		"services.*.user", "services.*.working_dir", "services.*.tmpfs", "services.*.cap_add", "services.*.cap_drop",
		"services.*.read_only", "services.*.mem_limit", "services.*.cpus", "services.*.pids_limit",
		"services.*.init", "services.*.stop_signal", "services.*.stop_grace_period", "services.*.shm_size",
		"services.*.hostname", "services.*.restart", "services.*.networks", "services.*.networks.default",
		"services.*.configs", "services.*.secrets", "services.*.expose", "services.*.label_file",
	} {
		paths = append(paths, tree.Path(s))
	}
	for _, kind := range []string{"configs", "secrets"} {
		for _, leaf := range []string{"source", "target", "mode"} {
			paths = append(paths, tree.NewPath("services", "*", kind, "[]", leaf))
		}
	}
	for _, leaf := range []string{
		"source", "target", "read_only", "bind", "bind.create_host_path",
		"volume", "volume.nocopy", "tmpfs", "tmpfs.size", "tmpfs.mode",
	} {
		paths = append(paths, tree.Path("services.*.volumes.[]."+leaf))
	}
	for _, p := range appliedSettings() {
		paths = append(paths, p.Path)
	}
	return paths
}

// appliedSettings looks at values where the setting's name does not tell, and
// accepts whole subtrees that are open (the keys of an environment).
func appliedSettings() []loader.UnsupportedAttributePattern {
	never := func(any) bool { return false }
	patterns := []loader.UnsupportedAttributePattern{
		{Path: "services.*.privileged", Detect: func(v any) bool { return v != false }},
		{Path: "services.*.volumes.[].type", Detect: func(v any) bool {
			return !slices.Contains([]any{"volume", "bind", "tmpfs"}, v)
		}},
		{Path: "services.*.deploy.mode", Detect: func(v any) bool { return v != "replicated" }},
		{Path: "volumes.*.driver", Detect: func(v any) bool { return v != "local" }},
		{Path: "volumes.*.external", Detect: func(v any) bool { return v != false }},
	}
	for _, open := range []string{
		"services.*.build", "services.*.environment", "services.*.env_file", "services.*.labels",
		"services.*.healthcheck", "services.*.ulimits", "services.*.sysctls", "services.*.extra_hosts",
		"volumes.*.labels",
	} {
		patterns = append(patterns, loader.UnsupportedAttributePattern{Path: tree.Path(open), Detect: never})
	}
	return patterns
}

// describe writes findings as "paris/db: deploy.placement", once each. Of a
// service with profiles, which is not started at all, only that is said.
func describe(site string, found []loader.UnsupportedAttribute) []string {
	profiled := map[string]bool{}
	for _, u := range found {
		if parts := u.Path.Parts(); len(parts) == 3 && parts[0] == "services" && parts[2] == "profiles" {
			profiled[parts[1]] = true
		}
	}
	var lines []string
	for _, u := range found {
		parts := u.Path.Parts()
		line := fmt.Sprintf("%s: %s", site, u.Path)
		if parts[0] == "services" && len(parts) > 2 {
			setting := strings.ReplaceAll(strings.Join(parts[2:], "."), ".[]", "")
			if profiled[parts[1]] && setting != "profiles" {
				continue
			}
			line = fmt.Sprintf("%s/%s: %s", site, parts[1], setting)
		}
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}
