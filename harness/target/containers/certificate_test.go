package containers

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

// issued is a certificate for vault, by an authority or by itself.
func issued(t *testing.T, name string, by *pair, from, to time.Time) (certPEM, keyPEM []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name, Organization: []string{"Bascule"}}, NotBefore: from, NotAfter: to,
		DNSNames: []string{name, name + ".paris"}, IPAddresses: []net.IP{net.IPv4(10, 1, 2, 3).To4()},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: by == nil,
	}
	parent, signer := cert, any(key)
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

func mustPair(t *testing.T, certPEM, keyPEM []byte) pair {
	t.Helper()
	p, err := readPair(certPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func pairOf(t *testing.T, name string, by *pair, from, to time.Time) pair {
	t.Helper()
	certPEM, keyPEM := issued(t, name, by, from, to)
	return mustPair(t, certPEM, keyPEM)
}

// A client must find nothing wrong with the certificate but its age: any other
// difference would be another fault.
func TestExpiredInNothingButItsAge(t *testing.T) {
	now := time.Now()
	old := now.Add(-365 * 24 * time.Hour)
	caPEM, caKey := issued(t, "authority", nil, old, now.Add(time.Hour))
	ca := mustPair(t, caPEM, caKey)
	for name, c := range map[string]struct {
		by   *pair
		from time.Time
	}{"by an authority": {&ca, old}, "by itself": {nil, old}, "issued today": {&ca, now.Add(-time.Minute)}} {
		t.Run(name, func(t *testing.T) {
			certPEM, keyPEM := issued(t, "vault", c.by, c.from, now.Add(time.Hour))
			chain := append(bytes.Clone(certPEM), caPEM...)
			p := mustPair(t, chain, keyPEM)
			out, err := p.expire(c.by, now)
			if err != nil {
				t.Fatal(err)
			}
			served, err := tls.X509KeyPair(out, keyPEM)
			if err != nil {
				t.Fatalf("the server's key no longer fits: %v", err)
			}
			if len(served.Certificate) != 2 || !bytes.Equal(served.Certificate[1], ca.cert.Raw) {
				t.Error("the chain behind it is not what it was")
			}
			got, was := served.Leaf, p.cert
			if got.Subject.String() != was.Subject.String() || strings.Join(got.DNSNames, " ") != strings.Join(was.DNSNames, " ") ||
				len(got.IPAddresses) != 1 || got.KeyUsage != was.KeyUsage || got.IsCA != was.IsCA || got.Issuer.String() != was.Issuer.String() {
				t.Errorf("more than the age differs:\n got %+v\nwant %+v", got, was)
			}
			if !got.NotBefore.Before(got.NotAfter) || !got.NotAfter.Before(now) || got.SerialNumber.Cmp(was.SerialNumber) == 0 {
				t.Errorf("from %s to %s, number %s", got.NotBefore, got.NotAfter, got.SerialNumber)
			}
			roots := x509.NewCertPool()
			roots.AddCert(was)
			if c.by != nil {
				roots.AddCert(ca.cert)
			}
			var invalid x509.CertificateInvalidError
			if _, err := got.Verify(x509.VerifyOptions{Roots: roots, DNSName: "vault"}); !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
				t.Errorf("a client is told %v", err)
			}
			if _, err := got.Verify(x509.VerifyOptions{Roots: roots, DNSName: "vault", CurrentTime: got.NotAfter.Add(-time.Second)}); err != nil && c.from == old && c.by != nil {
				t.Errorf("before it expired it was not good either: %v", err)
			}
		})
	}
}

func TestCertificatesThatCannotBeIssuedAgain(t *testing.T) {
	now := time.Now()
	ca := pairOf(t, "authority", nil, now.Add(-time.Hour), now.Add(time.Hour))
	other := pairOf(t, "another", nil, now.Add(-time.Hour), now.Add(time.Hour))
	p := pairOf(t, "vault", &ca, now.Add(-time.Hour), now.Add(time.Hour))
	if _, err := p.expire(nil, now); err == nil || !strings.Contains(err.Error(), "ca_key") {
		t.Errorf("without the authority's key: %v, want what to declare", err)
	}
	if _, err := p.expire(&other, now); err == nil || !strings.Contains(err.Error(), "another") {
		t.Errorf("by another authority: %v, want its name", err)
	}
}
