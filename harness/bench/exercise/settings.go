package exercise

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Settings say which exercises are played, by which program, and where what
// comes of them goes.
type Settings struct {
	Only                    string // names, comma-separated; empty: all
	Bascule, Features, Runs string // the program, the folder of features, that of run folders
	Out                     string // file of the table; empty: none
	Save                    string // folder for histories of plays that went as they should; empty: none
}

// Flags declares the settings of the exercises of a name: features/NAME are
// played, their runs go to runs/NAME and the table to bench/NAME.json.
func (s *Settings) Flags(f *flag.FlagSet, name string) {
	f.StringVar(&s.Only, "only", "", "comma-separated names of the features to play, without .feature; empty: all")
	f.StringVar(&s.Bascule, "bascule", "bin/bascule", "the program under test")
	f.StringVar(&s.Features, "features", "features/"+name, "folder of the features")
	f.StringVar(&s.Runs, "runs", "runs/"+name, "folder that the run folders go into")
	f.StringVar(&s.Out, "out", "bench/"+name+".json", "where the table goes as JSON; empty: nowhere")
	f.StringVar(&s.Save, "save", "", "keep the history of each play that went as it should in this folder (the tests': harness/bench/"+name+"/testdata)")
}

// Feature is the path of a feature of that name.
func (s *Settings) Feature(name string) string {
	return filepath.Join(s.Features, name+".feature")
}

// Choose picks those of all that only names, in its order; all where it names none.
func Choose[T any](only string, all []T, name func(T) string) ([]T, error) {
	if only == "" {
		return all, nil
	}
	var out []T
	for n := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(all, func(t T) bool { return name(t) == n })
		if i < 0 {
			return nil, fmt.Errorf("-only %s: nothing here has that name", n)
		}
		out = append(out, all[i])
	}
	return out, nil
}

// WriteJSON writes a table, its folder included.
func WriteJSON(path string, table any) error {
	b, err := json.MarshalIndent(table, "", "  ")
	if err != nil {
		return fmt.Errorf("table: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("table: %w", err)
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("table: %w", err)
	}
	return nil
}
