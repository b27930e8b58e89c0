package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"bascule/harness/fabric"
	"bascule/harness/hand"
	"bascule/harness/hand/disk"
	"bascule/harness/run"
)

// newAgentCommand is what the fabric's container runs. People never call it.
func newAgentCommand() *cobra.Command {
	var tidy, asHand, hog bool
	c := &cobra.Command{
		Use: "agent", Hidden: true, Args: cobra.NoArgs,
		Short: "Be the fabric of a stage (runs inside its container)",
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case tidy:
				return disk.Tidy(disk.Outside())
			case hog:
				return hand.Hog(c.InOrStdin(), c.OutOrStdout())
			case asHand:
				return hand.Serve(c.Context(), hand.Options{Disks: disk.New(disk.Outside())})
			}
			return fabric.Serve(c.Context(), fabric.AgentOptions{})
		},
	}
	c.Flags().BoolVar(&asHand, "hand", false, "be the hand of a stage instead")
	c.Flags().BoolVar(&hog, "hog", false, "take memory inside a container's cgroup (started by the hand)")
	c.Flags().BoolVar(&tidy, "tidy", false, "take away the volumes that a killed hand left mounted, and end")
	return c
}

// newReapCommand is the second process that cleans up when the first was killed.
func newReapCommand() *cobra.Command {
	var id, log string
	c := &cobra.Command{
		Use: "reap", Hidden: true, Args: cobra.NoArgs,
		Short: "Wait for the end of a run and remove what it left (started by run)",
		RunE: func(c *cobra.Command, _ []string) error {
			if log == "" {
				return run.Reap(c.Context(), c.InOrStdin(), id, c.ErrOrStderr())
			}
			// Who started it is gone, and with it whoever would read its standard error.
			file := run.LogFile(log)
			err := run.Reap(c.Context(), c.InOrStdin(), id, file)
			if err != nil {
				fmt.Fprintln(file, err)
			}
			return err
		},
	}
	c.Flags().StringVar(&id, "run", "", "run id")
	c.Flags().StringVar(&log, "log", "", "file to tell trouble in, made only if there is some")
	return c
}
