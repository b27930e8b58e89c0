package snapshot

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"time"
)

// File notes a file of a container under a key such as "config.nginx" or
// "file./etc/app.conf": the hash of its content, and of certificates until when
// they are valid.
func (f Facts) File(key string, content []byte, seal Sealer) {
	f.Put(key, seal.Seal(content))
	if until, ok := Expiry(content); ok {
		f.Put("cert."+key, until.UTC().Format(time.RFC3339))
	}
}

// Expiry is when the first of the certificates in a PEM file ends to be valid.
func Expiry(content []byte) (until time.Time, ok bool) {
	if !bytes.Contains(content, []byte("-----BEGIN ")) {
		return time.Time{}, false
	}
	for {
		var block *pem.Block
		if block, content = pem.Decode(content); block == nil {
			return until, ok
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			continue
		}
		if !ok || c.NotAfter.Before(until) {
			until, ok = c.NotAfter, true
		}
	}
}
