package cmd

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

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
			t := tongueOf(c)
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
					why := t.say("lancé ailleurs, --all le supprime", "started elsewhere, --all removes it")
					if alive {
						why = t.say("encore en cours", "still under way")
					}
					fmt.Fprintln(c.OutOrStdout(), t.say("%s : conservé (%s)", "%s: left alone (%s)", id, why))
					continue
				}
				if err := cleanRun(c, t, eng, id); err != nil {
					return err
				}
				fmt.Fprintln(c.OutOrStdout(), t.say("%s : supprimé", "%s: removed", id))
			}
			if images {
				if left, err := eng.Sweep(c.Context(), engine.LabelCache); err != nil {
					return exitError(exitEngine, fmt.Errorf(t.say("images des plateformes : il reste %s : %%w", "images of stages: %s left: %%w", leftText(t, left)), err))
				}
				fmt.Fprintln(c.OutOrStdout(), t.say("images des plateformes : supprimées", "images of stages: removed"))
			}
			return nil
		},
	}
	c.Flags().BoolVar(&all, "all", false, "also runs of other machines and runs under way")
	c.Flags().BoolVar(&images, "images", false, "also the images built from stages, which are kept as a cache")
	return c
}

// cleanBound is how long the removal of one run may take: an engine may hang on a
// container of it.
const cleanBound = 2 * time.Minute

// cleanRun removes one run from the engine.
func cleanRun(c *cobra.Command, t tongue, eng *engine.Engine, id string) error {
	ctx, cancel := context.WithTimeout(c.Context(), cleanBound)
	defer cancel()
	if err := containers.HealRun(ctx, eng, id); err != nil {
		// What cannot be healed goes away with what it was injected into.
		fmt.Fprintln(c.ErrOrStderr(), t.say("%s : %v", "%s: %v", id, err))
	}
	left, err := eng.Sweep(ctx, engine.LabelRun+"="+id)
	if err != nil {
		return exitError(exitEngine, fmt.Errorf(t.say("exercice %s : il reste %s : %%w", "run %s: %s left: %%w", id, leftText(t, left)), err))
	}
	return nil
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
