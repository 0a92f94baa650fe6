package kubernetes

import (
	"context"

	"kovhernetes.dev/lab/engine/standins/internal/properties"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Delete removes an object and waits until it is gone.
func (p *Provider) Delete(ctx context.Context, request *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	p.mutex.RLock()
	defer p.mutex.RUnlock()
	return &emptypb.Empty{}, p.remove(ctx, request)
}

// remove deletes an object; that it is gone already, or its kind is, is as good.
func (p *Provider) remove(ctx context.Context, request *pulumirpc.DeleteRequest) error {
	urn := resource.URN(request.GetUrn())
	if p.cluster == nil {
		p.log(ctx, pulumirpc.LogSeverity_WARNING, urn, "the cluster is unreachable: "+p.unreachable)
		if p.settings.deleteUnreachable {
			return nil
		}
		return p.unreachableError()
	}
	state, err := properties.FromWire(request.GetProperties())
	if err != nil {
		return err
	}
	client, name, err := p.clientOf(urn, request.GetId(), state)
	if meta.IsNoMatchError(err) {
		return nil
	}
	if err != nil {
		return err
	}
	live, inputs := liveAndInputs(state)
	policy := metav1.DeletionPropagation(annotation(inputs, propagationAnnotation))
	if policy == "" {
		policy = metav1.DeletePropagationForeground
	}
	err = client.Delete(ctx, name, metav1.DeleteOptions{PropagationPolicy: &policy})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	waiting, done := context.WithTimeout(ctx, timeoutOf(request.GetTimeout(), inputs))
	defer done()
	defer context.AfterFunc(p.lifetime, done)()
	return awaitGone(waiting, client, name, metadataText(live, "uid"), func(line string) { p.logStatus(ctx, urn, line) })
}
