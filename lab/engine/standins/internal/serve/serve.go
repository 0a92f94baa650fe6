// Package serve runs the gRPC server of a plugin in the way that the Pulumi engine expects.
package serve

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/cmdutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"google.golang.org/grpc"
)

// Plugin serves a plugin on a free port of the loopback interface, prints that port for the engine to read, and
// returns when the engine that started it is gone. `register` gets the engine's address, empty when a person started
// the plugin.
func Plugin(version string, register func(server *grpc.Server, engineAddress string) error) {
	showVersion := flag.Bool("version", false, "print the version and exit")
	// The engine passes these to every plugin; tracing is not offered here.
	flag.String("tracing", "", "ignored")
	flag.String("runtime", "", "ignored")
	flag.Parse()
	if *showVersion {
		fmt.Println(version)
		return
	}
	if err := run(flag.Arg(0), register); err != nil {
		cmdutil.Exit(err)
	}
}

func run(engineAddress string, register func(*grpc.Server, string) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if engineAddress != "" {
		// A plugin must not outlive its engine, whatever ended it.
		if err := rpcutil.Healthcheck(ctx, engineAddress, 5*time.Minute, stop); err != nil {
			return fmt.Errorf("watching the engine at %s: %w", engineAddress, err)
		}
	}
	cancel := make(chan bool)
	go func() {
		<-ctx.Done()
		close(cancel)
	}()
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: cancel,
		Init:   func(server *grpc.Server) error { return register(server, engineAddress) },
	})
	if err != nil {
		return fmt.Errorf("serving the plugin: %w", err)
	}
	fmt.Printf("%d\n", handle.Port)
	return <-handle.Done
}
