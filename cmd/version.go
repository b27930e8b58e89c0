package cmd

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/reports"
)

// version tells the build: a release, or the commit that it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	v := info.Main.Version
	if v == "" || v == "(devel)" {
		v = "devel"
		if revision := settings["vcs.revision"]; revision != "" {
			v += "-" + revision[:min(12, len(revision))]
		}
		if settings["vcs.modified"] == "true" {
			v += "-modified"
		}
	}
	return v
}

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Tell the version of the command and of its file formats",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(c.OutOrStdout(), "bascule %s (%s %s/%s)\nformats: plan %d, history %d, report %d\n",
				version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, plan.Format, history.Format, reports.Format)
			return err
		},
	}
}
