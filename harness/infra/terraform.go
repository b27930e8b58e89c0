package infra

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"
)

// Configuration is a configuration of Terraform or OpenTofu.
type Configuration struct {
	Dir      string // absolute
	Recorded string // absolute path of a plan that was recorded; "" for none
	Vars     map[string]string
	Scratch  string // an empty folder of the run, for what the program writes
}

const terraformInstall = "install terraform or tofu (OpenTofu), or record a plan (terraform show -json) and name it under terraform.plan in stage.yaml"

// Check tells how far the resources are from the configuration: by the program
// where it is there, else by the plan that was recorded.
func (c Configuration) Check(ctx context.Context) (Result, error) {
	name, path, err := terraformProgram()
	switch {
	case err == nil:
		r, err := c.ask(ctx, path)
		r.Tool = name
		if err != nil {
			err = fmt.Errorf("configuration %s: %w", filepath.Base(c.Dir), err)
		}
		return r, err
	case c.Recorded != "":
		return c.recorded()
	}
	return Result{Tool: "Terraform"}, fmt.Errorf("configuration %s: %w", filepath.Base(c.Dir), err)
}

// terraformProgram finds Terraform, else OpenTofu.
func terraformProgram() (name, path string, err error) {
	for _, p := range []struct{ program, name string }{{"terraform", "Terraform"}, {"tofu", "OpenTofu"}} {
		if path, err := exec.LookPath(p.program); err == nil {
			return p.name, path, nil
		}
	}
	return "", "", fmt.Errorf("neither terraform nor tofu is there: %w: %s", ErrMissing, terraformInstall)
}

// recorded reads the plan that was recorded.
func (c Configuration) recorded() (Result, error) {
	r := Result{Tool: "Terraform"}
	content, err := os.ReadFile(c.Recorded)
	if err != nil {
		return r, fmt.Errorf("recorded plan: %w", err)
	}
	plan, err := readPlan(content)
	if err != nil {
		return r, fmt.Errorf("recorded plan %s: %w", filepath.Base(c.Recorded), err)
	}
	r = resultOf(plan, plan)
	r.Tool, r.Version = "Terraform", plan.TerraformVersion
	if t, err := time.Parse(time.RFC3339, plan.Timestamp); err == nil {
		r.Recorded = t.UTC().Format(time.DateOnly)
	} else if info, err := os.Stat(c.Recorded); err == nil { // plans before Terraform 1.5 do not tell
		r.Recorded = info.ModTime().UTC().Format(time.DateOnly)
	}
	return r, nil
}

// ask has the program make the plan, and, where something differs, a
// refresh-only plan, which tells what was changed outside from what was never
// applied. Neither takes the lock nor writes the state.
func (c Configuration) ask(ctx context.Context, path string) (Result, error) {
	shim, err := c.shim(path)
	if err != nil {
		return Result{}, err
	}
	tf, err := tfexec.NewTerraform(c.Dir, shim)
	if err != nil {
		return Result{}, err
	}
	if err := tf.SetWaitDelay(endBound); err != nil {
		return Result{}, err
	}
	var r Result
	version, _, err := tf.Version(ctx, true)
	if errors.Is(err, os.ErrPermission) { // a temporary folder that is mounted noexec
		return r, fmt.Errorf("no program may be started from %s: set TMPDIR to a folder that allows it: %w", c.Scratch, firstError(err))
	}
	if err != nil {
		return r, fmt.Errorf("ask for its version: %w", firstError(err))
	}
	r.Version = version.String()
	if err := tf.Init(ctx, tfexec.Upgrade(false)); err != nil {
		return r, fmt.Errorf("init: %w", firstError(err))
	}
	plan, changed, err := c.plan(ctx, tf, "plan", false)
	if err != nil {
		return r, err
	}
	outside := plan
	if changed {
		if outside, _, err = c.plan(ctx, tf, "outside", true); err != nil {
			return r, err
		}
	}
	found := resultOf(plan, outside)
	found.Version = r.Version
	return found, nil
}

// plan makes a plan and reads it; changed is the program's own word (exit code
// 2) for a plan that would do something.
func (c Configuration) plan(ctx context.Context, tf *tfexec.Terraform, name string, refreshOnly bool) (plan *tfjson.Plan, changed bool, err error) {
	file := filepath.Join(c.Scratch, name)
	options := []tfexec.PlanOption{tfexec.Out(file), tfexec.Lock(false)}
	if refreshOnly {
		options = append(options, tfexec.RefreshOnly(true))
	}
	for _, key := range sortedKeys(c.Vars) {
		options = append(options, tfexec.Var(key+"="+c.Vars[key]))
	}
	if changed, err = tf.Plan(ctx, options...); err != nil {
		return nil, false, fmt.Errorf("%s: %w", name, firstError(err))
	}
	if plan, err = tf.ShowPlanFile(ctx, file); err != nil {
		return nil, false, fmt.Errorf("show %s: %w", name, firstError(err))
	}
	return plan, changed, nil
}

// shim is a program that calls the real one with what terraform-exec lets nobody
// set: its data in the scratch folder, the lock file of providers left as it is,
// and a low priority, since the system is being measured meanwhile.
func (c Configuration) shim(path string) (string, error) {
	shim := filepath.Join(c.Scratch, "terraform")
	script := fmt.Sprintf("#!/bin/sh\nexport TF_DATA_DIR=%s CHECKPOINT_DISABLE=1 TF_CLI_ARGS_init=-lockfile=readonly\nexec nice -n 15 %s \"$@\"\n",
		shellWord(filepath.Join(c.Scratch, "data")), shellWord(path))
	if err := os.WriteFile(shim, []byte(script), 0o700); err != nil {
		return "", err
	}
	return shim, nil
}

// shellWord quotes a word for a shell.
func shellWord(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func sortedKeys(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// firstError keeps what a program was asked for and the first line of what it
// said: what comes after quotes the configuration.
func firstError(err error) error {
	for l := range strings.Lines(err.Error()) {
		l = strings.Trim(l, " │╷╵\n")
		if rest, ok := strings.CutPrefix(l, "Error: "); ok {
			return errors.New(rest)
		}
	}
	first, _, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	return errors.New(first)
}
