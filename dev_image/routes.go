package main

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/distribution/distribution/v3/configuration"
)

// packRegistry adds the pack registry's routes to Distribution's handler: /health without authentication, and /v1/, the pack
// registry's API, which Distribution's /v2/ serves. /v2/ stays available for OCI clients.
func packRegistry(config *configuration.Configuration, distribution http.Handler) http.Handler {
	api := roles(config, distribution)
	routes := http.NewServeMux()
	routes.Handle("GET /health", withHeaders(config, http.HandlerFunc(health)))
	routes.Handle("/v1/", v1(api))
	routes.Handle("/", api)
	return routes
}

func health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	io.WriteString(w, `{"status":"UP"}`+"\n")
}

// withHeaders adds the configured http.headers, which Distribution adds only to its own responses.
func withHeaders(config *configuration.Configuration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, values := range config.HTTP.Headers {
			w.Header()[http.CanonicalHeaderKey(name)] = values
		}
		next.ServeHTTP(w, r)
	})
}

// v1 serves /v1/ as /v2/. Its responses refer to /v1/.
func v1(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(r.Context()) // a copy, because handlers must not modify their request
		r.URL = &url.URL{Path: swap(r.URL.Path, "/v1/", "/v2/"), RawQuery: r.URL.RawQuery}
		api.ServeHTTP(&v1Writer{ResponseWriter: w}, r)
	})
}

// v1Writer changes /v2/ to /v1/ in Location (of uploads) and Link (of the next page).
type v1Writer struct {
	http.ResponseWriter
	wroteHeader bool
}

// WriteHeader does not change redirects. They refer to the storage and their paths are signed.
func (w *v1Writer) WriteHeader(status int) {
	w.wroteHeader = true
	header := w.Header()
	if location, err := url.Parse(header.Get("Location")); err == nil && location.Path != "" && status < http.StatusMultipleChoices {
		location.Path = swap(location.Path, "/v2/", "/v1/")
		header.Set("Location", location.String())
	}
	if link, found := strings.CutPrefix(header.Get("Link"), "</v2/"); found {
		header.Set("Link", "</v1/"+link)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *v1Writer) Write(body []byte) (int, error) {
	if !w.wroteHeader {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(body)
}

// Unwrap gives http.ResponseController access to the connection.
func (w *v1Writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func swap(path, from, to string) string {
	if rest, found := strings.CutPrefix(path, from); found {
		return to + rest
	}
	return path
}
