package main

import (
	"fmt"
	"strings"
	"testing"
)

// writes returns one request for each way to change something. The writer never gets 401 or 403 for them.
func writes() [][2]string {
	const digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	var all [][2]string
	for _, api := range []string{"/v1/", "/v2/"} {
		all = append(all,
			[2]string{"POST", api + "packs/nginx/blobs/uploads/"},
			[2]string{"POST", api + "packs/nginx/blobs/uploads/?digest=" + digest},
			[2]string{"POST", api + "packs/nginx/blobs/uploads/?mount=" + digest + "&from=packs/other"},
			[2]string{"PATCH", api + "packs/nginx/blobs/uploads/00000000-0000-4000-8000-000000000000"},
			[2]string{"PUT", api + "packs/nginx/blobs/uploads/00000000-0000-4000-8000-000000000000?digest=" + digest},
			[2]string{"DELETE", api + "packs/nginx/blobs/uploads/00000000-0000-4000-8000-000000000000"},
			[2]string{"PUT", api + "packs/nginx/manifests/1.0"},
			[2]string{"DELETE", api + "packs/nginx/manifests/" + digest},
			[2]string{"DELETE", api + "packs/nginx/blobs/" + digest},
			[2]string{"PURGE", api + "packs/nginx/blobs/" + digest},
		)
	}
	return all
}

func TestRoles(t *testing.T) {
	s := startWithUsers(t)
	pushed := push(t, s, "/v1/", "packs/nginx", "1.0", admin)

	refused := []struct {
		who, credentials string
		status           int
		code             string
	}{
		{"a reader", reader, 403, "DENIED"},
		{"nobody", "", 401, "UNAUTHORIZED"},
		{"an unknown user", "nobody:nothing", 401, "UNAUTHORIZED"},
		{"a reader with a wrong password", "spectro:wrong", 401, "UNAUTHORIZED"},
		{"a reader with admin's password", "spectro:correct horse", 401, "UNAUTHORIZED"},
		{"admin with a wrong password", "admin:wrong", 401, "UNAUTHORIZED"},
		{"admin without a password", "admin:", 401, "UNAUTHORIZED"},
		{"Admin, who is someone else", "Admin:correct horse", 401, "UNAUTHORIZED"},
	}
	for _, c := range refused {
		t.Run(c.who+" may not write", func(t *testing.T) {
			for _, request := range writes() {
				got := s.wants(s.do(request[0], request[1], c.credentials, ""), c.status)
				if want := fmt.Sprintf(`{"errors":[{"code":%q,`, c.code); !strings.HasPrefix(got.body, want) {
					t.Errorf("%s %s: got %s", request[0], request[1], got.body)
				}
				challenge := got.Header.Get("WWW-Authenticate")
				if want := c.status == 401; want != (challenge == `Basic realm="Registry Realm"`) {
					t.Errorf("%s %s: WWW-Authenticate is %q", request[0], request[1], challenge)
				}
				if got.Header.Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("%s %s: the configured http.headers are missing", request[0], request[1])
				}
			}
		})
	}
	t.Run("a token may not write", func(t *testing.T) {
		for _, header := range []string{"Bearer admin:x", "Basic admin", "Basic YWRtaW4=", "basic", ""} {
			s.wants(s.do("POST", "/v1/packs/nginx/blobs/uploads/", "", "", "Authorization", header), 401)
		}
	})
	t.Run("X-HTTP-Method-Override is ignored", func(t *testing.T) {
		s.wants(s.do("GET", "/v1/packs/nginx/manifests/"+pushed.manifestHash, reader, "", "Accept", manifestType,
			"X-HTTP-Method-Override", "DELETE"), 200)
	})
	t.Run("denied writes changed nothing", func(t *testing.T) {
		pull(t, s, "/v2/", pushed, reader)
		if got := catalog(t, s.get("/v1/_catalog", reader)); len(got) != 1 {
			t.Errorf("the catalog is %v", got)
		}
	})
	t.Run("admin may write", func(t *testing.T) {
		for _, request := range writes() {
			if got := s.do(request[0], request[1], admin, ""); got.StatusCode == 401 || got.StatusCode == 403 {
				t.Errorf("%s %s: got %d: %s", request[0], request[1], got.StatusCode, got.body)
			}
		}
	})
}

func TestWithoutAuthentication(t *testing.T) {
	for name, s := range map[string]*server{
		"not configured": start(t, nil),
		"none":           start(t, nil, "REGISTRY_AUTH=none"),
	} {
		t.Run(name, func(t *testing.T) {
			pushed := push(t, s, "/v1/", "packs/nginx", "1.0", "")
			pull(t, s, "/v2/", pushed, "")
			pull(t, s, "/v1/", pushed, reader)
		})
	}
}
