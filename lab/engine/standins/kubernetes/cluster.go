package kubernetes

import (
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// answerTimeout bounds the first call: a cluster that is gone often does not refuse connections but swallows them.
const answerTimeout = 30 * time.Second

// cluster is a connection to an API server that has answered.
type cluster struct {
	objects dynamic.Interface
	mapper  *restmapper.DeferredDiscoveryRESTMapper
}

// connect gives a connection, or the reason why the cluster cannot be reached.
func connect(connection *rest.Config) (*cluster, error) {
	probe := rest.CopyConfig(connection)
	if probe.Timeout == 0 {
		probe.Timeout = answerTimeout
	}
	probing, err := discovery.NewDiscoveryClientForConfig(probe)
	if err != nil {
		return nil, err
	}
	if _, err := probing.ServerVersion(); err != nil {
		return nil, err
	}
	resources, err := discovery.NewDiscoveryClientForConfig(connection)
	if err != nil {
		return nil, err
	}
	objects, err := dynamic.NewForConfig(connection)
	if err != nil {
		return nil, err
	}
	return &cluster{
		objects: objects,
		mapper:  restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(resources)),
	}, nil
}

// mapping finds the API resource of a kind; the mapper looks again once when a kind is not known yet.
func (c *cluster) mapping(kind schema.GroupVersionKind) (*meta.RESTMapping, error) {
	return c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
}

// client gives the interface to the objects of an object's kind and namespace.
func (c *cluster) client(object fields) (dynamic.ResourceInterface, error) {
	mapping, err := c.mapping(asObject(object).GroupVersionKind())
	if err != nil {
		return nil, err
	}
	resources := c.objects.Resource(mapping.Resource)
	if mapping.Scope.Name() == meta.RESTScopeNameRoot {
		return resources, nil
	}
	namespace := metadataText(object, "namespace")
	if namespace == "" {
		namespace = "default"
	}
	return resources.Namespace(namespace), nil
}

// isNamespaced says whether objects of a kind live in namespaces: as the cluster says, else as Kubernetes' own kinds
// are known to, else yes.
func (c *cluster) isNamespaced(kind schema.GroupVersionKind) bool {
	if c != nil {
		if mapping, err := c.mapping(kind); err == nil {
			return mapping.Scope.Name() == meta.RESTScopeNameNamespace
		}
	}
	return !clusterScoped[kind.Kind]
}

// clusterScoped are the kinds of Kubernetes itself that live outside namespaces.
var clusterScoped = map[string]bool{
	"APIService": true, "CertificateSigningRequest": true, "ClusterRole": true, "ClusterRoleBinding": true,
	"ClusterTrustBundle": true, "ComponentStatus": true, "CSIDriver": true, "CSINode": true,
	"CustomResourceDefinition": true, "DeviceClass": true, "FlowSchema": true, "IPAddress": true, "IngressClass": true,
	"MutatingAdmissionPolicy": true, "MutatingAdmissionPolicyBinding": true, "MutatingWebhookConfiguration": true,
	"Namespace": true, "Node": true, "PersistentVolume": true, "PriorityClass": true,
	"PriorityLevelConfiguration": true, "ResourceSlice": true, "RuntimeClass": true, "ServiceCIDR": true,
	"StorageClass": true, "StorageVersion": true, "ValidatingAdmissionPolicy": true,
	"ValidatingAdmissionPolicyBinding": true, "ValidatingWebhookConfiguration": true, "VolumeAttachment": true,
	"VolumeAttributesClass": true,
}

// kindOfToken reads the kind that a token such as `kubernetes:apps/v1:Deployment` stands for.
func kindOfToken(token string) (schema.GroupVersionKind, error) {
	parts := strings.Split(token, ":")
	if len(parts) != 3 {
		return schema.GroupVersionKind{}, fmt.Errorf("malformed resource type %q", token)
	}
	group, version, ok := strings.Cut(parts[1], "/")
	if !ok {
		return schema.GroupVersionKind{}, fmt.Errorf("resource type %q has no API version", token)
	}
	if group == "core" {
		group = ""
	}
	return schema.GroupVersionKind{Group: group, Version: version, Kind: parts[2]}, nil
}

// unsupported names the resources of the npm package that are more than one object and are not implemented here.
func unsupported(token string) error {
	for _, prefix := range []string{"kubernetes:helm.sh/", "kubernetes:kustomize:", "kubernetes:yaml"} {
		if strings.HasPrefix(token, prefix) {
			return fmt.Errorf("this stand-in for the kubernetes plugin does not know %s", token)
		}
	}
	if strings.HasSuffix(token, "Patch") || strings.HasSuffix(token, "List") {
		return fmt.Errorf("this stand-in for the kubernetes plugin knows neither Patch nor List resources (%s)", token)
	}
	return nil
}
