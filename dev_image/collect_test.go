package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// collected runs `garbage-collect` and returns its output.
func collected(t *testing.T, env string, args ...string) string {
	t.Helper()
	output, err := command(append([]string{"garbage-collect"}, args...), env).CombinedOutput()
	if err != nil {
		t.Fatalf("garbage-collect %q: %v\n%s", args, err, output)
	}
	return string(output)
}

func TestGarbageCollect(t *testing.T) {
	directory := t.TempDir()
	data := "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=" + directory
	s := start(t, nil, data)
	kept := push(t, s, "/v1/", "packs/nginx", "1.0", "")
	deleted := push(t, s, "/v1/", "packs/nginx", "2.0", "")
	s.wants(s.do("DELETE", "/v1/packs/nginx/manifests/"+deleted.manifestHash, "", ""), 202)
	s.stop()

	summary := "2 blobs marked, 2 blobs and 0 manifests eligible for deletion"
	eligible := "blob eligible for deletion: " + deleted.blobDigest
	for _, args := range [][]string{{"--dry-run"}, {"-d"}, nil} {
		if got := collected(t, data, args...); !strings.Contains(got, summary) || !strings.Contains(got, eligible) {
			t.Fatalf("%q printed %s", args, got)
		}
	}
	if got := collected(t, data); !strings.Contains(got, "2 blobs marked, 0 blobs") {
		t.Fatalf("a second run printed %s", got)
	}
	s = start(t, nil, data)
	pull(t, s, "/v1/", kept, "")
	s.wants(s.get("/v1/packs/nginx/blobs/"+deleted.blobDigest, ""), 404)
	push(t, s, "/v1/", "packs/nginx", "2.0", "")
	pull(t, s, "/v1/", deleted, "")
	s.stop()

	t.Run("the configuration may be a file", func(t *testing.T) {
		yaml := fmt.Sprintf("version: 0.1\nstorage: {filesystem: {rootdirectory: %s}}\n", directory)
		file := write(t, filepath.Join(t.TempDir(), "registry.yml"), yaml)
		if got := collected(t, "", "--quiet", file); got != "" {
			t.Errorf("--quiet printed %s", got)
		}
	})
	t.Run("untagged manifests are kept by default", func(t *testing.T) {
		s := start(t, nil, data)
		s.wants(s.do("DELETE", "/v1/packs/nginx/manifests/2.0", "", ""), 202)
		s.stop()
		if got := collected(t, data, "-d"); !strings.Contains(got, "4 blobs marked, 0 blobs") {
			t.Errorf("printed %s", got)
		}
		if got := collected(t, data, "-dm"); !strings.Contains(got, "2 blobs and 1 manifests eligible") {
			t.Errorf("printed %s", got)
		}
	})
}

func TestGarbageCollectArguments(t *testing.T) {
	if got := collected(t, "", "--help"); !strings.Contains(got, "--dry-run") || !strings.Contains(got, "--delete-untagged") {
		t.Errorf("--help printed %s", got)
	}
	for _, args := range [][]string{{"--unknown"}, {"a.yml", "b.yml"}, {"/missing.yml"}} {
		output, err := command(append([]string{"garbage-collect"}, args...)).CombinedOutput()
		if err == nil || strings.Count(string(output), "\n") != 1 {
			t.Errorf("%q printed %s (%v)", args, output, err)
		}
	}
}
