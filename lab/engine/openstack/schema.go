package main

import (
	"encoding/json"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	pschema "github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// schemaBuilder gathers the nested object types while it walks the Terraform provider's schema. The bridge's own
// generator does the same and adds documentation, but needs modules that cannot be had.
type schemaBuilder struct {
	types map[string]pschema.ComplexTypeSpec
}

// packageSchema gives the Pulumi schema of the bridged provider: names, types, required properties and secrets, with
// the names that the bridge uses at run time.
func packageSchema(provider tfbridge.ProviderInfo) ([]byte, error) {
	builder := schemaBuilder{types: map[string]pschema.ComplexTypeSpec{}}
	pkg := pschema.PackageSpec{
		Name:      provider.Name,
		Version:   provider.Version,
		Meta:      &pschema.MetadataSpec{ModuleFormat: "(.*)(?:/[^/]*)"},
		Types:     builder.types,
		Resources: map[string]pschema.ResourceSpec{},
		Functions: map[string]pschema.FunctionSpec{},
	}
	variables, _ := builder.properties("index/Provider", provider.P.Schema(), provider.Config, isInput)
	pkg.Config = pschema.ConfigSpec{Variables: variables}
	pkg.Provider = &pschema.ResourceSpec{InputProperties: variables}
	for name, info := range provider.Resources {
		fields, owner := provider.P.ResourcesMap().Get(name).Schema(), ownerOf(tokens.ModuleMember(info.Tok))
		inputs, requiredInputs := builder.properties(owner, fields, info.Fields, isInput)
		outputs, required := builder.properties(owner, fields, info.Fields, isOutput)
		// A resource's identifier is the engine's, not a property.
		delete(inputs, "id")
		delete(outputs, "id")
		pkg.Resources[string(info.Tok)] = pschema.ResourceSpec{
			ObjectTypeSpec:  pschema.ObjectTypeSpec{Type: "object", Properties: outputs, Required: required},
			InputProperties: inputs,
			RequiredInputs:  requiredInputs,
		}
	}
	for name, info := range provider.DataSources {
		fields, owner := provider.P.DataSourcesMap().Get(name).Schema(), ownerOf(info.Tok)
		inputs, requiredInputs := builder.properties(owner, fields, info.Fields, isInput)
		outputs, required := builder.properties(owner, fields, info.Fields, isOutput)
		outputs["id"] = pschema.PropertySpec{TypeSpec: pschema.TypeSpec{Type: "string"}}
		pkg.Functions[string(info.Tok)] = pschema.FunctionSpec{
			Inputs:  &pschema.ObjectTypeSpec{Type: "object", Properties: inputs, Required: requiredInputs},
			Outputs: &pschema.ObjectTypeSpec{Type: "object", Properties: outputs, Required: required},
		}
	}
	return json.Marshal(pkg)
}

func isInput(field shim.Schema) bool { return field.Optional() || field.Required() }

func isOutput(shim.Schema) bool { return true }

func ownerOf(token tokens.ModuleMember) string {
	module, _, _ := strings.Cut(string(token.Module().Name()), "/")
	return module + "/" + string(token.Name())
}

// properties describes the fields that `include` accepts, by their Pulumi names, and names the required ones.
func (b schemaBuilder) properties(
	owner string, fields shim.SchemaMap, infos map[string]*tfbridge.SchemaInfo, include func(shim.Schema) bool,
) (map[string]pschema.PropertySpec, []string) {
	properties, required := map[string]pschema.PropertySpec{}, []string{}
	fields.Range(func(key string, field shim.Schema) bool {
		if !include(field) || field.Removed() != "" {
			return true
		}
		name := tfbridge.TerraformToPulumiNameV2(key, fields, infos)
		spec := pschema.PropertySpec{
			TypeSpec: b.propertyType(owner+strings.ToUpper(name[:1])+name[1:], field, infos[key]),
			Secret:   field.Sensitive(),
		}
		if info := infos[key]; info != nil && info.Default != nil && len(info.Default.EnvVars) > 0 {
			spec.DefaultInfo = &pschema.DefaultSpec{Environment: info.Default.EnvVars}
		}
		properties[name] = spec
		// What has a default, such as an automatic name, need not be given.
		if field.Required() && (infos[key] == nil || infos[key].Default == nil) {
			required = append(required, name)
		}
		return true
	})
	return properties, required
}

func (b schemaBuilder) propertyType(owner string, field shim.Schema, info *tfbridge.SchemaInfo) pschema.TypeSpec {
	switch field.Type() {
	case shim.TypeBool:
		return pschema.TypeSpec{Type: "boolean"}
	case shim.TypeInt:
		return pschema.TypeSpec{Type: "integer"}
	case shim.TypeFloat:
		return pschema.TypeSpec{Type: "number"}
	case shim.TypeList, shim.TypeSet:
		element := b.elementType(owner, field, info)
		if tfbridge.IsMaxItemsOne(field, info) {
			return element
		}
		return pschema.TypeSpec{Type: "array", Items: &element}
	case shim.TypeMap:
		element := b.elementType(owner, field, info)
		return pschema.TypeSpec{Type: "object", AdditionalProperties: &element}
	default:
		return pschema.TypeSpec{Type: "string"}
	}
}

func (b schemaBuilder) elementType(owner string, field shim.Schema, info *tfbridge.SchemaInfo) pschema.TypeSpec {
	var nested *tfbridge.SchemaInfo
	if info != nil {
		nested = info.Elem
	}
	switch element := field.Elem().(type) {
	case shim.Schema:
		return b.propertyType(owner, element, nested)
	case shim.Resource:
		var infos map[string]*tfbridge.SchemaInfo
		if nested != nil {
			infos = nested.Fields
		}
		token := "openstack:" + owner + ":" + owner[strings.LastIndex(owner, "/")+1:]
		properties, required := b.properties(owner, element.Schema(), infos, isOutput)
		b.types[token] = pschema.ComplexTypeSpec{
			ObjectTypeSpec: pschema.ObjectTypeSpec{Type: "object", Properties: properties, Required: required},
		}
		return pschema.TypeSpec{Ref: "#/types/" + token}
	default:
		return pschema.TypeSpec{Ref: "pulumi.json#/Any"}
	}
}
