package main

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/openstack"
)

// tokenTable names the Pulumi token of every resource and data source of the Terraform provider. The tokens are those
// of @pulumi/openstack; conformance.ts checks that none is missing and that the properties agree.
type tokenTable struct {
	Resources map[string]tokens.Type         `json:"resources"`
	Functions map[string]tokens.ModuleMember `json:"functions"`
}

//go:embed tokens.json
var tokensFile []byte

// fields are the properties that @pulumi/openstack names or shapes otherwise than the bridge's rules do.
var fields = map[string]map[string]*tfbridge.SchemaInfo{
	// Two generations of the same property, both of which the rules would call allocationPools.
	"openstack_networking_subnet_v2": {
		"allocation_pool":  {Name: "allocationPools"},
		"allocation_pools": {Name: "allocationPoolsCollection"},
	},
	"openstack_orchestration_stack_v1": {"outputs": {Name: "StackOutputs"}},
	// A list in earlier versions, and still a list since, although it may hold one element only.
	"openstack_compute_servergroup_v2": {"policies": {MaxItemsOne: tfbridge.False()}},
}

// environmentDefaults are the provider settings for which @pulumi/openstack reads the environment. The others
// (`OS_AUTH_URL`, `OS_USERNAME`, `OS_PASSWORD`, ...) are read by the Terraform provider itself.
var environmentDefaults = map[string]string{
	"region":        "OS_REGION_NAME",
	"insecure":      "OS_INSECURE",
	"endpoint_type": "OS_ENDPOINT_TYPE",
	"swauth":        "OS_SWAUTH",
	"cloud":         "OS_CLOUD",
	"delayed_auth":  "OS_DELAYED_AUTH",
	"allow_reauth":  "OS_ALLOW_REAUTH",
}

func newProvider(version string) (tfbridge.ProviderInfo, error) {
	var table tokenTable
	if err := json.Unmarshal(tokensFile, &table); err != nil {
		return tfbridge.ProviderInfo{}, fmt.Errorf("tokens.json: %w", err)
	}
	provider := tfbridge.ProviderInfo{
		P:            shimv2.NewProvider(openstack.Provider()),
		Name:         "openstack",
		Version:      version,
		GitHubOrg:    "terraform-provider-openstack",
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
		Config:       map[string]*tfbridge.SchemaInfo{},
		Resources:    map[string]*tfbridge.ResourceInfo{},
		DataSources:  map[string]*tfbridge.DataSourceInfo{},
	}
	for setting, variable := range environmentDefaults {
		provider.Config[setting] = &tfbridge.SchemaInfo{
			Default: &tfbridge.DefaultInfo{EnvVars: []string{variable}},
		}
	}
	for name, token := range table.Resources {
		provider.Resources[name] = &tfbridge.ResourceInfo{Tok: token, Fields: fieldsOf(name)}
	}
	for name, token := range table.Functions {
		provider.DataSources[name] = &tfbridge.DataSourceInfo{Tok: token}
	}
	// Longer names than Terraform's own default: 255 is what OpenStack's services accept.
	provider.SetAutonaming(255, "-")
	return provider, nil
}

// fieldsOf gives a resource a table of its own, which automatic naming adds to.
func fieldsOf(resource string) map[string]*tfbridge.SchemaInfo {
	if known := fields[resource]; known != nil {
		return known
	}
	return map[string]*tfbridge.SchemaInfo{}
}
