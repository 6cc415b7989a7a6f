package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/storage"
	"github.com/distribution/distribution/v3/registry/storage/driver/factory"
	"github.com/sirupsen/logrus"
	"github.com/spf13/pflag"
)

// collect deletes the blobs that no manifest refers to. The arguments are those of Distribution's `registry garbage-collect`, which
// can't be used itself: it would not apply the defaults of this server, and collect another directory. Without FILE, collect uses
// the default configuration, as the server does. No server may write to the storage meanwhile.
func collect(args []string) error {
	flags := pflag.NewFlagSet("garbage-collect", pflag.ContinueOnError)
	flags.SetOutput(os.Stdout)
	flags.Usage = func() {
		fmt.Printf("Usage: spectro-server garbage-collect [FILE] [flags]\n\nDelete blobs that no manifest refers to.\n\nFlags:\n%s", flags.FlagUsages())
	}
	options := storage.GCOpts{}
	flags.BoolVarP(&options.DryRun, "dry-run", "d", false, "do everything except remove the blobs")
	flags.BoolVarP(&options.RemoveUntagged, "delete-untagged", "m", false, "delete manifests that are not currently referenced via tag")
	flags.BoolVarP(&options.Quiet, "quiet", "q", false, "silence output")
	if err := flags.Parse(args); errors.Is(err, pflag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	yaml, err := configurationOf(flags.Args())
	if err != nil {
		return err
	}
	defer yaml.Close()
	config, err := parse(yaml)
	if err != nil {
		return fmt.Errorf("wrong configuration: %w", err)
	}
	logrus.SetOutput(os.Stderr)
	logrus.SetLevel(logrus.WarnLevel) // the driver logs each deleted path, which the output already has
	return markAndSweep(config, options)
}

func markAndSweep(config *configuration.Configuration, options storage.GCOpts) error {
	ctx := context.Background()
	driver, err := factory.Create(ctx, config.Storage.Type(), config.Storage.Parameters())
	if err != nil {
		return fmt.Errorf("storage %s: %w", config.Storage.Type(), err)
	}
	namespace, err := storage.NewRegistry(ctx, driver)
	if err != nil {
		return err
	}
	return storage.MarkAndSweep(ctx, driver, namespace, options)
}

// configurationOf returns the configuration that the arguments after a command name: a file, or the default.
func configurationOf(args []string) (io.ReadCloser, error) {
	switch len(args) {
	case 0:
		return io.NopCloser(defaultYAML()), nil
	case 1:
		return os.Open(args[0])
	default:
		return nil, fmt.Errorf("unknown arguments %q", args[1:])
	}
}
