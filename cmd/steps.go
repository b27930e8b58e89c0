package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"bascule/steps"
)

// columns is the width that printed text keeps to.
const columns = 80

func newStepsCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "steps",
		Short: "Show every phrase that a scenario may use, with examples",
		Long: `Show the vocabulary of scenarios, in French (--lang fr) or English (--lang en).
In a pattern, [brackets] hold what may be left out and (one|other) a choice.`,
		Example: "  bascule steps --lang fr\n  bascule steps --lang en --format json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			lang := tongueOf(c)
			entries := steps.Vocabulary(string(lang))
			switch format {
			case "json":
				return writeJSON(c.OutOrStdout(), entries)
			case "text":
				return printVocabulary(c.OutOrStdout(), lang, entries)
			}
			return unknownFormat(format, "text, json")
		},
	}
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}

func printVocabulary(w io.Writer, lang tongue, entries []steps.Entry) error {
	var b strings.Builder
	kind := steps.Kind("")
	for _, e := range entries {
		if e.Kind != kind {
			kind = e.Kind
			title := map[steps.Kind]string{
				steps.Given: lang.say("ÉTANT DONNÉ : la situation de départ", "GIVEN: how things stand at the start"),
				steps.When:  lang.say("QUAND : ce qui arrive", "WHEN: what happens"),
				steps.Then:  lang.say("ALORS : ce qui est attendu", "THEN: what is expected"),
			}[kind]
			fmt.Fprintf(&b, "%s\n%s\n\n", title, strings.Repeat("=", len([]rune(title))))
		}
		fmt.Fprintf(&b, "  %s\n", wrap(e.Pattern, columns-2, "      "))
		fmt.Fprintf(&b, "    %s\n", wrap(e.Explain, columns-4, "    "))
		first, table, _ := strings.Cut(e.Example, "\n")
		fmt.Fprintf(&b, "    > %s\n", wrap(first, columns-6, "      "))
		for row := range strings.Lines(table) {
			fmt.Fprintf(&b, "      %s\n", strings.TrimSpace(row))
		}
		for other := range strings.Lines(e.Others) {
			fmt.Fprintf(&b, "    > %s\n", wrap(strings.TrimSpace(other), columns-6, "      "))
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeJSON prints a value for machines, as people would indent it.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func unknownFormat(format, known string) error {
	return exitError(exitInput, fmt.Errorf("--format %s: unknown; there are %s", format, known))
}
