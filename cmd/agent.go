package cmd

import (
	"github.com/spf13/cobra"

	"bascule/harness/fabric"
	"bascule/harness/run"
)

// newAgentCommand is what the fabric's container runs. People never call it.
func newAgentCommand() *cobra.Command {
	return &cobra.Command{
		Use: "agent", Hidden: true, Args: cobra.NoArgs,
		Short: "Be the fabric of a stage (runs inside its container)",
		RunE: func(c *cobra.Command, _ []string) error {
			return fabric.Serve(c.Context(), fabric.AgentOptions{})
		},
	}
}

// newReapCommand is the second process that cleans up when the first was killed.
func newReapCommand() *cobra.Command {
	var id string
	c := &cobra.Command{
		Use: "reap", Hidden: true, Args: cobra.NoArgs,
		Short: "Wait for the end of a run and remove what it left (started by run)",
		RunE: func(c *cobra.Command, _ []string) error {
			return run.Reap(c.Context(), c.InOrStdin(), id, c.ErrOrStderr())
		},
	}
	c.Flags().StringVar(&id, "run", "", "run id")
	return c
}
