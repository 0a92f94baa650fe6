// Package tls makes keys, certificate requests and certificates for the Pulumi engine, with the tokens, property names
// and life cycle of the official tls plugin: every change of an input replaces the resource, save earlyRenewalHours.
package tls

import (
	"context"
	"errors"
	"fmt"

	"kovhernetes.dev/lab/engine/standins/internal/properties"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// Provider is the gRPC service of the plugin.
type Provider struct {
	pulumirpc.UnimplementedResourceProviderServer
	// Version is the plugin's version.
	Version string
}

// GetPluginInfo tells the version.
func (p Provider) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: p.Version}, nil
}

// GetSchema describes the resources.
func (p Provider) GetSchema(
	context.Context, *pulumirpc.GetSchemaRequest,
) (*pulumirpc.GetSchemaResponse, error) {
	schema, err := packageSchema(p.Version)
	return &pulumirpc.GetSchemaResponse{Schema: string(schema)}, err
}

// CheckConfig accepts any configuration: none concerns what this plugin does.
func (Provider) CheckConfig(_ context.Context, request *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: request.GetNews()}, nil
}

// DiffConfig never asks for replacements.
func (Provider) DiffConfig(context.Context, *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
}

// Configure says what the plugin supports.
func (Provider) Configure(context.Context, *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	return &pulumirpc.ConfigureResponse{AcceptSecrets: true, SupportsPreview: true, AcceptResources: true}, nil
}

// Check validates inputs.
func (Provider) Check(_ context.Context, request *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	defined, err := definitionOf(request.GetUrn())
	if err != nil {
		return nil, err
	}
	news, err := properties.FromWire(request.GetNews())
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CheckResponse{Inputs: request.GetNews(), Failures: defined.check(news)}, nil
}

// Diff compares state and inputs.
func (Provider) Diff(_ context.Context, request *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	defined, state, news, err := bags(request.GetUrn(), request.GetOlds(), request.GetNews())
	if err != nil {
		return nil, err
	}
	return defined.diff(state, news), nil
}

// Create makes a resource; in a preview what it would make is unknown.
func (Provider) Create(_ context.Context, request *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	defined, _, news, err := bags(request.GetUrn(), nil, request.GetProperties())
	if err != nil {
		return nil, err
	}
	complete := defined.complete(news)
	id, computed := "", defined.unknowns(complete)
	if !request.GetPreview() {
		if id, computed, err = defined.create(inputs(properties.PlainMap(complete))); err != nil {
			return nil, err
		}
	}
	state, err := properties.ToWire(defined.state(complete, computed))
	return &pulumirpc.CreateResponse{Id: id, Properties: state}, err
}

// Read refreshes: what was made does not change, but a certificate may have become due for renewal.
func (Provider) Read(_ context.Context, request *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	defined, state, _, err := bags(request.GetUrn(), request.GetProperties(), nil)
	if err != nil {
		return nil, err
	}
	if len(state) == 0 {
		return nil, errors.New("resources of the tls package exist in the state only and cannot be imported")
	}
	if _, renewable := defined.properties[renewal]; renewable && due(properties.PlainMap(state), properties.PlainMap(state)) {
		state[renewal] = resource.NewProperty(true)
	}
	refreshed, err := properties.ToWire(state)
	return &pulumirpc.ReadResponse{Id: request.GetId(), Properties: refreshed, Inputs: request.GetInputs()}, err
}

// Update keeps what was made and takes over the inputs that may change.
func (Provider) Update(_ context.Context, request *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	defined, state, news, err := bags(request.GetUrn(), request.GetOlds(), request.GetNews())
	if err != nil {
		return nil, err
	}
	kept := resource.PropertyMap{}
	for name, described := range defined.properties {
		if described.computed || described.fixed {
			kept[name] = state[name]
		}
	}
	updated, err := properties.ToWire(defined.state(defined.complete(news), kept))
	return &pulumirpc.UpdateResponse{Properties: updated}, err
}

// Delete has nothing to do: the state was all there was.
func (Provider) Delete(context.Context, *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Cancel has nothing to interrupt.
func (Provider) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func definitionOf(urn string) (definition, error) {
	token := string(resource.URN(urn).Type())
	defined, ok := definitions[token]
	if !ok {
		return defined, fmt.Errorf("this stand-in for the tls plugin has no resource %s", token)
	}
	return defined, nil
}

func bags(urn string, olds, news *structpb.Struct) (definition, resource.PropertyMap, resource.PropertyMap, error) {
	defined, err := definitionOf(urn)
	if err != nil {
		return defined, nil, nil, err
	}
	state, err := properties.FromWire(olds)
	if err != nil {
		return defined, nil, nil, err
	}
	given, err := properties.FromWire(news)
	return defined, state, given, err
}

// unknowns gives the computed properties of a resource that is not made yet.
func (d definition) unknowns(complete resource.PropertyMap) resource.PropertyMap {
	unknown := resource.PropertyMap{}
	for name, described := range d.properties {
		if described.computed || described.fixed && !given(complete[name]) {
			unknown[name] = resource.MakeComputed(resource.NewProperty(""))
		}
	}
	if _, renewable := d.properties[renewal]; renewable {
		unknown[renewal] = resource.NewProperty(false)
	}
	return unknown
}

// state gives the properties to keep: inputs but for write-only ones, computed ones, secrets marked.
func (d definition) state(complete, computed resource.PropertyMap) resource.PropertyMap {
	state := resource.PropertyMap{}
	for _, part := range []resource.PropertyMap{complete, computed} {
		for name, value := range part {
			described := d.properties[name]
			switch {
			case described.writeOnly || !given(value):
			case described.secret && !value.IsSecret():
				state[name] = resource.MakeSecret(value)
			default:
				state[name] = value
			}
		}
	}
	return state
}
