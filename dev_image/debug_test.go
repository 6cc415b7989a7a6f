package main

import (
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var debugAddress = regexp.MustCompile(`debug server on (\S+:\d+)`)

// debugURL returns the address of a server's debug port.
func (s *server) debugURL() string {
	s.t.Helper()
	found := debugAddress.FindStringSubmatch(s.logged())
	if found == nil {
		s.t.Fatalf("the log doesn't show a debug server:\n%s", s.logged())
	}
	return "http://" + found[1]
}

func TestMetrics(t *testing.T) {
	htpasswd := write(t, filepath.Join(t.TempDir(), "htpasswd-basic"), users(t, admin, reader))
	s := start(t, nil, append(withAuth(htpasswd), "REGISTRY_HTTP_DEBUG_ADDR=127.0.0.1:0", "REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED=true")...)
	push(t, s, "/v1/", "packs/nginx", "1.0", admin)
	s.wants(s.get("/v1/_catalog", ""), 401)

	scraped := s.wants(s.get(s.debugURL()+"/metrics", ""), 200).body
	for _, series := range []string{
		`registry_http_requests_total{code="201",handler="manifest",method="put"} 1`,
		`registry_http_requests_total{code="401",handler="catalog",method="get"} 1`,
		`registry_storage_action_seconds_bucket{action="PutContent",driver="filesystem",le="10"}`,
		"registry_http_request_duration_seconds_count",
		"go_goroutines",
	} {
		if !strings.Contains(scraped, series) {
			t.Errorf("not in the metrics: %s", series)
		}
	}
	s.wants(s.get(s.debugURL()+"/debug/health", ""), 200)
	s.wants(s.get("/metrics", admin), 404)
	s.stop()
}

func TestDebugPort(t *testing.T) {
	t.Run("without prometheus, it has no metrics", func(t *testing.T) {
		s := start(t, nil, "REGISTRY_HTTP_DEBUG_ADDR=127.0.0.1:0")
		s.wants(s.get(s.debugURL()+"/metrics", ""), 404)
	})
	t.Run("there is none by default", func(t *testing.T) {
		if s := start(t, nil); strings.Contains(s.logged(), "debug server") {
			t.Errorf("it has one:\n%s", s.logged())
		}
	})
	t.Run("a taken port fails the start", func(t *testing.T) {
		busy, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer busy.Close()
		said := fails(t, nil, "REGISTRY_HTTP_DEBUG_ADDR="+busy.Addr().String(), "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY="+t.TempDir())
		if !strings.Contains(said, "http.debug") || !strings.Contains(said, "address already in use") {
			t.Error(said)
		}
	})
}
