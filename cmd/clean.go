package cmd

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"bascule/harness/engine"
	"bascule/harness/run"
	"bascule/harness/target/containers"
)

// newCleanCommand removes what dead runs left in the engine.
func newCleanCommand() *cobra.Command {
	var all, images bool
	c := &cobra.Command{
		Use:   "clean",
		Short: "Remove what interrupted runs left in the container engine and on this machine",
		Long: `Remove the containers, networks, volumes and images of runs whose process is gone,
and the private folders of this machine that their tools (Ansible, Terraform) wrote.
A run that is still under way on this machine is left alone; so is one started on
another machine, about which nothing is known, unless --all says otherwise.`,
		// Before the engine, which may be down: these folders may hold secrets.
		PreRunE: func(c *cobra.Command, _ []string) error { return removeStaleScratch(c, all) },

		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			eng, err := engine.Connect(c.Context())
			if err != nil {
				return exitError(exitEngine, err)
			}
			defer eng.Close()
			owners, err := eng.Owners(c.Context())
			if err != nil {
				return exitError(exitEngine, err)
			}
			for _, id := range slices.Sorted(maps.Keys(owners)) {
				alive, known := engine.OwnerAlive(owners[id])
				if !all && (alive || !known) {
					fmt.Fprintf(c.OutOrStdout(), "%s: left alone (%s)\n", id, map[bool]string{true: "still under way", false: "started elsewhere, --all removes it"}[alive])
					continue
				}
				if err := containers.HealRun(c.Context(), eng, id); err != nil {
					// What cannot be healed goes away with what it was injected into.
					fmt.Fprintf(c.ErrOrStderr(), "%s: %v\n", id, err)
				}
				left, err := eng.Sweep(c.Context(), engine.LabelRun+"="+id)
				if err != nil {
					return exitError(exitEngine, fmt.Errorf("run %s: %s left: %w", id, left, err))
				}
				fmt.Fprintf(c.OutOrStdout(), "%s: removed\n", id)
			}
			if images {
				if left, err := eng.Sweep(c.Context(), engine.LabelCache); err != nil {
					return exitError(exitEngine, fmt.Errorf("images of stages: %s left: %w", left, err))
				}
				fmt.Fprintln(c.OutOrStdout(), "images of stages: removed")
			}
			return nil
		},
	}
	c.Flags().BoolVar(&all, "all", false, "also runs of other machines and runs under way")
	c.Flags().BoolVar(&images, "images", false, "also the images built from stages, which are kept as a cache")
	return c
}

// removeStaleScratch removes what tools of dead runs wrote on this machine; with
// all, what those of any run wrote.
func removeStaleScratch(c *cobra.Command, all bool) error {
	t := tongueOf(c)
	stale, err := run.StaleScratch(all)
	if err != nil {
		return exitError(exitEngine, err)
	}
	for _, s := range stale {
		if err := s.Remove(); err != nil {
			return exitError(exitEngine, err)
		}
		fmt.Fprintln(c.OutOrStdout(), t.say("%s : fichiers de ses outils supprimés", "%s: files of its tools removed", s.Run))
	}
	return nil
}
