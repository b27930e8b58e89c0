// Package infra asks the tools that keep a site in line, Ansible and Terraform
// (or OpenTofu), how far the site is from its code, and lets a playbook mend it.
// Checks change nothing by themselves; what a tool runs all the same, and what
// it cannot foresee, is told as not verified. Only names leave this package:
// files, attributes, tasks, never a value, which may be a secret.
//
//	playbook + containers --ansible-playbook--> lines of callback.py --.
//	configuration --terraform plan, show--> plan as JSON --------------+--> Result
//	recorded plan ------------------------------------------------------'
package infra

import (
	"errors"
	"fmt"

	"bascule/harness/history"
)

// ErrMissing means that a tool is not on this machine. The text tells what to
// install.
var ErrMissing = errors.New("not on this machine")

// Status is what became of one thing that the code describes.
type Status string

// The statuses.
const (
	Drift      Status = "drift"        // it is not as the code says: changed outside, or behind
	NotApplied Status = "not-applied"  // the code asks for it and it was never applied
	Applied    Status = "applied"      // it was not as the code says, and is now
	Failed     Status = "failed"       // the tool could not tell, or do it
	Unverified Status = "not-verified" // nothing is known of it: the tool cannot foresee, or really ran it
)

// Change is one thing that is not simply as the code says.
type Change struct {
	Status Status
	Target string // "lyon/db", or the address of a resource
	What   string // task, or action: create, update, delete, replace
	Names  []string
	Where  string       // "lyon.yml:12"; "" where the tool does not tell
	Why    history.Text // of Failed and Unverified
}

// Result is what a tool found, or did.
type Result struct {
	Tool     string // "Ansible", "Terraform", "OpenTofu"
	Version  string
	Recorded string // when the plan that was read was made; "" where the tool ran
	Matched  int    // things that are as the code says
	Changes  []Change
}

// Host is a container that a playbook may reach.
type Host struct {
	Site, Service string
	Instance      int
	Container     string // name or id in the engine
}

// Name is how inventories and results call the host.
func (h Host) Name() string { return fmt.Sprintf("%s-%s-%d", h.Site, h.Service, h.Instance) }

// Place is the host as findings name it: "lyon/db".
func (h Host) Place() string { return h.Site + "/" + h.Service }
