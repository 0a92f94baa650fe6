// Command pulumi-language-nodejs stands in for Pulumi's language host for Node.js where that cannot be had: it runs a
// program with @pulumi/pulumi's own runner, with the options of Pulumi.yaml's `runtime` section.
//
// It leaves out: installing dependencies (`pulumi install`), generating code and SDKs, debuggers, tracing, running
// plugins written in TypeScript, other package managers and Bun, and the file channel by which programs for versions
// of @pulumi/pulumi before 3 invoked functions synchronously.
package main

import (
	"kovhernetes.dev/lab/engine/standins/internal/serve"
	"kovhernetes.dev/lab/engine/standins/language"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// version is that of the engine beside it; set by the linker.
var version = "0.0.0"

func main() {
	serve.Plugin(version, func(server *grpc.Server, engineAddress string) error {
		pulumirpc.RegisterLanguageRuntimeServer(server, language.NewHost(version, engineAddress))
		return nil
	})
}
