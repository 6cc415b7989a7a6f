package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificateFiles creates a self-signed certificate for 127.0.0.1, like `openssl req -x509` in Palette's guide.
func certificateFiles(t *testing.T, dir string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: "127.0.0.1"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:             time.Now().Add(-time.Minute),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, filepath.Join(dir, "tls.crt"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))),
		write(t, filepath.Join(dir, "tls.key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
}

// trust returns a client that trusts only this certificate.
func trust(t *testing.T, certificate string, edit func(*tls.Config)) *http.Client {
	t.Helper()
	content, err := os.ReadFile(certificate)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	config.RootCAs.AppendCertsFromPEM(content)
	if edit != nil {
		edit(config)
	}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestHTTPS(t *testing.T) {
	dir := t.TempDir()
	certificate, key := certificateFiles(t, dir)
	env := append(withAuth(write(t, filepath.Join(dir, "htpasswd-basic"), users(t, admin, reader))),
		"REGISTRY_HTTP_TLS_CERTIFICATE="+certificate, "REGISTRY_HTTP_TLS_KEY="+key)
	s := start(t, nil, env...)
	if !strings.HasPrefix(s.base, "https://") {
		t.Fatalf("the log doesn't say that it listens with TLS:\n%s", s.logged())
	}
	s.client = trust(t, certificate, nil)

	t.Run("a client that trusts only the certificate gets all answers", func(t *testing.T) {
		s.wants(s.get("/health", ""), 200)
		s.wants(s.get("/v1/_catalog", ""), 401)
		s.wants(s.get("/v1/_catalog", admin), 200)
		s.wants(s.get("/v1/_catalog", reader), 200)
	})
	t.Run("push and pull", func(t *testing.T) {
		pushed := push(t, s, "/v1/", "packs/nginx", "1.0", admin)
		pull(t, s, "/v2/", pushed, reader)
	})
	t.Run("a client without trust fails, and the log says so", func(t *testing.T) {
		if _, err := (&http.Client{Transport: &http.Transport{}}).Get(s.base + "/health"); err == nil {
			t.Fatal("it connected")
		}
		for range 100 {
			if strings.Contains(s.logged(), `level=warning msg="http: TLS handshake error`) {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Errorf("not in the log:\n%s", s.logged())
	})
	t.Run("plain HTTP is rejected", func(t *testing.T) {
		response, err := http.Get(strings.Replace(s.base, "https://", "http://", 1) + "/health")
		if err != nil || response.StatusCode != 400 {
			t.Errorf("got %v, %v", response, err)
		}
	})
	t.Run("TLS 1.1 is rejected", func(t *testing.T) {
		old := trust(t, certificate, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 })
		if _, err := old.Get(s.base + "/health"); err == nil {
			t.Error("it connected")
		}
	})
	t.Run("SIGTERM stops the server", func(t *testing.T) { s.stop() })
}

func TestClientCertificates(t *testing.T) {
	dir := t.TempDir()
	certificate, key := certificateFiles(t, dir)
	file := write(t, filepath.Join(dir, "registry.yml"), `
version: 0.1
storage: inmemory
http:
  addr: 127.0.0.1:0
  tls:
    certificate: `+certificate+`
    key: `+key+`
    clientcas: [`+certificate+`]
    minimumtls: tls1.3
`)
	s := start(t, []string{"serve", file})
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trust(t, certificate, nil).Get(s.base + "/health"); err == nil {
		t.Error("a client without a certificate connected")
	}
	s.client = trust(t, certificate, func(c *tls.Config) { c.Certificates = []tls.Certificate{pair} })
	s.wants(s.get("/v1/_catalog", ""), 200)
	s.client = trust(t, certificate, func(c *tls.Config) { c.Certificates, c.MaxVersion = []tls.Certificate{pair}, tls.VersionTLS12 })
	request, _ := http.NewRequest("GET", s.base+"/health", nil)
	if _, err := s.client.Do(request); err == nil {
		t.Error("a client of TLS 1.2 connected")
	}
}
