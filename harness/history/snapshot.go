package history

import "time"

// What a snapshot leaves in a history. One is an event a container, all facts of
// it as attributes: each key has a dot in it ("env.SITE", "image.digest"), and
// no other attribute of the event has. Values that may be secret are keyed
// hashes (Hidden); the key is random, of one scenario, and recorded nowhere.
const (
	Snapshot      Kind = "snapshot"       // subject: site/service/instance; when, n (which snapshot), release, absent: yes (there is no container), unread (what could not be read: schema, files...), err; facts
	SnapshotImage Kind = "snapshot.image" // subject: image digest; package.NAME: its version; once a scenario
	SnapshotTaken Kind = "snapshot.taken" // subject: stage; when, n, containers, took_ns, err
	ContainerLog  Kind = "container.log"  // subject: site/service/instance that ended or is not well; state, lacks (keys and secrets that its last lines name and it was not given, comma separated); never a line itself
)

// When a snapshot was taken.
const (
	AtRest     = "rest"     // before the load
	AtFailover = "failover" // as a failover began
	AtStep     = "step"     // as a sentence of the scenario asked
	AtEnd      = "end"      // after the load
)

// Hidden begins a value of which only a keyed hash is known.
const Hidden = "hmac:"

// Exception is a difference between the sites that must exist, as stage.yaml
// declares it.
type Exception struct {
	Service string `json:"service"` // "*": of any
	Key     string `json:"key"`     // "env.SITE"; * stands for any letters
	Why     Text   `json:"why"`
}

// Requirement is one thing that a release needs at each site.
type Requirement struct {
	Release string        `json:"release"`
	Service string        `json:"service,omitempty"` // empty: some service of the site
	Kind    RequireKind   `json:"kind"`
	Name    string        `json:"name"`              // key, name, path, port, or "table.column"
	For     time.Duration `json:"for_ns,omitempty"`  // of a certificate: it is valid for at least that long
	Brought bool          `json:"brought,omitempty"` // by the release itself: needed only where it is installed
}

// RequireKind is what is required.
type RequireKind string

// The kinds of requirement.
const (
	RequireEnv         RequireKind = "env"
	RequireSecret      RequireKind = "secret" // or config, by its name
	RequireFile        RequireKind = "file"
	RequirePort        RequireKind = "port"
	RequireVolume      RequireKind = "volume" // a name, or a path in the container
	RequireCertificate RequireKind = "certificate"
	RequireSchema      RequireKind = "schema" // version, at least
	RequireColumn      RequireKind = "column"
)
