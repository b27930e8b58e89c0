package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"time"
)

// The zoo's authority is made from a fixed seed, so that every instance knows
// it without a file: this protects nothing, it only has to expire.

func authorityKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte("an authority that protects no one"[:ed25519.SeedSize]))
}

func authorityCertificate() (*x509.Certificate, error) {
	key := authorityKey()
	t := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "zoo"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Unix(0, 0), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	return c, nil
}

// authority is what the front trusts.
func authority() (*x509.CertPool, error) {
	c, err := authorityCertificate()
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(c)
	return pool, nil
}

// certificateOf makes a ledger's certificate, one that ran out an hour ago
// where expired.
func certificateOf(expired bool) (tls.Certificate, error) {
	ca, err := authorityCertificate()
	if err != nil {
		return tls.Certificate{}, err
	}
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate: %w", err)
	}
	t := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "ledger"}, DNSNames: []string{"ledger", "ledger.peer"},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	if expired {
		t.NotAfter = time.Now().Add(-time.Hour)
	}
	der, err := x509.CreateCertificate(rand.Reader, t, ca, public, authorityKey())
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// keep writes a certificate and its key to path.crt and path.key, where whoever
// runs the service looks for them.
func keep(c tls.Certificate, path string) error {
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	for _, f := range []struct {
		name, kind string
		der        []byte
	}{{path + ".crt", "CERTIFICATE", c.Certificate[0]}, {path + ".key", "PRIVATE KEY", key}} {
		if err := os.WriteFile(f.name, pem.EncodeToMemory(&pem.Block{Type: f.kind, Bytes: f.der}), 0o600); err != nil {
			return fmt.Errorf("certificate: %w", err)
		}
	}
	return nil
}

// serveTLS serves until ctx ends.
func serveTLS(ctx context.Context, addr string, c tls.Certificate, h http.Handler) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", addr, err)
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 2 * time.Second, TLSConfig: &tls.Config{Certificates: []tls.Certificate{c}}}
	defer context.AfterFunc(ctx, func() { s.Close() })()
	if err := s.ServeTLS(l, "", ""); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", addr, err)
	}
	return nil
}
