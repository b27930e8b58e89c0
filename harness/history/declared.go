package history

// Declared is a dependency that somebody wrote down: who may need whom. That
// two services of one function need each other is declared by Function.
type Declared struct {
	From  string `json:"from"`           // "site/service", or "site" for every service there
	To    string `json:"to"`             // the same, or a name outside the stage ("smtp.example.com")
	Name  string `json:"name,omitempty"` // under which the provider is found, where it is not its own
	Ports []int  `json:"ports,omitempty"`
	By    Source `json:"by"`
	Why   string `json:"why,omitempty"`
}

// Source is where a dependency is declared.
type Source string

// The sources.
const (
	ByCompose      Source = "depends_on"   // of a Compose file
	ByFlow         Source = "flows"        // the flow matrix of stage.yaml
	ByDependencies Source = "dependencies" // the list of stage.yaml
	ByFunction     Source = "function"     // both ends serve one function
)

// SharedMount is a place of the host, or a volume outside the project, that
// services of several sites mount: one store under two names.
type SharedMount struct {
	Kind   string   `json:"kind"`   // volume | bind
	Source string   `json:"source"` // name or path
	At     []string `json:"at"`     // "site/service", in the order of the stage
}
