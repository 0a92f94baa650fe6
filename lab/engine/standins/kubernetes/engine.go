package kubernetes

import (
	"context"

	"kovhernetes.dev/lab/engine/standins/internal/properties"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// fieldManager gives the name under which the API server notes which fields are the program's: the state's, else new.
func (p *Provider) fieldManager(state resource.PropertyMap) (string, error) {
	if kept := state[fieldManagerKey]; kept.IsString() {
		return kept.StringValue(), nil
	}
	return resource.NewUniqueName(nil, creator+"-", 0, 0, nil)
}

// initializationError tells the engine that an object exists, and is to be kept in the state, but is not ready.
func initializationError(
	state resource.PropertyMap, live *unstructured.Unstructured, reason error, inputs *structpb.Struct,
) error {
	kept, err := properties.ToWire(state)
	if err != nil {
		return err
	}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, reason.Error()), &pulumirpc.ErrorResourceInitFailed{
		Id: identifier(live.Object), Properties: kept, Reasons: []string{reason.Error()}, Inputs: inputs,
	})
}

// log shows a message beside a resource for good; logStatus only until the next one.
func (p *Provider) log(ctx context.Context, severity pulumirpc.LogSeverity, urn resource.URN, message string) {
	p.send(ctx, &pulumirpc.LogRequest{Severity: severity, Message: message, Urn: string(urn)})
}

func (p *Provider) logStatus(ctx context.Context, urn resource.URN, message string) {
	p.send(ctx, &pulumirpc.LogRequest{
		Severity: pulumirpc.LogSeverity_INFO, Message: message, Urn: string(urn), Ephemeral: true,
	})
}

// send loses a message that the engine does not take: it is not worth failing for.
func (p *Provider) send(ctx context.Context, request *pulumirpc.LogRequest) {
	if p.engine != nil {
		_, _ = p.engine.Log(ctx, request)
	}
}
