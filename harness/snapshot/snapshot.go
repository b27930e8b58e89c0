// Package snapshot turns what is read of a container into facts that can be
// compared: a key and a value each, the same way on every site. It reads nothing
// itself, and gives away no value that may be secret: of environments, secrets,
// files, commands and labels it keeps a keyed hash alone.
//
//	engine's description ---.
//	configs, secrets, files -+-> Facts -> events of the history -> harness/analysis
//	catalogue of a database -'
package snapshot

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"bascule/harness/history"
)

// Facts are what was seen of one container. Each key has a dot in it.
type Facts map[string]string

// Put notes a fact; one without a value says nothing and is left out.
func (f Facts) Put(key, value string) {
	if value != "" {
		f[key] = value
	}
}

// Pairs are the facts in the order of their keys, as an event takes them.
func (f Facts) Pairs() []string {
	out := make([]string, 0, 2*len(f))
	for _, k := range slices.Sorted(maps.Keys(f)) {
		out = append(out, k, f[k])
	}
	return out
}

// Sealer hashes what may be secret, with a key that nobody else has: equal
// values can be told as equal, and none can be guessed from its hash.
type Sealer struct{ key []byte }

// NewSealer draws a key. It lives in memory alone and dies with the run.
func NewSealer() (Sealer, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return Sealer{}, fmt.Errorf("snapshot: draw a key: %w", err)
	}
	return Sealer{key}, nil
}

// hashLength is how many hexadecimal digits of a hash are kept: 64 bits.
const hashLength = 16

// Seal is the hash of a value: the same wherever the value stands.
func (s Sealer) Seal(value []byte) string {
	m := hmac.New(sha256.New, s.key)
	m.Write(value)
	return history.Hidden + hex.EncodeToString(m.Sum(nil))[:hashLength]
}

// sealWords hashes a command.
func (s Sealer) sealWords(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return s.Seal([]byte(strings.Join(words, "\x00")))
}
