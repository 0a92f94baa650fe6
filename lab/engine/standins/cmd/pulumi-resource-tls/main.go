// Command pulumi-resource-tls stands in for Pulumi's tls plugin where that cannot be had: keys, certificate requests and
// certificates from Go's crypto/x509, with the official tokens and property names.
//
// It leaves out: the functions getCertificate and getPublicKey, the provider's proxy settings (which only
// getCertificate uses), and the upgrade of states that versions before 5 wrote.
package main

import (
	"kovhernetes.dev/lab/engine/standins/internal/serve"
	"kovhernetes.dev/lab/engine/standins/tls"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// version is that of the official plugin and of the npm package @pulumi/tls; set by the linker.
var version = "0.0.0"

func main() {
	serve.Plugin(version, func(server *grpc.Server, _ string) error {
		pulumirpc.RegisterResourceProviderServer(server, tls.Provider{Version: version})
		return nil
	})
}
