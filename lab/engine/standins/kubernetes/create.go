package kubernetes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"kovhernetes.dev/lab/engine/standins/internal/properties"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

const (
	// creator is the field manager of objects as created; the first update takes its fields over.
	creator = "pulumi-kubernetes"
	// createAttempts is how often a creation is tried that fails because its kind or namespace is not there yet.
	createAttempts = 6
)

// Create makes an object and waits until it is ready. A preview asks the API server to try, if it can be asked.
func (p *Provider) Create(ctx context.Context, request *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	p.mutex.RLock()
	defer p.mutex.RUnlock()
	urn := resource.URN(request.GetUrn())
	inputs, err := properties.FromWire(request.GetProperties())
	if err != nil {
		return nil, err
	}
	object := toFields(inputs)
	if request.GetPreview() {
		return p.previewCreate(ctx, object, inputs, request)
	}
	if p.cluster == nil {
		return nil, p.unreachableError()
	}
	manager, err := p.fieldManager(nil)
	if err != nil {
		return nil, err
	}
	client, live, err := p.create(ctx, urn, object, manager)
	if err != nil {
		return nil, fmt.Errorf("resource %q was not successfully created by the Kubernetes API server: %w", urn, err)
	}
	live, err = p.settle(ctx, urn, client, live, timeoutOf(request.GetTimeout(), object))
	if err != nil {
		err = fmt.Errorf("resource %q was created but did not become ready: %w", urn, err)
		return nil, initializationError(stateOf(live.Object, inputs, manager), live, err, request.GetProperties())
	}
	if live.GetKind() == "CustomResourceDefinition" {
		p.cluster.mapper.Reset()
	}
	state, err := properties.ToWire(stateOf(live.Object, inputs, manager))
	return &pulumirpc.CreateResponse{Id: identifier(live.Object), Properties: state}, err
}

// previewCreate shows an object as the API server would make it, or as given where that cannot be asked.
func (p *Provider) previewCreate(
	ctx context.Context, object fields, inputs resource.PropertyMap, request *pulumirpc.CreateRequest,
) (*pulumirpc.CreateResponse, error) {
	asGiven := &pulumirpc.CreateResponse{Properties: request.GetProperties()}
	if p.cluster == nil || hasUnknowns(object) {
		return asGiven, nil
	}
	client, err := p.cluster.client(object)
	if err != nil {
		return asGiven, nil // a kind that is defined by the same program
	}
	live, err := client.Create(ctx, asObject(object), metav1.CreateOptions{
		FieldManager: creator, DryRun: []string{metav1.DryRunAll},
	})
	if apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) {
		return nil, err
	}
	if err != nil {
		return asGiven, nil // the namespace is not there yet, the name is still taken by what is replaced, ...
	}
	unstructured.RemoveNestedField(live.Object, "status")
	state, err := properties.ToWire(stateOf(live.Object, inputs, creator))
	return &pulumirpc.CreateResponse{Properties: state}, err
}

func (p *Provider) create(
	ctx context.Context, urn resource.URN, object fields, manager string,
) (dynamic.ResourceInterface, *unstructured.Unstructured, error) {
	delay := time.Second
	for attempt := 1; ; attempt++ {
		client, live, err := p.tryCreate(ctx, object, manager)
		if err == nil || attempt == createAttempts || !apierrors.IsNotFound(err) && !meta.IsNoMatchError(err) {
			return client, live, err
		}
		p.logStatus(ctx, urn, fmt.Sprintf("attempt %d to create failed, trying again: %s", attempt, err))
		p.cluster.mapper.Reset()
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-p.lifetime.Done():
			return nil, nil, errors.New("cancelled")
		case <-time.After(delay):
			delay *= 2
		}
	}
}

func (p *Provider) tryCreate(
	ctx context.Context, object fields, manager string,
) (dynamic.ResourceInterface, *unstructured.Unstructured, error) {
	client, err := p.cluster.client(object)
	if err != nil {
		return nil, nil, err
	}
	if p.settings.upsert {
		live, err := p.apply(ctx, client, object, manager, p.forces(object), false)
		return client, live, err
	}
	live, err := client.Create(ctx, asObject(object), metav1.CreateOptions{FieldManager: creator})
	if apierrors.IsAlreadyExists(err) {
		err = fmt.Errorf("%w: import it, or set upsertExistingObjects on the provider to take it over", err)
	}
	return client, live, err
}

// forces says whether fields that someone else manages are to be taken over.
func (p *Provider) forces(object fields) bool {
	return p.settings.forcePatches || annotation(object, patchForceAnnotation) == "true"
}

// apply is a server-side apply of everything that the program says of an object.
func (p *Provider) apply(
	ctx context.Context, client dynamic.ResourceInterface, object fields, manager string, force, preview bool,
) (*unstructured.Unstructured, error) {
	encoded, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	options := metav1.PatchOptions{FieldManager: manager, Force: &force}
	if preview {
		options.DryRun = []string{metav1.DryRunAll}
	}
	live, err := client.Patch(ctx, metadataText(object, "name"), types.ApplyPatchType, encoded, options)
	if apierrors.IsConflict(err) {
		err = fmt.Errorf("%w (the annotation %s: \"true\" takes the fields over)", err, patchForceAnnotation)
	}
	return live, err
}

// settle waits until an object is ready, until the time-out, or until the engine cancels.
func (p *Provider) settle(
	ctx context.Context, urn resource.URN, client dynamic.ResourceInterface, live *unstructured.Unstructured,
	timeout time.Duration,
) (*unstructured.Unstructured, error) {
	waiting, done := context.WithTimeout(ctx, timeout)
	defer done()
	defer context.AfterFunc(p.lifetime, done)()
	return p.cluster.awaitReady(waiting, client, live, func(line string) { p.logStatus(ctx, urn, line) })
}
