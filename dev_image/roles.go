package main

import (
	"errors"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/api/errcode"
	"github.com/distribution/distribution/v3/registry/auth"
	"github.com/sirupsen/logrus"
)

// writer is the only user who may change anything. All other users in the htpasswd file may only read.
const writer = "admin"

// roles passes reads and requests of the writer to Distribution, which checks the passwords of both. It never passes on other
// requests: a write by a reader gets 403, and a write by an unknown user gets 401. It also answers requests that Distribution
// can't process. Without authentication, everything is allowed.
func roles(config *configuration.Configuration, distribution http.Handler) http.Handler {
	authenticated := func(next http.HandlerFunc) http.HandlerFunc { return next }
	hasRoles := false
	if kind := config.Auth.Type(); kind != "" && !strings.EqualFold(kind, "none") {
		users, err := auth.GetAccessController(kind, config.Auth.Parameters())
		if err != nil {
			panic(err) // unreachable: Distribution has already created the same access controller
		}
		authenticated = func(next http.HandlerFunc) http.HandlerFunc { return withAuthentication(users, next) }
		hasRoles = true
	}
	denied := withHeaders(config, authenticated(denyWrite))
	invalid := withHeaders(config, authenticated(rejectMarker))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		switch {
		case hasRoles && user != writer && !reads(r.Method):
			denied.ServeHTTP(w, r)
		case hasInvalidMarker(r):
			invalid.ServeHTTP(w, r)
		default:
			distribution.ServeHTTP(w, r)
		}
	})
}

func reads(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// withAuthentication calls a handler if the password is correct. Otherwise it answers with Distribution's error responses.
func withAuthentication(users auth.AccessController, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, err := users.Authorized(r)
		var challenge auth.Challenge
		switch {
		case err == nil:
			next(w, r)
		case errors.As(err, &challenge):
			logrus.Warnf("denied: %s %s: %v", r.Method, r.RequestURI, err)
			challenge.SetHeaders(r, w)
			errcode.ServeJSON(w, errcode.ErrorCodeUnauthorized)
		default: // the htpasswd file can't be read
			logrus.Errorf("error checking authorization: %v", err)
			w.WriteHeader(http.StatusBadRequest)
		}
	}
}

// denyWrite answers a write by a reader.
func denyWrite(w http.ResponseWriter, r *http.Request) {
	user, _, _ := r.BasicAuth()
	logrus.Warnf("denied: %s %s by %q, who may only read", r.Method, r.RequestURI, user)
	errcode.ServeJSON(w, errcode.ErrorCodeDenied.WithMessage("only "+writer+" may write to this registry"))
}

// maxMarker is the maximum length of a repository name in Distribution. Tags are shorter.
const maxMarker = 255

// hasInvalidMarker reports whether a page of the catalog or of a list of tags starts after a text that is no name. Distribution
// uses it as a path: the file system rejects some texts, and the answer would be 500.
func hasInvalidMarker(r *http.Request) bool {
	if r.URL.Path != "/v2/_catalog" && !strings.HasSuffix(r.URL.Path, "/tags/list") {
		return false
	}
	last := r.URL.Query().Get("last")
	return len(last) > maxMarker || !utf8.ValidString(last) || strings.ContainsFunc(last, unicode.IsControl)
}

// rejectMarker answers a request with an invalid marker.
func rejectMarker(w http.ResponseWriter, _ *http.Request) {
	errcode.ServeJSON(w, errcode.ErrorCodeNameInvalid.WithMessage("the parameter last is not a name"))
}
