package main

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/distribution/distribution/v3/configuration"
)

// packRegistry puts the pack registry's routes around Distribution's handler: /health, open to everyone, and /v1/, the pack
// registry's API, which is served by Distribution's /v2/. /v2/ itself stays, for OCI clients.
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

// withHeaders adds the configured http.headers; Distribution adds them to its own answers only.
func withHeaders(config *configuration.Configuration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, values := range config.HTTP.Headers {
			w.Header()[http.CanonicalHeaderKey(name)] = values
		}
		next.ServeHTTP(w, r)
	})
}

// v1 serves /v1/ as /v2/, and points a client that came by /v1/ to /v1/ again.
func v1(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(r.Context()) // a copy: handlers may not change the request they were given
		r.URL = &url.URL{Path: swap(r.URL.Path, "/v1/", "/v2/"), RawQuery: r.URL.RawQuery}
		api.ServeHTTP(&v1Writer{ResponseWriter: w}, r)
	})
}

// v1Writer changes /v2/ to /v1/ where Distribution says how to go on: Location for uploads, Link for the next page.
type v1Writer struct {
	http.ResponseWriter
	wroteHeader bool
}

// WriteHeader leaves redirects alone: they point to the storage, and their paths are signed.
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

// Unwrap lets http.ResponseController reach the connection.
func (w *v1Writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func swap(path, from, to string) string {
	if rest, found := strings.CutPrefix(path, from); found {
		return to + rest
	}
	return path
}
