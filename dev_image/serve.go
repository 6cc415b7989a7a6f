package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"reflect"
	"time"
	"unsafe"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/inmemory"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/s3-aws"
	"github.com/sirupsen/logrus"
	_ "golang.org/x/crypto/x509roots/fallback" // CA roots for S3 and Let's Encrypt; an image from scratch has none
)

// drainTimeout limits how long active requests may take after SIGTERM.
const drainTimeout = 3 * time.Second

// idleTimeout limits how long a connection may stay open without a request.
const idleTimeout = 2 * time.Minute

// readHeaderTimeout limits how long a client may take to send the header of a request, and for the TLS handshake. Tests shorten it.
var readHeaderTimeout = 10 * time.Second

// serve runs the registry until SIGTERM. The log goes to stdout. stderr only contains the reason of a failed start.
func serve(yaml io.Reader) error {
	logrus.SetOutput(os.Stdout)
	log.SetFlags(0)
	log.SetOutput(logrus.StandardLogger().WriterLevel(logrus.WarnLevel)) // net/http: failed TLS handshakes
	if os.Getenv("OTEL_TRACES_EXPORTER") == "" {
		os.Setenv("OTEL_TRACES_EXPORTER", "none") // by default it would look for a collector on localhost
	}

	server, err := newServer(yaml)
	if err != nil {
		return fmt.Errorf("wrong configuration: %w", err)
	}
	logrus.Infof("spectro-server %s: development image, not for production", version)
	limitTime(server)
	err = server.ListenAndServe()
	if errors.Is(err, context.DeadlineExceeded) {
		logrus.Warnf("aborted requests that were still active after %s", drainTimeout)
		return nil
	}
	return err
}

// newServer creates the server. Distribution reports most invalid settings by a panic, which newServer turns into an error.
func newServer(yaml io.Reader) (server *registry.Registry, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("%v", reason)
		}
	}()
	config, err := parse(yaml)
	if err != nil {
		return nil, err
	}
	registry.RegisterHandler(packRegistry)
	server, err = registry.NewRegistry(context.Background(), config)
	if err != nil {
		return nil, err
	}
	return server, serveDebug(config)
}

// parse reads a configuration, REGISTRY_* variables included, and applies the defaults.
func parse(yaml io.Reader) (*configuration.Configuration, error) {
	config, err := configuration.Parse(yaml)
	if err != nil {
		return nil, err
	}
	applyDefaults(config)
	return config, nil
}

// limitTime sets time limits, so that clients with half-sent headers can't hold connections open. Distribution has no setting for
// them and keeps its http.Server private, so this needs reflection. TestTimeLimits fails if an upgrade renames the field.
func limitTime(server *registry.Registry) {
	field := reflect.ValueOf(server).Elem().FieldByName("server")
	inner := reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem().Interface().(*http.Server)
	inner.ReadHeaderTimeout, inner.IdleTimeout = readHeaderTimeout, idleTimeout
}

// applyDefaults sets the pack registry's defaults that differ from Distribution's.
func applyDefaults(config *configuration.Configuration) {
	if config.HTTP.Addr == "" {
		config.HTTP.Addr = ":5000"
	}
	if config.HTTP.DrainTimeout == 0 {
		config.HTTP.DrainTimeout = drainTimeout // with 0, Distribution does not handle SIGTERM
	}
	if config.Storage.Type() == "filesystem" && config.Storage.Parameters()["rootdirectory"] == nil {
		config.Storage["filesystem"] = configuration.Parameters{"rootdirectory": "/data/.spectro-server"}
	}
}
