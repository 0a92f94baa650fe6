// Package kubernetes manages objects of a Kubernetes cluster for the Pulumi engine, with the life cycle of the official
// kubernetes plugin in its server-side apply mode: what the program says of an object is the plugin's, the rest is the
// cluster's.
package kubernetes

import (
	"context"
	"sync"

	"kovhernetes.dev/lab/engine/standins/internal/properties"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Provider is the gRPC service of the plugin.
type Provider struct {
	pulumirpc.UnimplementedResourceProviderServer

	version string
	engine  pulumirpc.EngineClient

	// lifetime ends when the engine cancels; what waits for the cluster then stops.
	lifetime context.Context
	cancel   context.CancelFunc

	mutex       sync.RWMutex
	settings    settings
	namespace   string
	cluster     *cluster // nil when it cannot be reached
	unreachable string   // why
}

// NewProvider makes the service. Without an engine (nil) messages are lost.
func NewProvider(version string, engine pulumirpc.EngineClient) *Provider {
	lifetime, cancel := context.WithCancel(context.Background())
	return &Provider{
		version: version, engine: engine, lifetime: lifetime, cancel: cancel, unreachable: "not configured",
	}
}

// GetPluginInfo tells the version.
func (p *Provider) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: p.version}, nil
}

// GetSchema describes the provider's settings; objects are described by the cluster, not here.
func (p *Provider) GetSchema(
	context.Context, *pulumirpc.GetSchemaRequest,
) (*pulumirpc.GetSchemaResponse, error) {
	schema, err := packageSchema(p.version)
	return &pulumirpc.GetSchemaResponse{Schema: string(schema)}, err
}

// CheckConfig accepts what parseSettings accepts.
func (p *Provider) CheckConfig(
	_ context.Context, request *pulumirpc.CheckRequest,
) (*pulumirpc.CheckResponse, error) {
	response := &pulumirpc.CheckResponse{Inputs: request.GetNews()}
	config, err := properties.FromWire(request.GetNews())
	if err != nil {
		return nil, err
	}
	if _, err := parseSettings(properties.PlainMap(config)); err != nil {
		response.Failures = []*pulumirpc.CheckFailure{{Reason: err.Error()}}
	}
	return response, nil
}

// DiffConfig says whether changed settings mean another cluster.
func (p *Provider) DiffConfig(
	_ context.Context, request *pulumirpc.DiffRequest,
) (*pulumirpc.DiffResponse, error) {
	olds, err := properties.FromWire(request.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := properties.FromWire(request.GetNews())
	if err != nil {
		return nil, err
	}
	return diffConfig(properties.PlainMap(olds), properties.PlainMap(news))
}

// Configure connects to the cluster. That it cannot be reached is no error yet: a preview, or a destroy with
// deleteUnreachable, can do without.
func (p *Provider) Configure(
	_ context.Context, request *pulumirpc.ConfigureRequest,
) (*pulumirpc.ConfigureResponse, error) {
	args, err := properties.FromWire(request.GetArgs())
	if err != nil {
		return nil, err
	}
	config := properties.PlainMap(args)
	parsed, err := parseSettings(config)
	if err != nil {
		return nil, err
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.settings, p.namespace = parsed, parsed.namespace
	connection, namespace, err := clientConfig(config)
	if err == nil {
		p.namespace = namespace
		p.cluster, err = connect(connection)
	}
	if err != nil {
		p.cluster, p.unreachable = nil, err.Error()
	}
	return &pulumirpc.ConfigureResponse{
		AcceptSecrets: true, SupportsPreview: true, SupportsAutonamingConfiguration: true,
	}, nil
}

// Cancel stops waiting.
func (p *Provider) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	p.cancel()
	return &emptypb.Empty{}, nil
}

// Check names objects and puts them into the default namespace.
func (p *Provider) Check(ctx context.Context, request *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	p.mutex.RLock()
	defer p.mutex.RUnlock()
	urn := resource.URN(request.GetUrn())
	if err := unsupported(string(urn.Type())); err != nil {
		return nil, err
	}
	if p.cluster == nil && p.settings.skipUpdateUnreachable {
		p.log(ctx, pulumirpc.LogSeverity_WARNING, urn, "the cluster is unreachable: skipped, as skipUpdateUnreachable asks")
		return &pulumirpc.CheckResponse{Inputs: request.GetOlds()}, nil
	}
	news, err := properties.FromWire(request.GetNews())
	if err != nil {
		return nil, err
	}
	olds, err := properties.FromWire(request.GetOlds())
	if err != nil {
		return nil, err
	}
	object := toFields(news)
	encodeStrings(object)
	if err := autoname(object, toFields(olds), request); err != nil {
		return nil, err
	}
	kind, err := kindOfToken(string(urn.Type()))
	if err != nil {
		return nil, err
	}
	if p.namespace != "" && metadata(object)["namespace"] == nil && p.cluster.isNamespaced(kind) {
		metadata(object)["namespace"] = p.namespace
	}
	checked := toProperties(object)
	markSecrets(checked, news)
	inputs, err := properties.ToWire(checked)
	return &pulumirpc.CheckResponse{Inputs: inputs}, err
}

// Diff compares what the engine knows of the live object with the new inputs.
func (p *Provider) Diff(_ context.Context, request *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	p.mutex.RLock()
	defer p.mutex.RUnlock()
	state, err := properties.FromWire(request.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := properties.FromWire(request.GetNews())
	if err != nil {
		return nil, err
	}
	live, earlier := liveAndInputs(state)
	planned := toFields(news)
	kind := asObject(planned).GroupVersionKind()
	for _, object := range []fields{live, earlier, planned} {
		encodeStrings(object)
		p.settleNamespace(object, kind)
	}
	forceNew := p.settings.forceNew(kind.Group, kind.Kind, planned)
	return diffObjects(live, earlier, planned, forceNew, request.GetIgnoreChanges()), nil
}

// settleNamespace says explicitly where an object lives, so that two ways to say it do not differ.
func (p *Provider) settleNamespace(object fields, kind schema.GroupVersionKind) {
	switch {
	case !p.cluster.isNamespaced(kind):
		delete(metadata(object), "namespace")
	case metadata(object)["namespace"] == nil:
		metadata(object)["namespace"] = "default"
	}
}
