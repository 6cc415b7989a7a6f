// Command spectro-server is the server of the development image.
//
// It stands in for Spectro Cloud's pack registry server where the official image can't be pulled: CNCF Distribution, of whose
// family the official server is, with the same command line, the same YAML and the same REGISTRY_* variables, plus the routes
// (routes.go) and the roles (roles.go) that make it a pack registry. It knows nothing of packs themselves: no search, no pack
// metadata, no UI. It isn't for production.
package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
)

const distributionModule = "github.com/distribution/distribution/v3"

var (
	// version is the content of the file VERSION, set by build.sh.
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
		return serve(bytes.NewReader(defaultConfig))
	case len(args) == 2 && args[0] == "serve":
		file, err := os.Open(args[1])
		if err != nil {
			return err
		}
		defer file.Close()
		return serve(file)
	case len(args) == 1 && args[0] == "--version":
		fmt.Printf("spectro-server %s (development image, Distribution %s)\n", version, distributionVersion())
		return nil
	default:
		return fmt.Errorf("unknown arguments %q; usage: spectro-server [serve FILE | --version]", args)
	}
}

func distributionVersion() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == distributionModule {
			return module.Version
		}
	}
	return "unknown"
}
