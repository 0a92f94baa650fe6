package kubernetes

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// readiness judges a live object: whether it does what it is for, else what it still waits for.
type readiness func(object fields) (ready bool, waiting string, err error)

// readinessOf gives the judgement for a kind, or nil for kinds that are ready once they exist. Services are judged by
// their endpoints, see serviceReady.
func readinessOf(group, kind string) readiness {
	switch group + "/" + kind {
	case "apps/Deployment":
		return deploymentReady
	case "apps/DaemonSet":
		return daemonSetReady
	case "apps/StatefulSet":
		return statefulSetReady
	case "batch/Job":
		return jobReady
	case "/Pod":
		return podReady
	default:
		return nil
	}
}

// number reads a count, which is absent from an object when it is zero.
func number(object fields, preset int64, path ...string) int64 {
	value, found, _ := unstructured.NestedFieldNoCopy(object, path...)
	if !found {
		return preset
	}
	switch typed := value.(type) {
	case int64:
		return typed
	case float64:
		return int64(typed)
	default:
		return preset
	}
}

// condition gives status and message of one of an object's conditions.
func condition(object fields, kind string) (status, message string) {
	conditions, _, _ := unstructured.NestedSlice(object, "status", "conditions")
	for _, entry := range conditions {
		if found, ok := entry.(fields); ok && found["type"] == kind {
			status, _ = found["status"].(string)
			reason, _ := found["reason"].(string)
			detail, _ := found["message"].(string)
			return status, fmt.Sprintf("%s: %s", reason, detail)
		}
	}
	return "", ""
}

// observed says whether the controller has seen the newest specification.
func observed(object fields) bool {
	return number(object, 0, "status", "observedGeneration") >= number(object, 0, "metadata", "generation")
}

func deploymentReady(object fields) (bool, string, error) {
	wanted := number(object, 1, "spec", "replicas")
	updated := number(object, 0, "status", "updatedReplicas")
	available := number(object, 0, "status", "availableReplicas")
	total := number(object, 0, "status", "replicas")
	if observed(object) && updated == wanted && available == wanted && total == wanted {
		return true, "", nil
	}
	waiting := fmt.Sprintf("%d of %d replicas are updated, %d available, %d in all", updated, wanted, available, total)
	if status, message := condition(object, "Progressing"); status == "False" {
		waiting += "; " + message
	}
	return false, waiting, nil
}

func daemonSetReady(object fields) (bool, string, error) {
	wanted := number(object, 0, "status", "desiredNumberScheduled")
	updated := number(object, 0, "status", "updatedNumberScheduled")
	available := number(object, 0, "status", "numberAvailable")
	if observed(object) && updated == wanted && available == wanted {
		return true, "", nil
	}
	return false, fmt.Sprintf("%d of %d pods are updated, %d available", updated, wanted, available), nil
}

func statefulSetReady(object fields) (bool, string, error) {
	wanted := number(object, 1, "spec", "replicas")
	updated := number(object, 0, "status", "updatedReplicas")
	ready := number(object, 0, "status", "readyReplicas")
	if observed(object) && updated == wanted && ready == wanted {
		return true, "", nil
	}
	return false, fmt.Sprintf("%d of %d replicas are updated, %d ready", updated, wanted, ready), nil
}

func jobReady(object fields) (bool, string, error) {
	if status, message := condition(object, "Failed"); status == "True" {
		return false, "", fmt.Errorf("the job failed: %s", message)
	}
	if status, _ := condition(object, "Complete"); status == "True" {
		return true, "", nil
	}
	active, done := number(object, 0, "status", "active"), number(object, 0, "status", "succeeded")
	return false, fmt.Sprintf("%d pods succeeded, %d active", done, active), nil
}

func podReady(object fields) (bool, string, error) {
	phase, _, _ := unstructured.NestedString(object, "status", "phase")
	if phase == "Succeeded" {
		return true, "", nil
	}
	status, message := condition(object, "Ready")
	if status == "True" {
		return true, "", nil
	}
	return false, fmt.Sprintf("phase %s; %s", phase, message), nil
}

// needsEndpoints says whether a service is ready only when a pod stands behind it: not so without a selector, without
// an address of its own, or when it names something outside.
func needsEndpoints(service fields) bool {
	selector, _, _ := unstructured.NestedMap(service, "spec", "selector")
	address, _, _ := unstructured.NestedString(service, "spec", "clusterIP")
	kind, _, _ := unstructured.NestedString(service, "spec", "type")
	return len(selector) > 0 && address != "None" && kind != "ExternalName"
}

// serviceReady judges a service by its endpoint slices, and a load balancer by its address as well.
func serviceReady(service fields, slices []unstructured.Unstructured) (bool, string) {
	kind, _, _ := unstructured.NestedString(service, "spec", "type")
	addresses, _, _ := unstructured.NestedSlice(service, "status", "loadBalancer", "ingress")
	if kind == "LoadBalancer" && len(addresses) == 0 {
		return false, "the load balancer has no address yet"
	}
	if !needsEndpoints(service) {
		return true, ""
	}
	for _, slice := range slices {
		endpoints, _, _ := unstructured.NestedSlice(slice.Object, "endpoints")
		for _, entry := range endpoints {
			endpoint, _ := entry.(fields)
			if ready, found, _ := unstructured.NestedBool(endpoint, "conditions", "ready"); !found || ready {
				return true, ""
			}
		}
	}
	return false, "no ready pod matches the service's selector"
}
