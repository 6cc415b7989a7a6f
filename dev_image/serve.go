package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/inmemory"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/s3-aws"
	"github.com/sirupsen/logrus"
	_ "golang.org/x/crypto/x509roots/fallback" // S3 and Let's Encrypt need CA roots; an image from scratch has none
)

// drainTimeout is how long requests that are under way at SIGTERM may take to finish.
const drainTimeout = 3 * time.Second

// serve runs the registry until SIGTERM. The log is on stdout, so that stderr holds nothing but the reason of a failed start.
func serve(yaml io.Reader) error {
	logrus.SetOutput(os.Stdout)
	log.SetFlags(0)
	log.SetOutput(logrus.StandardLogger().WriterLevel(logrus.WarnLevel)) // net/http: failed TLS handshakes
	if os.Getenv("OTEL_TRACES_EXPORTER") == "" {
		os.Setenv("OTEL_TRACES_EXPORTER", "none") // the default is a collector on localhost, and a warning when there is none
	}

	server, err := newServer(yaml)
	if err != nil {
		return fmt.Errorf("wrong configuration: %w", err)
	}
	logrus.Infof("spectro-server %s: development image, not for production", version)
	err = server.ListenAndServe()
	if errors.Is(err, context.DeadlineExceeded) {
		logrus.Warnf("requests still under way after %s were cut off", drainTimeout)
		return nil
	}
	return err
}

// newServer turns Distribution's panics, which is how it reports most wrong settings, into errors.
func newServer(yaml io.Reader) (server *registry.Registry, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("%v", reason)
		}
	}()
	config, err := configuration.Parse(yaml)
	if err != nil {
		return nil, err
	}
	applyDefaults(config)
	registry.RegisterHandler(packRegistry)
	return registry.NewRegistry(context.Background(), config)
}

// applyDefaults fills what a YAML file may leave out, where the pack registry's default differs from Distribution's.
func applyDefaults(config *configuration.Configuration) {
	if config.HTTP.Addr == "" {
		config.HTTP.Addr = ":5000"
	}
	if config.HTTP.DrainTimeout == 0 {
		config.HTTP.DrainTimeout = drainTimeout // 0 would be: no handler for SIGTERM
	}
	if config.Storage.Type() == "filesystem" && config.Storage.Parameters()["rootdirectory"] == nil {
		config.Storage["filesystem"] = configuration.Parameters{"rootdirectory": "/data/.spectro-server"}
	}
}
