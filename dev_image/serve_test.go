package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const inMemoryYAML = `
version: 0.1
log:
  level: warn
storage: inmemory
http:
  addr: 127.0.0.1:0
  headers:
    X-Content-Type-Options: [nosniff]
    X-From-The-File: ["yes"]
`

func TestServeFile(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "registry.yml"), inMemoryYAML)
	// the log level of the file hides the address
	s := start(t, []string{"serve", file}, "REGISTRY_LOG_LEVEL=info")

	t.Run("the settings of the file are used", func(t *testing.T) {
		for _, path := range []string{"/health", "/v1/_catalog"} {
			if got := s.wants(s.get(path, ""), 200).Header.Get("X-From-The-File"); got != "yes" {
				t.Errorf("%s: X-From-The-File is %q", path, got)
			}
		}
	})
	t.Run("in-memory storage accepts a push", func(t *testing.T) {
		pushed := push(t, s, "/v1/", "packs/nginx", "1.0", "")
		pull(t, s, "/v1/", pushed, "")
	})
}

func TestFilesystemStorageSurvivesRestart(t *testing.T) {
	data := "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=" + t.TempDir()
	first := start(t, nil, data)
	pushed := push(t, first, "/v1/", "packs/nginx", "1.0", "")
	first.stop()
	pull(t, start(t, nil, data), "/v1/", pushed, "")
}

func TestSIGTERM(t *testing.T) {
	t.Run("stops an idle server immediately", func(t *testing.T) {
		s := start(t, nil)
		s.wants(s.get("/health", ""), 200) // keeps a connection open
		began := time.Now()
		s.stop()
		if took := time.Since(began); took > time.Second {
			t.Errorf("took %s", took)
		}
	})
	t.Run("waits at most the drain time for a blocked client", func(t *testing.T) {
		s := start(t, nil)
		connection, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		if _, err := connection.Write([]byte("POST /v2/stuck/blobs/uploads/ HTTP/1.1\r\nContent-Le")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
		s.stop()
	})
}

func TestTimeLimits(t *testing.T) {
	s := start(t, nil, headerTimeout+"=200ms")
	connection, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := connection.Write([]byte("GET /health HTTP/1.1\r\nHost: localhost\r\nX-Half")); err != nil {
		t.Fatal(err)
	}
	connection.SetReadDeadline(time.Now().Add(10 * time.Second))
	if answer, err := io.ReadAll(connection); err != nil {
		t.Errorf("the server kept a connection with half a header open: %v, %q", err, answer)
	}
	s.wants(s.get("/health", ""), 200)
}

func TestLog(t *testing.T) {
	s := start(t, nil)
	s.wants(s.get("/v1/_catalog", ""), 200)
	s.stop()
	log := s.logged()
	if !strings.Contains(log, "listening on 127.0.0.1:") {
		t.Errorf("the log doesn't say where the server listens:\n%s", log)
	}
	if !strings.Contains(log, "GET /v1/_catalog HTTP/1.1") {
		t.Errorf("the log doesn't show the request as it was sent:\n%s", log)
	}
}

func TestTelemetry(t *testing.T) {
	for name, c := range map[string]struct {
		env  string
		sent bool
	}{
		"is not sent":           {"OTEL_TRACES_EXPORTER=", false},
		"is sent if configured": {"OTEL_TRACES_EXPORTER=otlp", true},
	} {
		t.Run(name, func(t *testing.T) {
			received := make(chan string, 100)
			collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { received <- r.URL.Path }))
			defer collector.Close()
			s := start(t, nil, c.env, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL, "OTEL_BSP_SCHEDULE_DELAY=20")
			s.wants(s.get("/health", ""), 200)
			select {
			case path := <-received:
				if !c.sent {
					t.Errorf("the collector got %s", path)
				}
			case <-time.After(map[bool]time.Duration{false: 500 * time.Millisecond, true: 10 * time.Second}[c.sent]):
				if c.sent {
					t.Error("the collector got nothing")
				}
			}
		})
	}
}

// fails runs the program, which must exit with code 1 and one line on stderr, and returns this line.
func fails(t *testing.T, args []string, env ...string) string {
	t.Helper()
	cmd := command(args, append([]string{"REGISTRY_HTTP_ADDR=127.0.0.1:0"}, env...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	giveUp := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
	defer giveUp.Stop()
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("want exit code 1: %v", err)
	}
	if lines := strings.Count(stderr.String(), "\n"); lines != 1 {
		t.Errorf("want one line on stderr, got %d:\n%s", lines, stderr.String())
	}
	return stderr.String()
}

func TestFailedStart(t *testing.T) {
	dir := t.TempDir()
	absent := filepath.Join(dir, "absent")
	yaml := func(name, content string) []string {
		return []string{"serve", write(t, filepath.Join(dir, name), content)}
	}
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	certificate, key := certificateFiles(t, dir)
	_, otherKey := certificateFiles(t, t.TempDir())

	cases := []struct {
		name string
		args []string
		env  []string
		says string
	}{
		{"unknown arguments", []string{"run"}, nil, "usage:"},
		{"serve without a file", []string{"serve"}, nil, "usage:"},
		{"an absent file", []string{"serve", absent}, nil, "no such file"},
		{"not YAML", yaml("a.yml", "version: 0.1\nlog: [\n"), nil, "yaml"},
		{"a wrong type, several times", yaml("b.yml", "version: 0.1\nstorage: inmemory\nhttp: {tls: [], debug: []}\n"), nil, "cannot unmarshal"},
		{"an unknown version", yaml("c.yml", "version: 7.0\n"), nil, "unsupported version"},
		{"no storage", yaml("d.yml", "version: 0.1\n"), nil, "no storage"},
		{"an unknown storage", yaml("e.yml", "version: 0.1\nstorage: punchcards\n"), nil, "punchcards"},
		{"two storages", nil, []string{"REGISTRY_STORAGE_INMEMORY={}"}, "multiple storage"},
		{"an unknown log level", nil, []string{"REGISTRY_LOG_LEVEL=loud"}, "loud"},
		{"an unknown authentication", nil, []string{"REGISTRY_AUTH=token"}, "token"},
		{"htpasswd without a realm", nil, []string{"REGISTRY_AUTH=htpasswd"}, "realm"},
		{"an htpasswd path below a file", nil, withAuth(filepath.Join(certificate, "htpasswd")), "not a directory"},
		{"an absent certificate", nil, []string{"REGISTRY_HTTP_TLS_CERTIFICATE=" + absent, "REGISTRY_HTTP_TLS_KEY=" + key}, "no such file"},
		{"another certificate's key", nil, []string{"REGISTRY_HTTP_TLS_CERTIFICATE=" + certificate, "REGISTRY_HTTP_TLS_KEY=" + otherKey}, "does not match"},
		{"a taken port", nil, []string{"REGISTRY_HTTP_ADDR=" + busy.Addr().String()}, "address already in use"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if said := fails(t, c.args, c.env...); !strings.Contains(said, c.says) {
				t.Errorf("want %q in: %s", c.says, said)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	output, err := command([]string{"--version"}).Output()
	if err != nil || !strings.HasPrefix(string(output), "spectro-server ") {
		t.Errorf("got %q, %v", output, err)
	}
}
