package history

import "time"

// Probe is a part of a probe as planned: one thing of many that are lost in
// turn under load. Its fault bears the same target.
type Probe struct {
	Of     Lost          `json:"of"`
	Target string        `json:"target"` // "paris/orders", "paris/orders/2", "paris/orders -> paris/db"
	Title  Text          `json:"title"`
	For    time.Duration `json:"for_ns"` // how long it is lost
}

// Lost names what a part of a probe takes away.
type Lost string

// What can be lost.
const (
	LostService  Lost = "service"  // every instance of a service
	LostInstance Lost = "instance" // one of several
	LostLink     Lost = "link"     // a consumer -> provider pair
)
