package tls

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"kovhernetes.dev/lab/engine/standins/internal/properties"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// inputs are plain, checked inputs with the presets filled in.
type inputs resource.PropertyMap

func (i inputs) text(name resource.PropertyKey) string {
	if value := i[name]; value.IsString() {
		return value.StringValue()
	}
	return ""
}

func (i inputs) number(name resource.PropertyKey) int {
	if value := i[name]; value.IsNumber() {
		return int(value.NumberValue())
	}
	return 0
}

func (i inputs) flag(name resource.PropertyKey) bool {
	value := i[name]
	return value.IsBool() && value.BoolValue()
}

func (i inputs) texts(name resource.PropertyKey) []string {
	var texts []string
	if value := i[name]; value.IsArray() {
		for _, element := range value.ArrayValue() {
			texts = append(texts, element.StringValue())
		}
	}
	return texts
}

func (i inputs) object(name resource.PropertyKey) inputs {
	if value := i[name]; value.IsObject() {
		return inputs(value.ObjectValue())
	}
	return nil
}

// given says whether an input has a value, known or not.
func given(value resource.PropertyValue) bool {
	return value.V != nil && !value.IsNull()
}

// complete gives the planned inputs, presets filled in, secrets kept.
func (d definition) complete(bag resource.PropertyMap) resource.PropertyMap {
	complete := resource.PropertyMap{}
	for name, described := range d.properties {
		switch {
		case described.computed:
		case given(bag[name]):
			complete[name] = bag[name]
		case described.preset != nil:
			complete[name] = resource.NewPropertyValue(described.preset)
		}
	}
	return complete
}

// check gives the reasons why inputs cannot be accepted; unknown values are accepted.
func (d definition) check(bag resource.PropertyMap) []*pulumirpc.CheckFailure {
	plain := properties.PlainMap(bag)
	var failures []*pulumirpc.CheckFailure
	fail := func(name resource.PropertyKey, format string, arguments ...any) {
		failures = append(failures, &pulumirpc.CheckFailure{
			Property: string(name), Reason: fmt.Sprintf(format, arguments...),
		})
	}
	for name, value := range plain {
		described, known := d.properties[name]
		switch {
		case strings.HasPrefix(string(name), "__"): // the engine's own
		case !known || described.computed:
			fail(name, "not an input of this resource")
		case given(value):
			if reason := described.refuse(value); reason != "" {
				fail(name, "%s", reason)
			}
		}
	}
	for name, described := range d.properties {
		if described.required && !given(plain[name]) {
			fail(name, "is required")
		}
	}
	if len(d.exactlyOne) == 2 && given(plain[d.exactlyOne[0]]) == given(plain[d.exactlyOne[1]]) {
		fail(d.exactlyOne[0], "exactly one of %s and %s must be given", d.exactlyOne[0], d.exactlyOne[1])
	}
	return failures
}

// refuse gives the reason why a value cannot be accepted, or nothing.
func (p property) refuse(value resource.PropertyValue) string {
	if value.ContainsUnknowns() {
		return ""
	}
	switch p.kind {
	case "string":
		if !value.IsString() {
			return "must be a string"
		}
		return p.refuseText(value.StringValue())
	case "integer":
		switch {
		case !value.IsNumber() || value.NumberValue() != math.Trunc(value.NumberValue()):
			return "must be a whole number"
		case value.NumberValue() < p.minimum:
			return fmt.Sprintf("must be at least %v", p.minimum)
		}
	case "boolean":
		if !value.IsBool() {
			return "must be true or false"
		}
	case "strings":
		if !value.IsArray() {
			return "must be a list of strings"
		}
		for _, element := range value.ArrayValue() {
			if !element.IsString() {
				return "must be a list of strings"
			}
			if reason := p.refuseText(element.StringValue()); reason != "" {
				return reason
			}
		}
	case "subject":
		if !value.IsObject() {
			return "must be an object"
		}
		for name, field := range value.ObjectValue() {
			described, known := subjectFields[name]
			if !known && !strings.HasPrefix(string(name), "__") {
				return fmt.Sprintf("has no field %s", name)
			}
			if reason := described.refuse(field); known && given(field) && reason != "" {
				return fmt.Sprintf("%s %s", name, reason)
			}
		}
	}
	return ""
}

func (p property) refuseText(text string) string {
	if len(p.allowed) > 0 && !slices.Contains(p.allowed, text) {
		return fmt.Sprintf("must be one of %s, got %q", strings.Join(p.allowed, ", "), text)
	}
	return ""
}
