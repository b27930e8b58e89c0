package target

// Inventory is a target whose members tools outside the harness can reach, such
// as Ansible. Not every target is one.
type Inventory interface {
	// Inventory lists the members of a site that are there now.
	Inventory(site string) []Host
}

// Host is a member as such a tool reaches it.
type Host struct {
	Site, Service string
	Instance      int
	Container     string // its id in the engine
}
