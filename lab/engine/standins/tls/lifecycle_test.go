package tls

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"kovhernetes.dev/lab/engine/standins/internal/properties"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// inputsOf gives the inputs that lead to a state.
func inputsOf(token string, state resource.PropertyMap) resource.PropertyMap {
	news := resource.PropertyMap{}
	for name, described := range definitions[token].properties {
		if !described.computed && given(state[name]) {
			news[name] = state[name]
		}
	}
	return news
}

func diff(token string, state resource.PropertyMap, changed map[string]any) *pulumirpc.DiffResponse {
	news := inputsOf(token, state)
	for name, value := range bag(changed) {
		news[name] = value
	}
	return definitions[token].diff(state, news)
}

func TestEveryInputReplacesButEarlyRenewal(t *testing.T) {
	key, authority := newAuthority(t, map[string]any{"algorithm": "ECDSA", "ecdsaCurve": "P256"})
	leaf := newLeaf(t, key, authority, nil)
	if found := diff(localToken, leaf, nil); found.GetChanges() != pulumirpc.DiffResponse_DIFF_NONE {
		t.Errorf("unchanged inputs differ: %v", found.GetDetailedDiff())
	}
	if found := diff(localToken, leaf, map[string]any{"earlyRenewalHours": 1}); len(found.GetReplaces()) > 0 || len(found.GetDiffs()) != 1 {
		t.Errorf("earlyRenewalHours is not an update: %v", found)
	}
	for name, value := range map[string]any{
		"validityPeriodHours": 49, "allowedUses": []any{"client_auth"}, "setSubjectKeyId": true,
		"caCertPem": "other", "certRequestPem": resource.MakeComputed(resource.NewProperty("")), "maxPathLength": 3,
	} {
		if found := diff(localToken, leaf, map[string]any{name: value}); !slices.Equal(found.GetReplaces(), []string{name}) {
			t.Errorf("%s: replaces %v", name, found.GetReplaces())
		}
	}
	subject := map[string]any{"subject": map[string]any{"commonName": "another"}}
	if found := diff(selfToken, authority, subject); !slices.Equal(found.GetReplaces(), []string{"subject"}) {
		t.Errorf("subject: replaces %v", found.GetReplaces())
	}
	if found := diff(keyToken, key, map[string]any{"ecdsaCurve": "P384"}); !slices.Equal(found.GetReplaces(), []string{"ecdsaCurve"}) {
		t.Errorf("ecdsaCurve: replaces %v", found.GetReplaces())
	}
}

func TestRenewal(t *testing.T) {
	defer func() { now = time.Now }()
	key, authority := newAuthority(t, map[string]any{"algorithm": "ECDSA", "ecdsaCurve": "P256"})
	leaf := newLeaf(t, key, authority, map[string]any{"earlyRenewalHours": 12})
	for hours, expected := range map[int][]string{35: nil, 37: {"readyForRenewal"}, 49: {"readyForRenewal"}} {
		now = func() time.Time { return time.Now().Add(time.Duration(hours) * time.Hour) }
		if found := diff(localToken, leaf, nil); !slices.Equal(found.GetReplaces(), expected) {
			t.Errorf("after %d hours: replaces %v", hours, found.GetReplaces())
		}
		wire, err := properties.ToWire(leaf)
		if err != nil {
			t.Fatal(err)
		}
		read, err := Provider{}.Read(context.Background(), &pulumirpc.ReadRequest{Urn: urn(localToken), Id: "1", Properties: wire})
		if err != nil {
			t.Fatal(err)
		}
		if read.GetProperties().AsMap()["readyForRenewal"] != (expected != nil) {
			t.Errorf("after %d hours: refreshed to %v", hours, read.GetProperties().AsMap()["readyForRenewal"])
		}
	}
}

func TestUpdateKeepsTheCertificate(t *testing.T) {
	key, authority := newAuthority(t, map[string]any{"algorithm": "ECDSA", "ecdsaCurve": "P256"})
	leaf := newLeaf(t, key, authority, nil)
	news := inputsOf(localToken, leaf)
	news["earlyRenewalHours"] = resource.NewProperty(7.0)
	olds, err := properties.ToWire(leaf)
	if err != nil {
		t.Fatal(err)
	}
	wire, err := properties.ToWire(news)
	if err != nil {
		t.Fatal(err)
	}
	updated, err := Provider{}.Update(context.Background(), &pulumirpc.UpdateRequest{Urn: urn(localToken), Olds: olds, News: wire})
	if err != nil {
		t.Fatal(err)
	}
	state := updated.GetProperties().AsMap()
	if state["certPem"] != leaf["certPem"].StringValue() || state["earlyRenewalHours"] != 7.0 {
		t.Errorf("unexpected state: %v", state)
	}
}

func TestPreviewOfUnknowns(t *testing.T) {
	wire, err := properties.ToWire(resource.PropertyMap{
		"privateKeyPem":       resource.MakeSecret(resource.MakeComputed(resource.NewProperty(""))),
		"allowedUses":         resource.NewProperty([]resource.PropertyValue{}),
		"validityPeriodHours": resource.NewProperty(1.0),
	})
	if err != nil {
		t.Fatal(err)
	}
	checked, err := Provider{}.Check(context.Background(), &pulumirpc.CheckRequest{Urn: urn(selfToken), News: wire})
	if err != nil || len(checked.GetFailures()) > 0 {
		t.Fatalf("check: %v %v", checked.GetFailures(), err)
	}
	created, err := Provider{}.Create(context.Background(), &pulumirpc.CreateRequest{
		Urn: urn(selfToken), Properties: wire, Preview: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	state, err := properties.FromWire(created.GetProperties())
	if err != nil {
		t.Fatal(err)
	}
	if !state["certPem"].IsComputed() || !properties.Plain(state["privateKeyPem"]).IsComputed() || created.GetId() != "" {
		t.Errorf("unexpected preview: %v", state)
	}
}

func TestCheckRefuses(t *testing.T) {
	for name, inputs := range map[string]map[string]any{
		"algorithm: must be one of":     {"algorithm": "DSA"},
		"algorithm: is required":        {},
		"rsaBits: must be a whole":      {"algorithm": "RSA", "rsaBits": 2048.5},
		"bits: not an input":            {"algorithm": "RSA", "bits": 2048},
		"privateKeyPem: not an input":   {"algorithm": "RSA", "privateKeyPem": "x"},
		"ecdsaCurve: must be one of P2": {"algorithm": "ECDSA", "ecdsaCurve": "P128"},
	} {
		failures := definitions[keyToken].check(bag(inputs))
		if len(failures) != 1 || !strings.HasPrefix(failures[0].GetProperty()+": "+failures[0].GetReason(), name) {
			t.Errorf("%v: %v", inputs, failures)
		}
	}
	request := definitions[requestToken].check(bag(map[string]any{"subject": map[string]any{"commonname": "x"}}))
	if len(request) != 2 {
		t.Errorf("a request without key and with an unknown field: %v", request)
	}
}
