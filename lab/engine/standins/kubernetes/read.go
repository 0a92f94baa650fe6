package kubernetes

import (
	"context"
	"errors"
	"fmt"

	"kovhernetes.dev/lab/engine/standins/internal/properties"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// serverFields are what the API server adds to an object's metadata; they are no inputs.
var serverFields = []string{"creationTimestamp", "generation", "managedFields", "resourceVersion", "uid", "selfLink"}

// Read gives the live object. Without earlier inputs (an import, or `get`) the whole object counts as the inputs.
func (p *Provider) Read(ctx context.Context, request *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	p.mutex.RLock()
	defer p.mutex.RUnlock()
	urn := resource.URN(request.GetUrn())
	if p.cluster == nil {
		return p.readUnreachable(ctx, urn, request)
	}
	state, err := properties.FromWire(request.GetProperties())
	if err != nil {
		return nil, err
	}
	inputs, err := properties.FromWire(request.GetInputs())
	if err != nil {
		return nil, err
	}
	client, name, err := p.clientOf(urn, request.GetId(), state)
	if meta.IsNoMatchError(err) {
		return &pulumirpc.ReadResponse{}, nil // its definition is gone, and so is the object
	}
	if err != nil {
		return nil, err
	}
	live, err := client.Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return &pulumirpc.ReadResponse{}, nil
	}
	if err != nil {
		return nil, err
	}
	manager, err := p.fieldManager(state)
	if err != nil {
		return nil, err
	}
	refreshed := toProperties(liveInputs(live.Object, toFields(inputs)))
	markSecrets(refreshed, inputs)
	wireState, err := properties.ToWire(stateOf(live.Object, refreshed, manager))
	if err != nil {
		return nil, err
	}
	wireInputs, err := properties.ToWire(refreshed)
	return &pulumirpc.ReadResponse{Id: identifier(live.Object), Properties: wireState, Inputs: wireInputs}, err
}

func (p *Provider) readUnreachable(
	ctx context.Context, urn resource.URN, request *pulumirpc.ReadRequest,
) (*pulumirpc.ReadResponse, error) {
	switch {
	case p.settings.deleteUnreachable:
		p.log(ctx, pulumirpc.LogSeverity_INFO, urn, "the cluster is unreachable: forgotten, as deleteUnreachable asks")
		return &pulumirpc.ReadResponse{}, nil
	case p.settings.skipUpdateUnreachable:
		p.log(ctx, pulumirpc.LogSeverity_WARNING, urn, "the cluster is unreachable: skipped, as skipUpdateUnreachable asks")
		return &pulumirpc.ReadResponse{
			Id: request.GetId(), Properties: request.GetProperties(), Inputs: request.GetInputs(),
		}, nil
	default:
		return nil, p.unreachableError()
	}
}

// liveInputs gives what a live object says on the subjects that the inputs speak of.
func liveInputs(live, inputs fields) fields {
	encodeStrings(inputs)
	if len(inputs) > 0 {
		pruned, _ := prune(toFields(toProperties(live)), inputs).(fields)
		return pruned
	}
	whole := asObject(live).DeepCopy()
	unstructured.RemoveNestedField(whole.Object, "status")
	for _, field := range serverFields {
		unstructured.RemoveNestedField(whole.Object, "metadata", field)
	}
	return whole.Object
}

// clientOf gives the interface to an existing object's kind and namespace, and the object's name.
func (p *Provider) clientOf(
	urn resource.URN, id string, state resource.PropertyMap,
) (dynamic.ResourceInterface, string, error) {
	namespace, name := splitIdentifier(id)
	if name == "" {
		return nil, "", fmt.Errorf("malformed resource identifier %q", id)
	}
	live, _ := liveAndInputs(state)
	kind := asObject(live).GroupVersionKind()
	if kind.Empty() {
		var err error
		if kind, err = kindOfToken(string(urn.Type())); err != nil {
			return nil, "", err
		}
	}
	client, err := p.cluster.client(objectOf(kind, namespace))
	return client, name, err
}

func objectOf(kind schema.GroupVersionKind, namespace string) fields {
	object := fields{"metadata": fields{"namespace": namespace}}
	asObject(object).SetGroupVersionKind(kind)
	return object
}

func (p *Provider) unreachableError() error {
	return errors.New("configured Kubernetes cluster is unreachable: " + p.unreachable +
		"; if the cluster is gone, rerun with PULUMI_K8S_DELETE_UNREACHABLE=true to forget what was in it")
}
