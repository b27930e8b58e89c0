// Package cmd is the bascule command: a file a subcommand. It is the only
// place that wires phrases, executor and reports together.
package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"bascule/harness/analysis"
)

// The exit codes of every subcommand.
const (
	exitPass         = 0 // every scenario passed
	exitFailure      = 1 // a scenario failed
	exitInconclusive = 2 // something could not be judged
	exitInput        = 3 // the input is wrong: nothing was started
	exitEngine       = 4 // the container engine is missing or broke
)

const rootHelp = `Bascule proves that a release survives a disaster that strikes while it is being
deployed. It raises the sites of a stage in containers, loads them, deploys,
breaks something at an exact step, follows the failover runbook, and measures
how long service was out and which acknowledged writes were lost.

Exit codes:
  0  every scenario passed
  1  a scenario failed
  2  inconclusive: something could not be measured, so nothing is proved
  3  the input is wrong (feature, stage, flag...): nothing was started
  4  the container engine is missing or broke`

// ExitError ends the command with Code. Without an Err it ends silently: what
// there is to say has been printed.
type ExitError struct {
	Code int
	Err  error
}

// Error is the message for people.
func (e *ExitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap gives the cause.
func (e *ExitError) Unwrap() error { return e.Err }

func exitError(code int, err error) error { return &ExitError{Code: code, Err: err} }

// verdictError is the end of a command whose exit code tells a verdict.
func verdictError(v analysis.Verdict) error {
	switch v {
	case analysis.Pass:
		return nil
	case analysis.Fail:
		return exitError(exitFailure, nil)
	}
	return exitError(exitInconclusive, nil)
}

// Execute runs the command line args (without the program's name) and gives
// the exit code.
func Execute(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitPass
	}
	var exit *ExitError
	if !errors.As(err, &exit) {
		// cobra's own: an unknown command, flag or argument.
		fmt.Fprintf(stderr, "bascule: %s\n", strings.TrimSpace(err.Error()))
		return exitInput
	}
	if exit.Err != nil {
		fmt.Fprintf(stderr, "bascule: %v\n", exit.Err)
	}
	return exit.Code
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "bascule",
		Short:         "Prove that a release survives a disaster during its deployment",
		Long:          rootHelp,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.PersistentFlags().String("lang", "", "language of messages: fr or en (default: from LC_ALL, LC_MESSAGES, LANG)")
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error {
		if l := c.Flag("lang").Value.String(); l != "" && l != "fr" && l != "en" {
			return exitError(exitInput, fmt.Errorf("--lang %s: fr or en", l))
		}
		return nil
	}
	root.AddCommand(
		newRunCommand(), newSweepCommand(), newDepsCommand(), newPlanCommand(), newStepsCommand(), newFaultsCommand(), newAnalyzeCommand(), newProbeCommand(),
		newReportCommand(), newRunsCommand(), newSoakCommand(), newCleanCommand(), newVersionCommand(),
		newAgentCommand(), newReapCommand(),
	)
	return root
}
