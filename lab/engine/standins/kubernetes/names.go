package kubernetes

import (
	"errors"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Annotations by which users steer, and the plugin notes, what happens to an object.
const (
	autonamedAnnotation   = "pulumi.com/autonamed"
	skipAwaitAnnotation   = "pulumi.com/skipAwait"
	timeoutAnnotation     = "pulumi.com/timeoutSeconds"
	patchForceAnnotation  = "pulumi.com/patchForce"
	propagationAnnotation = "pulumi.com/deletionPropagationPolicy"
)

// identifier is the resource identifier of an object: `namespace/name`, or the name alone outside namespaces.
func identifier(object fields) string {
	name, namespace := metadataText(object, "name"), metadataText(object, "namespace")
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}

// splitIdentifier is the inverse of identifier.
func splitIdentifier(id string) (namespace, name string) {
	if before, after, found := strings.Cut(id, "/"); found {
		return before, after
	}
	return "", id
}

func metadata(object fields) fields {
	found, ok := object["metadata"].(fields)
	if !ok {
		found = fields{}
		object["metadata"] = found
	}
	return found
}

// metadataText gives a known string of the metadata, else nothing.
func metadataText(object fields, name string) string {
	found, ok := object["metadata"].(fields)
	if !ok {
		return ""
	}
	value, _ := found[name].(string)
	return value
}

func annotation(object fields, name string) string {
	found, ok := object["metadata"].(fields)
	if !ok {
		return ""
	}
	annotations, ok := found["annotations"].(fields)
	if !ok {
		return ""
	}
	value, _ := annotations[name].(string)
	return value
}

func isAutonamed(object fields) bool { return annotation(object, autonamedAnnotation) == "true" }

// isNamed says whether the program gives the name, known yet or not.
func isNamed(object fields) bool {
	found, ok := object["metadata"].(fields)
	return ok && found["name"] != nil && found["name"] != ""
}

// setName names an object on behalf of the program, and notes so.
func setName(object fields, name string) {
	named := metadata(object)
	named["name"] = name
	annotations, ok := named["annotations"].(fields)
	if !ok {
		annotations = fields{}
		named["annotations"] = annotations
	}
	annotations[autonamedAnnotation] = "true"
}

// autoname names an object that the program leaves unnamed: as before, else by the resource's name and random digits.
func autoname(object, earlier fields, request *pulumirpc.CheckRequest) error {
	if isNamed(object) {
		return nil
	}
	if metadata(object)["generateName"] != nil {
		return errors.New("metadata.generateName is not supported with server-side apply: leave the name out instead")
	}
	if isAutonamed(earlier) {
		setName(object, metadataText(earlier, "name"))
		return nil
	}
	name, err := resource.NewUniqueName(request.GetRandomSeed(), resource.URN(request.GetUrn()).Name()+"-", 0, 0, nil)
	if err != nil {
		return err
	}
	if wish := request.GetAutonaming(); wish != nil {
		if wish.GetMode() == pulumirpc.CheckRequest_AutonamingOptions_DISABLE {
			return errors.New("automatic naming is disabled in the project: set metadata.name")
		}
		name = wish.GetProposedName()
	}
	setName(object, name)
	return nil
}
