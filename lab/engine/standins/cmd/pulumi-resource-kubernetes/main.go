// Command pulumi-resource-kubernetes stands in for Pulumi's kubernetes plugin where that cannot be had: objects of any
// kind that the cluster knows, by server-side apply, with the official tokens, identifiers and life cycle.
//
// It leaves out: client-side apply, rendering to YAML files, Patch and List resources, Helm releases and charts,
// Kustomize and the YAML components, validation of inputs by the cluster's OpenAPI document (a preview asks the API
// server to try instead), the annotations pulumi.com/waitFor and replaceUnready, warnings of deprecated API versions,
// and waiting for kinds other than Deployment, DaemonSet, StatefulSet, Job, Pod and Service.
package main

import (
	"kovhernetes.dev/lab/engine/standins/internal/serve"
	"kovhernetes.dev/lab/engine/standins/kubernetes"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// version is that of the official plugin and of the npm package @pulumi/kubernetes; set by the linker.
var version = "0.0.0"

func main() {
	serve.Plugin(version, func(server *grpc.Server, engineAddress string) error {
		var engine pulumirpc.EngineClient
		if engineAddress != "" {
			connection, err := grpc.NewClient(engineAddress, grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				return err
			}
			engine = pulumirpc.NewEngineClient(connection)
		}
		pulumirpc.RegisterResourceProviderServer(server, kubernetes.NewProvider(version, engine))
		return nil
	})
}
