package containers

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// expiredFor is how long ago a certificate that a fault lets expire did so:
// beyond any difference between clocks.
const expiredFor = 24 * time.Hour

// pair is a certificate with its key, as PEM files hold them.
type pair struct {
	cert *x509.Certificate
	key  crypto.Signer
	rest []byte // what follows the certificate in its file: the chain
}

func readPair(certPEM, keyPEM []byte) (pair, error) {
	p, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return pair{}, err
	}
	key, ok := p.PrivateKey.(crypto.Signer)
	if !ok {
		return pair{}, fmt.Errorf("a key of type %T cannot sign", p.PrivateKey)
	}
	cert, err := x509.ParseCertificate(p.Certificate[0])
	if err != nil {
		return pair{}, err
	}
	var rest bytes.Buffer
	for _, der := range p.Certificate[1:] {
		if err := pem.Encode(&rest, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			return pair{}, err
		}
	}
	return pair{cert, key, rest.Bytes()}, nil
}

// selfSigned tells a certificate that is its own authority.
func (p pair) selfSigned() bool {
	return bytes.Equal(p.cert.RawIssuer, p.cert.RawSubject) && p.cert.CheckSignature(p.cert.SignatureAlgorithm, p.cert.RawTBSCertificate, p.cert.Signature) == nil
}

// expire issues the same certificate again, for the same key and names, by the
// same authority, but expired: clients can find nothing else wrong with it. by
// is nil for a certificate that signed itself.
func (p pair) expire(by *pair, now time.Time) ([]byte, error) {
	if by == nil {
		if !p.selfSigned() {
			return nil, fmt.Errorf("certificate %q was signed by %q: declare its ca_cert and ca_key in stage.yaml", p.cert.Subject, p.cert.Issuer)
		}
		by = &p
	} else if err := p.cert.CheckSignatureFrom(by.cert); err != nil {
		return nil, fmt.Errorf("certificate %q was not signed by the declared authority %q: %w", p.cert.Subject, by.cert.Subject, err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	again := *p.cert
	again.SerialNumber = serial
	again.NotAfter = now.Add(-expiredFor)
	if !again.NotBefore.Before(again.NotAfter) {
		again.NotBefore = again.NotAfter.Add(-expiredFor)
	}
	// The algorithm follows from the signer's key.
	again.SignatureAlgorithm = x509.UnknownSignatureAlgorithm
	der, err := x509.CreateCertificate(rand.Reader, &again, by.cert, p.key.Public(), by.key)
	if err != nil {
		return nil, fmt.Errorf("issue certificate %q again: %w", p.cert.Subject, err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), p.rest...), nil
}

// handshake is a TLS handshake as a client does it that trusts roots alone. It
// gives the error of a client that verifies.
func handshake(ctx context.Context, addr, name string, roots *x509.CertPool) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	d := tls.Dialer{Config: &tls.Config{ServerName: name, RootCAs: roots}}
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return c.Close()
}

// nameOf is a name that a certificate is good for.
func nameOf(c *x509.Certificate) (string, error) {
	switch {
	case len(c.DNSNames) > 0:
		return c.DNSNames[0], nil
	case len(c.IPAddresses) > 0:
		return c.IPAddresses[0].String(), nil
	}
	return "", errors.New("it names no host")
}
