package infra

import "context"

// Configuration is a configuration of Terraform or OpenTofu.
type Configuration struct {
	Dir      string // absolute
	Recorded string // absolute path of a plan that was recorded; "" for none
	Vars     map[string]string
	Scratch  string // an empty folder of the run, for what the program writes
}

// Check tells how far the resources are from the configuration.
func (c Configuration) Check(ctx context.Context) (Result, error) { return Result{}, ErrMissing }
