package kubernetes

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// prune keeps of a live object what the inputs speak of: everything else is the cluster's.
func prune(live, inputs any) any {
	switch shape := inputs.(type) {
	case fields:
		source, ok := live.(fields)
		if !ok {
			return live
		}
		kept := fields{}
		for key, nested := range shape {
			if value, ok := source[key]; ok {
				kept[key] = prune(value, nested)
			}
		}
		return kept
	case []any:
		source, ok := live.([]any)
		if !ok {
			return live
		}
		kept := make([]any, 0, len(shape))
		for index, value := range source {
			if index < len(shape) {
				kept = append(kept, prune(value, shape[index]))
			}
		}
		return kept
	default:
		return live
	}
}

// differences collects the changes between two objects by path.
type differences map[string]pulumirpc.PropertyDiff_Kind

func (d differences) compare(path string, before, after any) {
	if left, ok := before.(fields); ok {
		if right, ok := after.(fields); ok {
			for key := range left {
				d.compare(below(path, key), left[key], right[key])
			}
			for key := range right {
				if _, known := left[key]; !known {
					d.compare(below(path, key), nil, right[key])
				}
			}
			return
		}
	}
	if left, ok := before.([]any); ok {
		if right, ok := after.([]any); ok {
			for index := range max(len(left), len(right)) {
				d.compare(path+"["+strconv.Itoa(index)+"]", element(left, index), element(right, index))
			}
			return
		}
	}
	switch {
	case before == nil && after == nil:
	case before == nil:
		d[path] = pulumirpc.PropertyDiff_ADD
	case after == nil:
		d[path] = pulumirpc.PropertyDiff_DELETE
	case hasUnknowns(after) || !reflect.DeepEqual(before, after):
		d[path] = pulumirpc.PropertyDiff_UPDATE
	}
}

func element(list []any, index int) any {
	if index < len(list) {
		return list[index]
	}
	return nil
}

// below names a field as the engine's property paths do.
func below(path, key string) string {
	if strings.ContainsAny(key, `.[]"`) {
		return path + "[" + strconv.Quote(key) + "]"
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// matches says whether a path is one of `prefixes` or below it, or holds one as a whole (all of metadata, say).
func matches(path string, prefixes []string) bool {
	for _, prefix := range prefixes {
		rest, ok := strings.CutPrefix(path, prefix)
		if ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
		if strings.HasPrefix(prefix, path+".") {
			return true
		}
	}
	return false
}

// diffObjects compares the live object, as far as the earlier inputs spoke of it, with the new inputs.
func diffObjects(live, earlier, planned fields, forceNew, ignored []string) *pulumirpc.DiffResponse {
	base, _ := prune(live, earlier).(fields)
	if isNamed(planned) {
		metadata(base)["name"] = metadataText(live, "name")
	}
	found := differences{}
	found.compare("", base, planned)
	response := &pulumirpc.DiffResponse{
		Changes: pulumirpc.DiffResponse_DIFF_NONE, HasDetailedDiff: true,
		DetailedDiff: map[string]*pulumirpc.PropertyDiff{},
	}
	for path, kind := range found {
		if isIgnored(path, ignored) {
			continue
		}
		if matches(path, forceNew) {
			response.Replaces = append(response.Replaces, path)
			kind++ // every kind is followed by its replacing one
		}
		response.Changes = pulumirpc.DiffResponse_DIFF_SOME
		response.DetailedDiff[path] = &pulumirpc.PropertyDiff{Kind: kind}
	}
	// An object with a name of the program's choice cannot exist twice.
	response.DeleteBeforeReplace = len(response.Replaces) > 0 && isNamed(planned) && !isAutonamed(planned) &&
		identifier(planned) == identifier(live)
	return response
}

// isIgnored honours the resource option ignoreChanges.
func isIgnored(path string, ignored []string) bool {
	changed, err := resource.ParsePropertyPath(path)
	if err != nil {
		return false
	}
	for _, pattern := range ignored {
		if parsed, err := resource.ParsePropertyPath(pattern); err == nil && parsed.Contains(changed) {
			return true
		}
	}
	return false
}
