package main

import (
	"fmt"
	"net"
	"net/http"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/docker/go-metrics"
	"github.com/sirupsen/logrus"
)

// serveDebug serves http.debug as Distribution's own command does: /debug/health, /debug/vars, and the metrics for Prometheus. Nothing
// there requires credentials. Only that command starts Distribution's debug server. A port that is taken is an error of the start.
func serveDebug(config *configuration.Configuration) error {
	debug := config.HTTP.Debug
	if debug.Addr == "" {
		return nil
	}
	if debug.Prometheus.Enabled {
		path := debug.Prometheus.Path
		if path == "" {
			path = "/metrics"
		}
		http.Handle(path, metrics.Handler())
	}
	listener, err := net.Listen("tcp", debug.Addr)
	if err != nil {
		return fmt.Errorf("http.debug: %w", err)
	}
	logrus.Infof("debug server on %s", listener.Addr())
	server := &http.Server{Handler: http.DefaultServeMux, ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout}
	go func() { logrus.Errorf("debug server: %v", server.Serve(listener)) }()
	return nil
}
