// Package properties converts property bags between the engine's wire format and values, keeping secrets and unknowns.
package properties

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"
)

var options = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true}

// FromWire reads a bag; absent is empty.
func FromWire(bag *structpb.Struct) (resource.PropertyMap, error) {
	if bag == nil {
		return resource.PropertyMap{}, nil
	}
	return plugin.UnmarshalProperties(bag, options)
}

// ToWire writes a bag.
func ToWire(bag resource.PropertyMap) (*structpb.Struct, error) {
	return plugin.MarshalProperties(bag, options)
}

// Plain gives a value without secret marks, at any depth; outputs become their element or unknown.
func Plain(value resource.PropertyValue) resource.PropertyValue {
	switch {
	case value.IsSecret():
		return Plain(value.SecretValue().Element)
	case value.IsOutput():
		if !value.OutputValue().Known {
			return resource.MakeComputed(resource.NewProperty(""))
		}
		return Plain(value.OutputValue().Element)
	case value.IsArray():
		elements := make([]resource.PropertyValue, 0, len(value.ArrayValue()))
		for _, element := range value.ArrayValue() {
			elements = append(elements, Plain(element))
		}
		return resource.NewProperty(elements)
	case value.IsObject():
		return resource.NewProperty(PlainMap(value.ObjectValue()))
	default:
		return value
	}
}

// PlainMap is [Plain] for a whole bag.
func PlainMap(bag resource.PropertyMap) resource.PropertyMap {
	plain := resource.PropertyMap{}
	for key, value := range bag {
		plain[key] = Plain(value)
	}
	return plain
}
