package kubernetes

import (
	"encoding/base64"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Keys of a resource's state that are not the object's own.
const (
	inputsKey       = resource.PropertyKey("__inputs")
	apiVersionKey   = resource.PropertyKey("__initialApiVersion")
	fieldManagerKey = resource.PropertyKey("__fieldManager")
)

// fields is an object as plain data: maps, lists, strings, float64, bool, nil, and resource.Computed for unknowns.
type fields = map[string]any

// toFields gives the plain data of a property bag. Schema extensions are spelled with dashes in Kubernetes and with
// underscores in Pulumi.
func toFields(bag resource.PropertyMap) fields {
	plain := bag.MapRepl(func(key string) (string, bool) {
		if strings.HasPrefix(key, "x_kubernetes_") {
			return strings.ReplaceAll(key, "_", "-"), true
		}
		return key, true
	}, plainValue)
	for key := range plain {
		if resource.IsInternalPropertyKey(resource.PropertyKey(key)) {
			delete(plain, key)
		}
	}
	return withoutNulls(plain)
}

func plainValue(value resource.PropertyValue) (any, bool) {
	switch {
	case value.IsSecret():
		return value.SecretValue().Element.MapRepl(nil, plainValue), true
	case value.IsComputed():
		return value.V, true
	case value.IsOutput() && !value.OutputValue().Known:
		return resource.Computed{Element: resource.NewProperty("")}, true
	case value.IsOutput():
		return value.OutputValue().Element.MapRepl(nil, plainValue), true
	}
	return nil, false
}

// withoutNulls drops absent fields, which programs may name with undefined values.
func withoutNulls(object fields) fields {
	for key, value := range object {
		switch typed := value.(type) {
		case nil:
			delete(object, key)
		case fields:
			withoutNulls(typed)
		case []any:
			for _, element := range typed {
				if nested, ok := element.(fields); ok {
					withoutNulls(nested)
				}
			}
		}
	}
	return object
}

// toProperties is the inverse of toFields.
func toProperties(object fields) resource.PropertyMap {
	return resource.NewPropertyMapFromMapRepl(object, func(key string) (resource.PropertyKey, bool) {
		if strings.HasPrefix(key, "x-kubernetes-") {
			return resource.PropertyKey(strings.ReplaceAll(key, "-", "_")), true
		}
		return resource.PropertyKey(key), true
	}, nil)
}

// hasUnknowns says whether anything in an object is known only later.
func hasUnknowns(value any) bool {
	switch typed := value.(type) {
	case resource.Computed:
		return true
	case fields:
		for _, element := range typed {
			if hasUnknowns(element) {
				return true
			}
		}
	case []any:
		for _, element := range typed {
			if hasUnknowns(element) {
				return true
			}
		}
	}
	return false
}

// encodeStrings turns a Secret's stringData into data, as the API server does, so that inputs can be compared with
// what it keeps.
func encodeStrings(object fields) {
	given, ok := object["stringData"].(fields)
	if !ok || object["kind"] != "Secret" || hasUnknowns(given) {
		return
	}
	data, ok := object["data"].(fields)
	if !ok {
		data = fields{}
	}
	for key, value := range given {
		if plain, ok := value.(string); ok {
			data[key] = base64.StdEncoding.EncodeToString([]byte(plain))
		}
	}
	object["data"] = data
	delete(object, "stringData")
}

// markSecrets marks what is secret: in a Secret its data, elsewhere what was secret in the inputs.
func markSecrets(outputs, inputs resource.PropertyMap) {
	if kind := outputs["kind"]; kind.IsString() && kind.StringValue() == "Secret" {
		for _, key := range []resource.PropertyKey{"data", "stringData"} {
			if value, ok := outputs[key]; ok && !value.IsSecret() {
				outputs[key] = resource.MakeSecret(value)
			}
		}
		return
	}
	for key, given := range inputs {
		value, ok := outputs[key]
		switch {
		case !ok:
		case value.IsObject() && given.IsObject():
			markSecrets(value.ObjectValue(), given.ObjectValue())
		case !value.IsSecret() && given.ContainsSecrets():
			outputs[key] = resource.MakeSecret(value)
		}
	}
}

// stateOf gives what the engine keeps of an object: its live fields, the inputs behind them, and who manages them.
func stateOf(live fields, inputs resource.PropertyMap, manager string) resource.PropertyMap {
	state, kept := toProperties(live), toProperties(toFields(inputs))
	markSecrets(state, inputs)
	markSecrets(kept, inputs)
	state[inputsKey] = resource.NewProperty(kept)
	state[apiVersionKey] = state["apiVersion"]
	state[fieldManagerKey] = resource.NewProperty(manager)
	return state
}

// liveAndInputs takes a state apart.
func liveAndInputs(state resource.PropertyMap) (live, inputs fields) {
	inputs = fields{}
	kept := state[inputsKey]
	if kept.IsSecret() {
		kept = kept.SecretValue().Element
	}
	if kept.IsObject() {
		inputs = toFields(kept.ObjectValue())
	}
	return toFields(state), inputs
}

func asObject(object fields) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: object}
}
