package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/distribution/distribution/v3/configuration"
)

const manifestType = "application/vnd.oci.image.manifest.v1+json"

type artifact struct {
	repository, tag          string
	blob, manifest           string
	blobDigest, manifestHash string
}

func digest(content string) string {
	return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(content)))
}

// push uploads a blob (POST, PATCH, PUT) and a manifest with this blob as its config and its only layer.
func push(t *testing.T, s *server, api, repository, tag, credentials string) artifact {
	t.Helper()
	a := artifact{repository: repository, tag: tag, blob: "the content of " + repository + ":" + tag}
	a.blobDigest = digest(a.blob)
	descriptor := func(mediaType string) string {
		return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d}`, mediaType, a.blobDigest, len(a.blob))
	}
	a.manifest = fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"config":%s,"layers":[%s]}`, manifestType,
		descriptor("application/vnd.oci.image.config.v1+json"), descriptor("application/vnd.oci.image.layer.v1.tar"))
	a.manifestHash = digest(a.manifest)

	// stays returns the Location of a response, which must be in the same API as the request.
	stays := func(got answer) string {
		t.Helper()
		location, err := got.Location()
		if err != nil || !strings.HasPrefix(location.String(), s.base+api) {
			t.Fatalf("a client of %s is sent to %v (%v)", api, location, err)
		}
		return location.String()
	}
	upload := stays(s.wants(s.do("POST", api+repository+"/blobs/uploads/", credentials, ""), 202))
	upload = stays(s.wants(s.do("PATCH", upload, credentials, a.blob, "Content-Type", "application/octet-stream"), 202))
	blob := stays(s.wants(s.do("PUT", upload+"&digest="+a.blobDigest, credentials, ""), 201))
	s.wants(s.do("HEAD", blob, credentials, ""), 200)
	manifest := stays(s.wants(s.do("PUT", api+repository+"/manifests/"+tag, credentials, a.manifest, "Content-Type", manifestType), 201))
	s.wants(s.do("HEAD", manifest, credentials, "", "Accept", manifestType), 200)
	return a
}

func pull(t *testing.T, s *server, api string, a artifact, credentials string) {
	t.Helper()
	for _, reference := range []string{a.tag, a.manifestHash} {
		manifest := s.wants(s.do("GET", api+a.repository+"/manifests/"+reference, credentials, "", "Accept", manifestType), 200)
		if manifest.body != a.manifest {
			t.Errorf("manifest %s differs: %s", reference, manifest.body)
		}
	}
	if blob := s.wants(s.get(api+a.repository+"/blobs/"+a.blobDigest, credentials), 200); blob.body != a.blob {
		t.Errorf("the blob differs: %q", blob.body)
	}
	if tags := s.wants(s.get(api+a.repository+"/tags/list", credentials), 200); !strings.Contains(tags.body, `"`+a.tag+`"`) {
		t.Errorf("the tag is not listed: %s", tags.body)
	}
}

func catalog(t *testing.T, got answer) []string {
	t.Helper()
	var content struct{ Repositories []string }
	if err := json.Unmarshal([]byte(got.body), &content); err != nil || content.Repositories == nil {
		t.Fatalf("not a catalog: %v: %s", err, got.body)
	}
	return content.Repositories
}

func TestHealth(t *testing.T) {
	s := startWithUsers(t)
	for _, credentials := range []string{"", admin, reader, "nobody:nothing"} {
		t.Run(fmt.Sprintf("is UP for %q", credentials), func(t *testing.T) {
			got := s.wants(s.get("/health", credentials), 200)
			if got.Header.Get("Content-Type") != "application/json" || got.body != `{"status":"UP"}`+"\n" {
				t.Errorf("got %q as %s", got.body, got.Header.Get("Content-Type"))
			}
			if got.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Error("the configured http.headers are missing")
			}
		})
	}
	t.Run("answers HEAD", func(t *testing.T) { s.wants(s.do("HEAD", "/health", "", ""), 200) })
	t.Run("rejects POST", func(t *testing.T) { s.wants(s.do("POST", "/health", "", "x"), 401) })
}

func TestCatalog(t *testing.T) {
	s := startWithUsers(t)
	for _, path := range []string{"/v1/_catalog", "/v2/_catalog"} {
		for _, credentials := range []string{"", "admin:wrong", "spectro:wrong", "nobody:nothing", "admin:", ":"} {
			t.Run(fmt.Sprintf("%s is closed to %q", path, credentials), func(t *testing.T) {
				got := s.wants(s.get(path, credentials), 401)
				if challenge := got.Header.Get("WWW-Authenticate"); challenge != `Basic realm="Registry Realm"` {
					t.Errorf("WWW-Authenticate is %q", challenge)
				}
			})
		}
		for _, credentials := range []string{admin, reader} {
			t.Run(fmt.Sprintf("%s is open to %q and empty at first", path, credentials), func(t *testing.T) {
				if got := catalog(t, s.wants(s.get(path, credentials), 200)); len(got) != 0 {
					t.Errorf("got %v", got)
				}
			})
		}
	}
}

func TestCatalogMarker(t *testing.T) {
	s, open := startWithUsers(t), start(t, nil)
	for _, path := range []string{"/v1/_catalog?last=%00", "/v2/_catalog?n=1&last=packs%00"} {
		for _, credentials := range []string{admin, reader} {
			t.Run(fmt.Sprintf("%s is invalid for %q", path, credentials), func(t *testing.T) {
				got := s.wants(s.get(path, credentials), 400)
				if !strings.HasPrefix(got.body, `{"errors":[{"code":"NAME_INVALID",`) {
					t.Errorf("got %s", got.body)
				}
				if got.Header.Get("X-Content-Type-Options") != "nosniff" {
					t.Error("the configured http.headers are missing")
				}
			})
		}
		t.Run(path+" requires a password", func(t *testing.T) { s.wants(s.get(path, "admin:wrong"), 401) })
		t.Run(path+" is invalid without authentication", func(t *testing.T) { open.wants(open.get(path, ""), 400) })
	}
	t.Run("other markers are valid", func(t *testing.T) { s.wants(s.get("/v1/_catalog?last=packs/nginx", reader), 200) })

	push(t, s, "/v1/", "packs/nginx", "1.0", admin)
	long, deep := strings.Repeat("a", 300), strings.Repeat("a/", 3000)
	markers := []string{"%01", "%0a", "%0d%0aX", "%1b", "%7f", "%c2%85", "%ff%fe", "%c0%80", "a/%00/b", "%09", "%80", "%ed%a0%80", long, deep}
	for _, list := range []string{"_catalog", "packs/nginx/tags/list"} {
		for _, api := range []string{"/v1/", "/v2/"} {
			for _, marker := range markers {
				t.Run(fmt.Sprintf("%s%s starts after %.20s", api, list, marker), func(t *testing.T) {
					s.wants(s.get(api+list+"?last="+marker, reader), 400)
					s.wants(s.get(api+list+"?n=1&last="+marker, ""), 401)
				})
			}
			for _, marker := range []string{"", "a", "packs", "packs/nginx", "..", "../../etc", "/", "//", "%252500", "A", "_x", "%5c", "%C3%A9", "%F0%9F%98%80", "%zz"} {
				t.Run(fmt.Sprintf("%s%s may start after %q", api, list, marker), func(t *testing.T) {
					s.wants(s.get(api+list+"?last="+marker, reader), 200)
				})
			}
			for _, number := range []string{"-1", "99999999999999999999", "abc", "1.0", "0x10", "%00", "+1", "1e3"} {
				t.Run(fmt.Sprintf("%s%s has no page of %s", api, list, number), func(t *testing.T) {
					s.wants(s.get(api+list+"?n="+number, reader), 400)
				})
			}
		}
	}
}

func TestPushAndPull(t *testing.T) {
	s := startWithUsers(t)
	byV1 := push(t, s, "/v1/", "packs/nginx", "1.0", admin)
	byV2 := push(t, s, "/v2/", "packs/v2/redis", "7.2", admin)

	for _, api := range []string{"/v1/", "/v2/"} {
		for _, credentials := range []string{admin, reader} {
			t.Run(fmt.Sprintf("%s serves %q the packs of both APIs", api, credentials), func(t *testing.T) {
				pull(t, s, api, byV1, credentials)
				pull(t, s, api, byV2, credentials)
			})
		}
		t.Run(api+"_catalog lists both", func(t *testing.T) {
			want := []string{"packs/nginx", "packs/v2/redis"}
			if got := catalog(t, s.get(api+"_catalog", reader)); !slices.Equal(got, want) {
				t.Errorf("got %v", got)
			}
		})
		t.Run(api+"_catalog links to its next page", func(t *testing.T) {
			link := s.wants(s.get(api+"_catalog?n=1", reader), 200).Header.Get("Link")
			next, found := strings.CutSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
			if !found || !strings.HasPrefix(next, api) {
				t.Fatalf("Link is %q", link)
			}
			if got := catalog(t, s.get(next, reader)); !slices.Equal(got, []string{"packs/v2/redis"}) {
				t.Errorf("the next page is %v", got)
			}
		})
	}
	t.Run("the version check works in both APIs", func(t *testing.T) {
		for _, path := range []string{"/v1", "/v1/", "/v2/"} {
			s.wants(s.get(path, ""), 401)
			s.wants(s.get(path, reader), 200)
		}
	})
	t.Run("admin deletes", func(t *testing.T) {
		s.wants(s.do("DELETE", "/v1/packs/nginx/manifests/"+byV1.manifestHash, admin, ""), 202)
		s.wants(s.do("GET", "/v1/packs/nginx/manifests/1.0", admin, "", "Accept", manifestType), 404)
	})
}

func TestV1KeepsStorageRedirects(t *testing.T) {
	const signed = "https://bucket.example.com/v2/blob?signature=x"
	storage := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, signed, http.StatusTemporaryRedirect)
	})
	got := httptest.NewRecorder()
	packRegistry(&configuration.Configuration{}, storage).ServeHTTP(got, httptest.NewRequest("GET", "/v1/packs/nginx/blobs/x", nil))
	if location := got.Header().Get("Location"); location != signed {
		t.Errorf("Location became %s", location)
	}
}
