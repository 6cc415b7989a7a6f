package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Each step rewrites the file of the running server and depends on the previous step.
func TestHtpasswdReload(t *testing.T) {
	const changed, added = "admin:another horse", "auditor:new here"
	file := filepath.Join(t.TempDir(), "htpasswd-basic")
	write(t, file, users(t, admin, reader))
	s := start(t, nil, withAuth(file)...)
	mtime := time.Now()
	rewrite := func(t *testing.T, content string) {
		t.Helper()
		write(t, file, content)
		mtime = mtime.Add(time.Second) // otherwise two writes may have the same time
		if err := os.Chtimes(file, mtime, mtime); err != nil {
			t.Fatal(err)
		}
	}
	may := func(t *testing.T, status int, credentials string) {
		t.Helper()
		s.wants(s.get("/v1/_catalog", credentials), status)
	}
	mayWrite := func(t *testing.T, status int, credentials string) {
		t.Helper()
		s.wants(s.do("POST", "/v1/packs/nginx/blobs/uploads/", credentials, ""), status)
	}
	may(t, 200, admin)
	may(t, 200, reader)
	mayWrite(t, 403, reader)

	t.Run("a changed password replaces the old one", func(t *testing.T) {
		rewrite(t, users(t, changed, reader))
		may(t, 200, changed)
		may(t, 401, admin)
		mayWrite(t, 202, changed)
		mayWrite(t, 401, admin)
		may(t, 200, reader)
	})
	t.Run("a new user may only read", func(t *testing.T) {
		rewrite(t, users(t, changed, reader, added))
		may(t, 200, added)
		mayWrite(t, 403, added)
	})
	t.Run("a removed user is unknown", func(t *testing.T) {
		rewrite(t, users(t, changed, added))
		may(t, 401, reader)
		mayWrite(t, 401, reader)
		may(t, 200, added)
	})
	t.Run("a malformed file fails one request and keeps the old users", func(t *testing.T) {
		rewrite(t, "no colon in this line\n")
		may(t, 400, added)
		may(t, 200, added)
		may(t, 200, changed)
		may(t, 401, reader)
		mayWrite(t, 202, changed)
		mayWrite(t, 400, added) // the check of denied writes reads the file separately
		mayWrite(t, 403, added)
		mayWrite(t, 401, reader)
	})
	t.Run("a fixed file is used again", func(t *testing.T) {
		rewrite(t, users(t, admin, reader))
		may(t, 200, admin)
		may(t, 401, changed)
		mayWrite(t, 403, reader)
		mayWrite(t, 401, added)
	})
}
