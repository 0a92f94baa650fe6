package kubernetes

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	clientapi "k8s.io/client-go/tools/clientcmd/api"
)

const clusterIdentifier = resource.PropertyKey("clusterIdentifier")

// connectionKeys are the settings that decide which cluster is meant.
var connectionKeys = []resource.PropertyKey{"kubeconfig", "context", "cluster"}

// diffConfig compares two configurations of a provider. To replace the provider is to replace all its resources, which
// is right only when it means another cluster: a changed clusterIdentifier says so, an unchanged one denies it, and
// without one the address and authority of the active cluster decide; what is unknown counts as changed.
func diffConfig(olds, news resource.PropertyMap) (*pulumirpc.DiffResponse, error) {
	changes := olds.Diff(news)
	if changes == nil {
		return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
	}
	response := &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_SOME}
	for _, key := range changes.ChangedKeys() {
		response.Diffs = append(response.Diffs, string(key))
	}
	if changes.Same(clusterIdentifier) && news.HasValue(clusterIdentifier) {
		return response, nil
	}
	if changes.Updated(clusterIdentifier) {
		response.Replaces = append(response.Replaces, string(clusterIdentifier))
	}
	for _, key := range connectionKeys {
		if news[key].IsComputed() {
			response.Replaces = append(response.Replaces, string(key))
			return response, nil
		}
	}
	before, err := activeCluster(olds)
	if err != nil {
		return nil, err
	}
	after, err := activeCluster(news)
	if err != nil {
		return nil, err
	}
	if before != nil && after != nil && !reflect.DeepEqual(before, after) {
		for _, key := range connectionKeys {
			if changes.Changed(key) {
				response.Replaces = append(response.Replaces, string(key))
			}
		}
	}
	return response, nil
}

// activeCluster gives the cluster that a configuration connects to, or nil when its kubeconfig does not say.
func activeCluster(config resource.PropertyMap) (*clientapi.Cluster, error) {
	kubeconfig, err := parseKubeconfig(text(config, "kubeconfig"))
	if err != nil {
		return nil, err
	}
	name := text(config, "context")
	if name == "" {
		name = kubeconfig.CurrentContext
	}
	chosen, ok := kubeconfig.Contexts[name]
	if !ok {
		return nil, nil
	}
	if cluster := text(config, "cluster"); cluster != "" {
		return kubeconfig.Clusters[cluster], nil
	}
	return kubeconfig.Clusters[chosen.Cluster], nil
}
