package kubernetes

import (
	"fmt"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func kubeconfig(server, token string) resource.PropertyValue {
	return resource.NewProperty(fmt.Sprintf(`{"apiVersion": "v1", "kind": "Config", "current-context": "x",
		"clusters": [{"name": "c", "cluster": {"server": %q}}], "users": [{"name": "u", "user": {"token": %q}}],
		"contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}]}`, server, token))
}

func TestAnotherClusterReplacesTheProvider(t *testing.T) {
	unknown := resource.MakeComputed(resource.NewProperty(""))
	base := resource.PropertyMap{"kubeconfig": kubeconfig("https://a", "1")}
	named := resource.PropertyMap{"kubeconfig": kubeconfig("https://a", "1"), clusterIdentifier: resource.NewProperty("one")}
	with := func(config resource.PropertyMap, key resource.PropertyKey, value resource.PropertyValue) resource.PropertyMap {
		changed := config.Copy()
		changed[key] = value
		return changed
	}
	for name, test := range map[string]struct {
		olds, news resource.PropertyMap
		replaces   []string
	}{
		"another user":                     {base, with(base, "kubeconfig", kubeconfig("https://a", "2")), nil},
		"another server":                   {base, with(base, "kubeconfig", kubeconfig("https://b", "1")), []string{"kubeconfig"}},
		"unknown":                          {base, with(base, "kubeconfig", unknown), []string{"kubeconfig"}},
		"another server, same identifier":  {named, with(named, "kubeconfig", kubeconfig("https://b", "1")), nil},
		"unknown, same identifier":         {named, with(named, "kubeconfig", unknown), nil},
		"another identifier":               {named, with(named, clusterIdentifier, resource.NewProperty("two")), []string{"clusterIdentifier"}},
		"an identifier for the first time": {base, named, nil},
	} {
		found, err := diffConfig(test.olds, test.news)
		if err != nil || found.GetChanges() != pulumirpc.DiffResponse_DIFF_SOME || !slices.Equal(found.GetReplaces(), test.replaces) {
			t.Errorf("%s: %v %v", name, found, err)
		}
	}
	if found, err := diffConfig(named, named.Copy()); err != nil || found.GetChanges() != pulumirpc.DiffResponse_DIFF_NONE {
		t.Errorf("unchanged: %v %v", found, err)
	}
}

func TestSettings(t *testing.T) {
	parsed, err := parseSettings(resource.PropertyMap{
		"deleteUnreachable": resource.NewProperty("true"), "enableConfigMapMutable": resource.NewProperty(true),
		"enableServerSideApply": resource.NewProperty("true"), "namespace": resource.NewProperty("apps"),
	})
	if err != nil || !parsed.deleteUnreachable || !parsed.mutableConfigMaps || parsed.upsert || parsed.namespace != "apps" {
		t.Errorf("unexpected: %+v %v", parsed, err)
	}
	for _, name := range []resource.PropertyKey{"renderYamlToDirectory"} {
		if _, err := parseSettings(resource.PropertyMap{name: resource.NewProperty("/tmp/x")}); err == nil {
			t.Errorf("%s is not refused", name)
		}
	}
	if _, err := parseSettings(resource.PropertyMap{"enableServerSideApply": resource.NewProperty("false")}); err == nil {
		t.Error("client-side apply is not refused")
	}
}

func TestKindsOfTokens(t *testing.T) {
	for token, expected := range map[string]string{
		"kubernetes:core/v1:Namespace":                        "/v1, Kind=Namespace",
		"kubernetes:apps/v1:Deployment":                       "apps/v1, Kind=Deployment",
		"kubernetes:rbac.authorization.k8s.io/v1:ClusterRole": "rbac.authorization.k8s.io/v1, Kind=ClusterRole",
		"kubernetes:helm.sh/v3:Release":                       "",
		"kubernetes:apps/v1:DeploymentPatch":                  "",
		"kubernetes:cilium.io/v2:CiliumNetworkPolicy":         "cilium.io/v2, Kind=CiliumNetworkPolicy",
	} {
		kind, err := kindOfToken(token)
		if err != nil {
			t.Fatal(err)
		}
		if refused := unsupported(token); (refused != nil) != (expected == "") || expected != "" && kind.String() != expected {
			t.Errorf("%s: %s %v", token, kind, refused)
		}
	}
	var none *cluster
	kind, _ := kindOfToken("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole")
	if none.isNamespaced(kind) {
		t.Error("cluster roles live outside namespaces, also when the cluster cannot be asked")
	}
}
