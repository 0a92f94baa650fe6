package kubernetes

import (
	"reflect"
	"regexp"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func TestNames(t *testing.T) {
	request := &pulumirpc.CheckRequest{
		Urn: "urn:pulumi:s::p::kubernetes:core/v1:ConfigMap::conf", RandomSeed: make([]byte, 32),
	}
	object := fields{"kind": "ConfigMap"}
	if err := autoname(object, fields{}, request); err != nil {
		t.Fatal(err)
	}
	name := metadataText(object, "name")
	if !regexp.MustCompile(`^conf-[0-9a-f]{8}$`).MatchString(name) || !isAutonamed(object) {
		t.Errorf("named %q", name)
	}
	again := fields{"kind": "ConfigMap"}
	request.RandomSeed = []byte("another seed of thirty-two bytes")
	if err := autoname(again, object, request); err != nil || metadataText(again, "name") != name {
		t.Errorf("the second time named %q: %v", metadataText(again, "name"), err)
	}
	given := fields{"metadata": fields{"name": "mine"}}
	if err := autoname(given, object, request); err != nil || metadataText(given, "name") != "mine" || isAutonamed(given) {
		t.Errorf("the program's name became %v: %v", given, err)
	}
	if id := identifier(fields{"metadata": fields{"name": "n", "namespace": "s"}}); id != "s/n" {
		t.Errorf("identifier %q", id)
	}
	if namespace, name := splitIdentifier("n"); namespace != "" || name != "n" {
		t.Errorf("split into %q and %q", namespace, name)
	}
}

func TestSecretsStaySecret(t *testing.T) {
	inputs := resource.PropertyMap{
		"apiVersion": resource.NewProperty("v1"), "kind": resource.NewProperty("Secret"),
		"data": resource.NewProperty(resource.PropertyMap{"token": resource.NewProperty("aHVzaA==")}),
	}
	state := stateOf(toFields(inputs), inputs, "manager")
	kept := state[inputsKey].ObjectValue()
	if !state["data"].IsSecret() || !kept["data"].IsSecret() {
		t.Errorf("data of a Secret is not secret: %v", state)
	}
	config := resource.PropertyMap{
		"kind": resource.NewProperty("ConfigMap"),
		"data": resource.NewProperty(resource.PropertyMap{
			"open": resource.NewProperty("1"), "hidden": resource.MakeSecret(resource.NewProperty("2")),
		}),
	}
	data := stateOf(toFields(config), config, "manager")["data"].ObjectValue()
	if !data["hidden"].IsSecret() || data["open"].IsSecret() {
		t.Errorf("unexpected secrets: %v", data)
	}
}

func TestPlainData(t *testing.T) {
	object := toFields(resource.PropertyMap{
		"spec": resource.NewProperty(resource.PropertyMap{
			"x_kubernetes_preserve_unknown_fields": resource.NewProperty(true),
			"absent":                               resource.NewNullProperty(),
			"later":                                resource.MakeSecret(resource.MakeComputed(resource.NewProperty(""))),
		}),
		"__internal": resource.NewProperty("x"),
	})
	spec := object["spec"].(fields)
	if spec["x-kubernetes-preserve-unknown-fields"] != true || len(spec) != 2 || len(object) != 1 {
		t.Errorf("unexpected: %v", object)
	}
	if !hasUnknowns(object) || hasUnknowns(deployment("a:1", 1)) {
		t.Error("unknowns are not recognised")
	}
	secret := fields{"kind": "Secret", "data": fields{"a": "MQ=="}, "stringData": fields{"b": "2"}}
	encodeStrings(secret)
	if !reflect.DeepEqual(secret["data"], fields{"a": "MQ==", "b": "Mg=="}) || secret["stringData"] != nil {
		t.Errorf("unexpected: %v", secret)
	}
}

func TestReadiness(t *testing.T) {
	status := func(values fields) fields {
		return fields{"metadata": fields{"generation": int64(2)}, "spec": fields{"replicas": int64(2)}, "status": values}
	}
	complete := fields{
		"observedGeneration": int64(2), "replicas": int64(2), "updatedReplicas": int64(2), "availableReplicas": int64(2),
		"readyReplicas": int64(2), "desiredNumberScheduled": int64(1), "updatedNumberScheduled": int64(1),
		"numberAvailable": int64(1),
	}
	stale := fields{}
	for key, value := range complete {
		stale[key] = value
	}
	stale["observedGeneration"] = int64(1)
	for _, kind := range []string{"Deployment", "DaemonSet", "StatefulSet"} {
		judge := readinessOf("apps", kind)
		if ready, waiting, err := judge(status(complete)); !ready || err != nil {
			t.Errorf("%s is not ready: %s %v", kind, waiting, err)
		}
		for _, unfinished := range []fields{stale, {"observedGeneration": int64(2), "desiredNumberScheduled": int64(1)}} {
			if ready, waiting, _ := judge(status(unfinished)); ready || waiting == "" {
				t.Errorf("%s is ready with %v", kind, unfinished)
			}
		}
	}
	failed := status(fields{"conditions": []any{fields{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}}})
	if _, _, err := readinessOf("batch", "Job")(failed); err == nil {
		t.Error("a failed job is no error")
	}
	service := fields{"spec": fields{"clusterIP": "10.0.0.10", "selector": fields{"app": "dns"}}}
	if ready, _ := serviceReady(service, nil); ready {
		t.Error("a service without endpoints is ready")
	}
	service["spec"].(fields)["clusterIP"] = "None"
	if ready, waiting := serviceReady(service, nil); !ready {
		t.Errorf("a headless service is not ready: %s", waiting)
	}
}
