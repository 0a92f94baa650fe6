package tls

import (
	"encoding/json"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// property describes one property of a resource. Zero values say: optional input, kept in the state, its change
// replaces the resource.
type property struct {
	// kind is the schema's type: string, integer, boolean, strings (an array) or subject.
	kind     string
	required bool
	// preset is the value of an input that is not given; nil for none.
	preset any
	// computed properties are set by the provider alone.
	computed bool
	secret   bool
	// inPlace marks an input whose change updates the resource.
	inPlace bool
	// writeOnly inputs are used at creation and never kept; a version property tells of their change.
	writeOnly bool
	// fixed inputs keep the state's value when they are not given.
	fixed bool
	// allowed lists the accepted strings; empty for all.
	allowed []string
	// minimum is the least accepted integer, for integers.
	minimum float64
}

type propertyTable map[resource.PropertyKey]property

func (p propertyTable) with(more propertyTable) propertyTable {
	all := propertyTable{}
	for _, part := range []propertyTable{p, more} {
		for name, described := range part {
			all[name] = described
		}
	}
	return all
}

// definition is one resource type.
type definition struct {
	properties propertyTable
	// exactlyOne names two inputs of which one must be given; empty for none.
	exactlyOne []resource.PropertyKey
	// create makes the identifier and the computed properties from plain, complete inputs.
	create func(inputs inputs) (id string, outputs resource.PropertyMap, err error)
}

var subjectFields = propertyTable{
	"commonName": {kind: "string"}, "country": {kind: "string"}, "emailAddress": {kind: "string"},
	"locality": {kind: "string"}, "organization": {kind: "string"}, "organizationalUnit": {kind: "string"},
	"postalCode": {kind: "string"}, "province": {kind: "string"}, "serialNumber": {kind: "string"},
	"streetAddresses": {kind: "strings"},
}

var names = propertyTable{
	"subject": {kind: "subject"}, "dnsNames": {kind: "strings"}, "ipAddresses": {kind: "strings"},
	"uris": {kind: "strings"},
}

var ownKey = propertyTable{
	"privateKeyPem":          {kind: "string", secret: true},
	"privateKeyPemWo":        {kind: "string", secret: true, writeOnly: true},
	"privateKeyPemWoVersion": {kind: "integer"},
	"keyAlgorithm":           {kind: "string", computed: true},
}

var certificate = propertyTable{
	"allowedUses":         {kind: "strings", required: true, allowed: allUses()},
	"validityPeriodHours": {kind: "integer", required: true},
	"earlyRenewalHours":   {kind: "integer", preset: 0.0, inPlace: true},
	"isCaCertificate":     {kind: "boolean", preset: false},
	"maxPathLength":       {kind: "integer", fixed: true, minimum: -1},
	"setSubjectKeyId":     {kind: "boolean", preset: false},
	"certPem":             {kind: "string", computed: true},
	"readyForRenewal":     {kind: "boolean", computed: true},
	"validityStartTime":   {kind: "string", computed: true},
	"validityEndTime":     {kind: "string", computed: true},
}

// definitions are the resource types by token, with the names of @pulumi/tls.
var definitions = map[string]definition{
	"tls:index/privateKey:PrivateKey": {
		properties: propertyTable{
			"algorithm":                  {kind: "string", required: true, allowed: algorithms},
			"ecdsaCurve":                 {kind: "string", preset: "P224", allowed: curveNames()},
			"rsaBits":                    {kind: "integer", preset: 2048.0},
			"privateKeyPem":              {kind: "string", computed: true, secret: true},
			"privateKeyPemPkcs8":         {kind: "string", computed: true, secret: true},
			"privateKeyOpenssh":          {kind: "string", computed: true, secret: true},
			"publicKeyPem":               {kind: "string", computed: true},
			"publicKeyOpenssh":           {kind: "string", computed: true},
			"publicKeyFingerprintMd5":    {kind: "string", computed: true},
			"publicKeyFingerprintSha256": {kind: "string", computed: true},
		},
		create: createPrivateKey,
	},
	"tls:index/certRequest:CertRequest": {
		properties: names.with(ownKey).with(propertyTable{"certRequestPem": {kind: "string", computed: true}}),
		exactlyOne: []resource.PropertyKey{"privateKeyPem", "privateKeyPemWo"},
		create:     createRequest,
	},
	"tls:index/selfSignedCert:SelfSignedCert": {
		properties: certificate.with(names).with(ownKey).with(propertyTable{
			"setAuthorityKeyId": {kind: "boolean", preset: false},
		}),
		exactlyOne: []resource.PropertyKey{"privateKeyPem", "privateKeyPemWo"},
		create:     createSelfSigned,
	},
	"tls:index/locallySignedCert:LocallySignedCert": {
		properties: certificate.with(propertyTable{
			"caCertPem":                {kind: "string", required: true},
			"certRequestPem":           {kind: "string", required: true},
			"caPrivateKeyPem":          {kind: "string", secret: true},
			"caPrivateKeyPemWo":        {kind: "string", secret: true, writeOnly: true},
			"caPrivateKeyPemWoVersion": {kind: "integer"},
			"caKeyAlgorithm":           {kind: "string", computed: true},
		}),
		exactlyOne: []resource.PropertyKey{"caPrivateKeyPem", "caPrivateKeyPemWo"},
		create:     createLocallySigned,
	},
}

// packageSchema describes the resources in the engine's schema language.
func packageSchema(version string) ([]byte, error) {
	types, resources := map[string]any{}, map[string]any{}
	for token, defined := range definitions {
		inputs, outputs, required := map[string]any{}, map[string]any{}, []string{}
		for name, described := range defined.properties {
			outputs[string(name)] = described.spec(token)
			if described.computed {
				continue
			}
			inputs[string(name)] = described.spec(token)
			if described.required {
				required = append(required, string(name))
			}
		}
		resources[token] = map[string]any{
			"type": "object", "properties": outputs, "inputProperties": inputs, "requiredInputs": required,
		}
		if _, ok := defined.properties["subject"]; ok {
			fields := map[string]any{}
			for name, described := range subjectFields {
				fields[string(name)] = described.spec(token)
			}
			types[subjectToken(token)] = map[string]any{"type": "object", "properties": fields}
		}
	}
	return json.Marshal(map[string]any{
		"name": "tls", "version": version, "types": types, "resources": resources,
		"meta": map[string]any{"moduleFormat": "(.*)(?:/[^/]*)"},
	})
}

func (p property) spec(token string) map[string]any {
	switch p.kind {
	case "strings":
		return map[string]any{"type": "array", "items": map[string]any{"type": "string"}}
	case "subject":
		return map[string]any{"$ref": "#/types/" + subjectToken(token)}
	default:
		return map[string]any{"type": p.kind, "secret": p.secret}
	}
}

// subjectToken is the token of the nested `subject` type of a resource.
func subjectToken(token string) string {
	return token + "Subject"
}
