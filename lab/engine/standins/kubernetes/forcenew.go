package kubernetes

// identity are the fields that make another object.
var identity = []string{"metadata.name", "metadata.namespace"}

// immutable are further fields that the API server does not let change, by kind. A path stands for all below it.
var immutable = map[string][]string{
	"apps/DaemonSet":  {"spec.selector"},
	"apps/Deployment": {"spec.selector"},
	"apps/StatefulSet": {
		"spec.podManagementPolicy", "spec.revisionHistoryLimit", "spec.selector", "spec.serviceName",
		"spec.volumeClaimTemplates",
	},
	"batch/Job":                  {"spec.completions", "spec.parallelism", "spec.selector", "spec.template"},
	"policy/PodDisruptionBudget": {"spec"},
	"rbac.authorization.k8s.io/ClusterRoleBinding": {"roleRef"},
	"rbac.authorization.k8s.io/RoleBinding":        {"roleRef"},
	"storage.k8s.io/StorageClass":                  {"parameters", "provisioner"},
	"/PersistentVolumeClaim": {
		"spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName",
	},
	"/Pod":           {"spec"},
	"/ResourceQuota": {"spec.scopes"},
	"/Secret":        {"type"},
	"/Service":       {"spec.clusterIP"},
}

// forceNew gives the fields whose change replaces an object. The data of configuration maps and secrets are among them
// unless the provider is told otherwise, so that what uses them is rolled out anew.
func (s settings) forceNew(group, kind string, object fields) []string {
	paths := append(append([]string{}, identity...), immutable[group+"/"+kind]...)
	if group != "" {
		return paths
	}
	frozen := object["immutable"] == true
	switch {
	case kind == "ConfigMap" && (!s.mutableConfigMaps || frozen):
		paths = append(paths, "data", "binaryData")
	case kind == "Secret" && (!s.mutableSecrets || frozen):
		paths = append(paths, "data", "stringData")
	}
	return paths
}
