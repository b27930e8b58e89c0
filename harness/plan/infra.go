package plan

// Infra is what a site's infrastructure code is used for: a check of all of it,
// or the application of one playbook.
type Infra struct {
	Site string   `json:"site"`
	IDs  []string `json:"ids"` // in the stage
}
