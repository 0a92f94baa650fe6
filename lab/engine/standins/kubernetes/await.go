package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

const (
	pollInterval   = time.Second
	defaultTimeout = 10 * time.Minute
)

var endpointSlices = schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}

// timeoutOf gives how long to wait for an object: the resource option, else the annotation, else ten minutes.
func timeoutOf(seconds float64, object fields) time.Duration {
	if seconds > 0 {
		return time.Duration(seconds * float64(time.Second))
	}
	if annotated, err := strconv.Atoi(annotation(object, timeoutAnnotation)); err == nil && annotated > 0 {
		return time.Duration(annotated) * time.Second
	}
	return defaultTimeout
}

// awaitReady waits until an object does what it is for, and gives it as it then is. `report` hears, whenever it
// changes, what is still missing. On a time-out the last live object is given along with the error.
func (c *cluster) awaitReady(
	ctx context.Context, client dynamic.ResourceInterface, live *unstructured.Unstructured, report func(string),
) (*unstructured.Unstructured, error) {
	kind := live.GroupVersionKind()
	judge := readinessOf(kind.Group, kind.Kind)
	if kind.Group == "" && kind.Kind == "Service" {
		judge = func(object fields) (bool, string, error) { return c.judgeService(ctx, object) }
	}
	if judge == nil || annotation(live.Object, skipAwaitAnnotation) == "true" {
		return live, nil
	}
	reported := ""
	for {
		ready, waiting, err := judge(live.Object)
		if ready || err != nil {
			return live, err
		}
		if waiting != reported {
			report(waiting)
			reported = waiting
		}
		select {
		case <-ctx.Done():
			return live, fmt.Errorf("timed out waiting: %s", waiting)
		case <-time.After(pollInterval):
		}
		newer, err := client.Get(ctx, live.GetName(), metav1.GetOptions{})
		switch {
		case err == nil:
			live = newer
		case apierrors.IsNotFound(err):
			return live, errors.New("the object was deleted by someone else while waiting for it")
		}
	}
}

func (c *cluster) judgeService(ctx context.Context, service fields) (bool, string, error) {
	object := asObject(service)
	found, err := c.objects.Resource(endpointSlices).Namespace(object.GetNamespace()).List(ctx, metav1.ListOptions{
		LabelSelector: "kubernetes.io/service-name=" + object.GetName(),
	})
	if err != nil {
		return false, err.Error(), nil
	}
	ready, waiting := serviceReady(service, found.Items)
	return ready, waiting, nil
}

// awaitGone waits until an object no longer exists.
func awaitGone(ctx context.Context, client dynamic.ResourceInterface, name string, uid string, report func(string)) error {
	report("waiting for the deletion to finish")
	for {
		live, err := client.Get(ctx, name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) || err == nil && uid != "" && string(live.GetUID()) != uid {
			return nil
		}
		select {
		case <-ctx.Done():
			finalizers := []string{}
			if live != nil {
				finalizers = live.GetFinalizers()
			}
			return fmt.Errorf("timed out waiting for the deletion of %s (finalizers: %v)", name, finalizers)
		case <-time.After(pollInterval):
		}
	}
}
