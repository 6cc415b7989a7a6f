package main

import (
	"errors"
	"net/http"
	"strings"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/api/errcode"
	"github.com/distribution/distribution/v3/registry/auth"
	"github.com/sirupsen/logrus"
)

// writer is the one user who may change anything; every other user in the htpasswd file reads.
const writer = "admin"

// roles lets through to Distribution what reads, and what comes under the writer's name; Distribution checks the password of
// both. It never passes on any other request, whatever the check of its password says: a reader's write is 403, a stranger's 401.
// Without authentication everything is allowed.
func roles(config *configuration.Configuration, distribution http.Handler) http.Handler {
	kind := config.Auth.Type()
	if kind == "" || strings.EqualFold(kind, "none") {
		return distribution
	}
	users, err := auth.GetAccessController(kind, config.Auth.Parameters())
	if err != nil {
		panic(err) // Distribution made the same one before
	}
	refused := withHeaders(config, refusal(users))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, _, _ := r.BasicAuth(); user == writer || reads(r.Method) {
			distribution.ServeHTTP(w, r)
		} else {
			refused.ServeHTTP(w, r)
		}
	})
}

func reads(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// refusal answers a write that isn't the writer's, in Distribution's own words.
func refusal(users auth.AccessController) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, err := users.Authorized(r)
		var challenge auth.Challenge
		switch {
		case err == nil:
			user, _, _ := r.BasicAuth()
			logrus.Warnf("denied: %s %s by %q, who may only read", r.Method, r.RequestURI, user)
			errcode.ServeJSON(w, errcode.ErrorCodeDenied.WithMessage("only "+writer+" may write to this registry"))
		case errors.As(err, &challenge):
			logrus.Warnf("denied: %s %s: %v", r.Method, r.RequestURI, err)
			challenge.SetHeaders(r, w)
			errcode.ServeJSON(w, errcode.ErrorCodeUnauthorized)
		default: // an htpasswd file that can't be read
			logrus.Errorf("error checking authorization: %v", err)
			w.WriteHeader(http.StatusBadRequest)
		}
	}
}
