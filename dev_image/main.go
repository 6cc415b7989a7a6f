// Command spectro-server is the server of the development image.
//
// It replaces Spectro Cloud's pack registry server on machines that can't pull the official image. Like the official server, it
// is based on CNCF Distribution, with the same command line, YAML and REGISTRY_* variables. It adds the routes (routes.go) and
// roles (roles.go) of a pack registry. It has no pack search, no pack metadata and no UI. Do not use it in production.
package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
)

const distributionModule = "github.com/distribution/distribution/v3"

var (
	// version is the content of the file VERSION. build.sh sets it.
	version = "unknown"

	//go:embed default.yaml
	defaultConfig []byte
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "spectro-server:", strings.Join(strings.Fields(err.Error()), " "))
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 0:
		return serve(defaultYAML())
	case len(args) == 2 && args[0] == "serve":
		file, err := os.Open(args[1])
		if err != nil {
			return err
		}
		defer file.Close()
		return serve(file)
	case args[0] == "garbage-collect":
		return collect(args[1:])
	case len(args) == 1 && args[0] == "--version":
		fmt.Printf("spectro-server %s (development image, Distribution %s)\n", version, distributionVersion())
		return nil
	default:
		return fmt.Errorf("unknown arguments %q; usage: spectro-server [serve FILE | garbage-collect [FILE] | --version]", args)
	}
}

func defaultYAML() io.Reader { return bytes.NewReader(defaultConfig) }

func distributionVersion() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == distributionModule {
			return module.Version
		}
	}
	return "unknown"
}
