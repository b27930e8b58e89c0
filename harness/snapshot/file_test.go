package snapshot

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"testing"
	"time"
)

// certificate is a PEM file of a certificate that ends at an instant.
func certificate(t *testing.T, until time.Time) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: until.Add(-time.Hour), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestExpiry(t *testing.T) {
	early, late := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC), time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	chain := append(append([]byte("# a chain\n"), certificate(t, late)...), certificate(t, early)...)
	if got, ok := Expiry(chain); !ok || !got.Equal(early) {
		t.Errorf("%v %v, want %v: a chain holds as long as its first end", got, ok, early)
	}
	for name, content := range map[string][]byte{
		"no PEM": []byte("key = value"), "a key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}),
		"a broken one": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}),
	} {
		if until, ok := Expiry(content); ok {
			t.Errorf("%s expires at %v", name, until)
		}
	}
	f := Facts{}
	f.File("secret.tls", chain, sealer(t))
	if f["cert.secret.tls"] != "2027-03-01T12:00:00Z" || f["secret.tls"] == "" {
		t.Errorf("facts %v", f)
	}
}
