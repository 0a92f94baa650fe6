// Command pulumi-resource-openstack is the real Terraform provider for OpenStack, served to the Pulumi engine by
// Pulumi's own Terraform bridge: the same two parts that make up the official plugin of the same version.
//
// It stands in for the official plugin's binary where that cannot be downloaded. It leaves out what the official build
// generates around those parts: descriptions and examples in the schema, and aliases of tokens from before version 3.
package main

import (
	"log"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

// version is that of the official plugin and of the npm package @pulumi/openstack; set by the linker.
var version = "0.0.0"

func main() {
	provider, err := newProvider(version)
	if err != nil {
		log.Fatal(err)
	}
	schema, err := packageSchema(provider)
	if err != nil {
		log.Fatal(err)
	}
	tfbridge.Main(provider.Name, version, provider, schema)
}
