package tls

import (
	"slices"
	"time"

	"kovhernetes.dev/lab/engine/standins/internal/properties"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// now is the clock; tests set it.
var now = time.Now

const renewal = resource.PropertyKey("readyForRenewal")

// diff compares the state with the new inputs. A certificate that is due for renewal is replaced even when its inputs
// are the same.
func (d definition) diff(state, news resource.PropertyMap) *pulumirpc.DiffResponse {
	state = properties.PlainMap(state)
	planned := properties.PlainMap(d.complete(news))
	response := &pulumirpc.DiffResponse{
		Changes: pulumirpc.DiffResponse_DIFF_NONE, HasDetailedDiff: true,
		DetailedDiff: map[string]*pulumirpc.PropertyDiff{},
	}
	change := func(name resource.PropertyKey, kind pulumirpc.PropertyDiff_Kind, replaces bool) {
		response.Changes = pulumirpc.DiffResponse_DIFF_SOME
		response.Diffs = append(response.Diffs, string(name))
		if replaces {
			response.Replaces = append(response.Replaces, string(name))
			kind++ // every kind is followed by its replacing one
		}
		response.DetailedDiff[string(name)] = &pulumirpc.PropertyDiff{Kind: kind}
	}
	for name, described := range d.properties {
		before, after := state[name], planned[name]
		switch {
		case described.computed || described.writeOnly:
		case described.fixed && !given(after):
		case empty(before) && empty(after):
		case empty(before):
			change(name, pulumirpc.PropertyDiff_ADD, !described.inPlace)
		case empty(after):
			change(name, pulumirpc.PropertyDiff_DELETE, !described.inPlace)
		case after.ContainsUnknowns() || !same(before, after):
			change(name, pulumirpc.PropertyDiff_UPDATE, !described.inPlace)
		}
	}
	if _, renewable := d.properties[renewal]; renewable && due(state, planned) {
		change(renewal, pulumirpc.PropertyDiff_UPDATE, true)
	}
	slices.Sort(response.Diffs)
	slices.Sort(response.Replaces)
	return response
}

// same compares values without the engine's own `__` entries in objects.
func same(before, after resource.PropertyValue) bool {
	return withoutInternals(before).DeepEquals(withoutInternals(after))
}

func withoutInternals(value resource.PropertyValue) resource.PropertyValue {
	if !value.IsObject() {
		return value
	}
	fields := resource.PropertyMap{}
	for name, field := range value.ObjectValue() {
		if given(field) && !resource.IsInternalPropertyKey(name) {
			fields[name] = field
		}
	}
	return resource.NewProperty(fields)
}

// empty treats an empty list like none.
func empty(value resource.PropertyValue) bool {
	return !given(value) || value.IsArray() && len(value.ArrayValue()) == 0
}

// due says whether a certificate's end, less the planned hours of early renewal, has come.
func due(state, planned resource.PropertyMap) bool {
	end, err := time.Parse(time.RFC3339, inputs(state).text("validityEndTime"))
	if err != nil || planned["earlyRenewalHours"].ContainsUnknowns() {
		return false
	}
	early := time.Duration(inputs(planned).number("earlyRenewalHours")) * time.Hour
	return !now().Before(end.Add(-early))
}
