package kubernetes

import (
	"context"
	"fmt"

	"kovhernetes.dev/lab/engine/standins/internal/properties"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/util/csaupgrade"
)

// Update applies changed inputs and waits until the object is ready. A preview asks the API server to try.
func (p *Provider) Update(ctx context.Context, request *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	p.mutex.RLock()
	defer p.mutex.RUnlock()
	urn := resource.URN(request.GetUrn())
	olds, err := properties.FromWire(request.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := properties.FromWire(request.GetNews())
	if err != nil {
		return nil, err
	}
	object := toFields(news)
	asGiven := &pulumirpc.UpdateResponse{Properties: request.GetNews()}
	if request.GetPreview() && (p.cluster == nil || hasUnknowns(object)) {
		return asGiven, nil
	}
	if p.cluster == nil {
		return nil, p.unreachableError()
	}
	manager, err := p.fieldManager(olds)
	if err != nil {
		return nil, err
	}
	client, err := p.cluster.client(object)
	if err != nil && request.GetPreview() {
		return asGiven, nil
	}
	if err != nil {
		return nil, err
	}
	live, err := p.update(ctx, client, object, manager, request.GetPreview())
	if err != nil {
		return nil, fmt.Errorf("resource %q was not successfully updated by the Kubernetes API server: %w", urn, err)
	}
	if !request.GetPreview() {
		live, err = p.settle(ctx, urn, client, live, timeoutOf(request.GetTimeout(), object))
		if err != nil {
			err = fmt.Errorf("resource %q was updated but did not become ready: %w", urn, err)
			return nil, initializationError(stateOf(live.Object, news, manager), live, err, request.GetNews())
		}
	}
	state, err := properties.ToWire(stateOf(live.Object, news, manager))
	return &pulumirpc.UpdateResponse{Properties: state}, err
}

// earlierManagers are the field managers whose fields an update takes over: that of this plugin's creations, and those
// of objects that were made by hand before they were imported.
var earlierManagers = sets.New(creator, "kubectl", "before-first-apply")

// update hands the fields of earlier managers over to the applying one (else a field that the program drops would
// stay), then applies. A preview changes no managers; it forces instead where they would be changed.
func (p *Provider) update(
	ctx context.Context, client dynamic.ResourceInterface, object fields, manager string, preview bool,
) (*unstructured.Unstructured, error) {
	live, err := client.Get(ctx, metadataText(object, "name"), metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	patch, err := csaupgrade.UpgradeManagedFieldsPatch(live, earlierManagers, manager)
	if err != nil {
		return nil, err
	}
	if patch != nil && !preview {
		_, err := client.Patch(ctx, live.GetName(), types.JSONPatchType, patch, metav1.PatchOptions{})
		if err != nil {
			return nil, err
		}
	}
	return p.apply(ctx, client, object, manager, p.forces(object) || preview && patch != nil, preview)
}
