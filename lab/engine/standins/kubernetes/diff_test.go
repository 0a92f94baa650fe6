package kubernetes

import (
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func deployment(image string, replicas float64) fields {
	return fields{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": fields{"name": "dns", "namespace": "kube-system", "annotations": fields{"a.b/c": "1"}},
		"spec": fields{
			"replicas": replicas, "selector": fields{"matchLabels": fields{"app": "dns"}},
			"template": fields{"spec": fields{"containers": []any{fields{"name": "dns", "image": image}}}},
		},
	}
}

// live is a deployment as the cluster keeps it: with defaults, a status and a manager.
func live(image string, replicas float64) fields {
	object := deployment(image, replicas)
	metadata(object)["uid"] = "1"
	metadata(object)["annotations"].(fields)["deployment.kubernetes.io/revision"] = "3"
	object["spec"].(fields)["revisionHistoryLimit"] = 10.0
	container := object["spec"].(fields)["template"].(fields)["spec"].(fields)["containers"].([]any)[0].(fields)
	container["imagePullPolicy"] = "IfNotPresent"
	object["status"] = fields{"replicas": replicas}
	return object
}

func changesOf(response *pulumirpc.DiffResponse) []string {
	return slices.Sorted(maps.Keys(response.GetDetailedDiff()))
}

func TestWhatTheClusterAddsIsNoDifference(t *testing.T) {
	found := diffObjects(live("a:1", 2), deployment("a:1", 2), deployment("a:1", 2), identity, nil)
	if found.GetChanges() != pulumirpc.DiffResponse_DIFF_NONE || len(found.GetDetailedDiff()) > 0 {
		t.Errorf("unexpected: %v", found)
	}
}

func TestChangesAreNamedByPath(t *testing.T) {
	planned := deployment("a:2", 2)
	metadata(planned)["annotations"] = fields{"x.y/z": "1"}
	containers := planned["spec"].(fields)["template"].(fields)["spec"].(fields)
	containers["containers"] = append(containers["containers"].([]any), fields{"name": "sidecar"})
	delete(planned["spec"].(fields), "replicas")
	found := diffObjects(live("a:1", 2), deployment("a:1", 2), planned, identity, nil)
	expected := []string{
		`metadata.annotations["a.b/c"]`, `metadata.annotations["x.y/z"]`, "spec.replicas",
		"spec.template.spec.containers[0].image", "spec.template.spec.containers[1]",
	}
	if !slices.Equal(changesOf(found), expected) || len(found.GetReplaces()) > 0 {
		t.Errorf("unexpected: %v", found)
	}
	kinds := found.GetDetailedDiff()
	if kinds[expected[0]].GetKind() != pulumirpc.PropertyDiff_DELETE || kinds[expected[1]].GetKind() != pulumirpc.PropertyDiff_ADD {
		t.Errorf("unexpected kinds: %v", kinds)
	}
	ignored := diffObjects(live("a:1", 2), deployment("a:1", 2), planned, identity, []string{"metadata", "spec"})
	if ignored.GetChanges() != pulumirpc.DiffResponse_DIFF_NONE {
		t.Errorf("ignoreChanges is not heeded: %v", ignored)
	}
}

func TestDriftIsADifference(t *testing.T) {
	found := diffObjects(live("other:1", 2), deployment("a:1", 2), deployment("a:1", 2), identity, nil)
	if !slices.Equal(changesOf(found), []string{"spec.template.spec.containers[0].image"}) {
		t.Errorf("unexpected: %v", found)
	}
}

func TestReplacements(t *testing.T) {
	renamed, moved, selecting, unknown := deployment("a:1", 2), deployment("a:1", 2), deployment("a:1", 2), deployment("a:1", 2)
	metadata(renamed)["name"] = "other"
	metadata(moved)["namespace"] = "other"
	selecting["spec"].(fields)["selector"] = fields{"matchLabels": fields{"app": "other"}}
	metadata(unknown)["namespace"] = resource.Computed{Element: resource.NewProperty("")}
	forceNew := settings{}.forceNew("apps", "Deployment", renamed)
	for path, planned := range map[string]fields{
		"metadata.namespace": moved, "spec.selector.matchLabels.app": selecting,
	} {
		found := diffObjects(live("a:1", 2), deployment("a:1", 2), planned, forceNew, nil)
		if !slices.Equal(found.GetReplaces(), []string{path}) {
			t.Errorf("%s: %v", path, found)
		}
		if found.GetDeleteBeforeReplace() != (path != "metadata.namespace") {
			t.Errorf("%s: delete before replace is %v", path, found.GetDeleteBeforeReplace())
		}
	}
	if found := diffObjects(live("a:1", 2), deployment("a:1", 2), unknown, forceNew, nil); len(found.GetReplaces()) != 1 {
		t.Errorf("an unknown namespace: %v", found)
	}
	if found := diffObjects(live("a:1", 2), deployment("a:1", 2), renamed, forceNew, nil); !slices.Equal(found.GetReplaces(), []string{"metadata.name"}) {
		t.Errorf("a new name: %v", found)
	}
}

func TestConfigurationDataIsImmutableUnlessToldOtherwise(t *testing.T) {
	before := fields{"metadata": fields{"name": "c-1"}, "data": fields{"a": "1"}}
	after := fields{"metadata": fields{"name": "c-1"}, "data": fields{"a": "2"}}
	for _, test := range []struct {
		settings settings
		kind     string
		replaces bool
	}{
		{settings{}, "ConfigMap", true},
		{settings{mutableConfigMaps: true}, "ConfigMap", false},
		{settings{}, "Secret", true},
		{settings{mutableSecrets: true}, "Secret", false},
	} {
		forceNew := test.settings.forceNew("", test.kind, after)
		if found := diffObjects(before, before, after, forceNew, nil); (len(found.GetReplaces()) > 0) != test.replaces {
			t.Errorf("%+v: %v", test, found)
		}
	}
}
