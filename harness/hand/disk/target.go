package disk

import "path"

// Base is where all file systems of hands are mounted on the engine's machine, a
// folder a hand.
const Base = "/run/bascule"

// Target is where a hand mounts a volume. The hand's name is unique in the
// engine, as its container's.
func Target(hand, volume string) string { return path.Join(Base, hand, volume) }
