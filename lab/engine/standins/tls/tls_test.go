package tls

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"

	"kovhernetes.dev/lab/engine/standins/internal/properties"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"golang.org/x/crypto/ssh"
)

const (
	keyToken     = "tls:index/privateKey:PrivateKey"
	requestToken = "tls:index/certRequest:CertRequest"
	selfToken    = "tls:index/selfSignedCert:SelfSignedCert"
	localToken   = "tls:index/locallySignedCert:LocallySignedCert"
)

func urn(token string) string { return "urn:pulumi:stack::project::" + token + "::name" }

func bag(values map[string]any) resource.PropertyMap { return resource.NewPropertyMapFromMap(values) }

// create checks and creates as the engine does, and gives the state without secret marks.
func create(t *testing.T, token string, values map[string]any) resource.PropertyMap {
	t.Helper()
	wire, err := properties.ToWire(bag(values))
	if err != nil {
		t.Fatal(err)
	}
	checked, err := Provider{}.Check(context.Background(), &pulumirpc.CheckRequest{Urn: urn(token), News: wire})
	if err != nil || len(checked.GetFailures()) > 0 {
		t.Fatalf("check: %v %v", checked.GetFailures(), err)
	}
	created, err := Provider{}.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn(token), Properties: wire})
	if err != nil {
		t.Fatal(err)
	}
	state, err := properties.FromWire(created.GetProperties())
	if err != nil || created.GetId() == "" {
		t.Fatalf("id %q, %v", created.GetId(), err)
	}
	for name, described := range definitions[token].properties {
		if described.secret && given(state[name]) && !state[name].IsSecret() {
			t.Errorf("%s is not secret", name)
		}
	}
	return properties.PlainMap(state)
}

func parse(t *testing.T, text string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatalf("no PEM: %q", text)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func newAuthority(t *testing.T, algorithm map[string]any) (key, authority resource.PropertyMap) {
	t.Helper()
	key = create(t, keyToken, algorithm)
	authority = create(t, selfToken, map[string]any{
		"privateKeyPem": key["privateKeyPem"].StringValue(), "isCaCertificate": true, "validityPeriodHours": 1000,
		"allowedUses": []any{"cert_signing", "crl_signing"}, "setAuthorityKeyId": true, "maxPathLength": 0,
		"subject": map[string]any{"commonName": "authority", "organization": "lab", "emailAddress": "a@example.org"},
	})
	return key, authority
}

func newLeaf(t *testing.T, key, authority resource.PropertyMap, changed map[string]any) resource.PropertyMap {
	t.Helper()
	own := create(t, keyToken, map[string]any{"algorithm": "ED25519"})
	request := create(t, requestToken, map[string]any{
		"privateKeyPem": own["privateKeyPem"].StringValue(), "dnsNames": []any{"node"},
		"ipAddresses": []any{"192.168.0.10", "fd00::1"}, "uris": []any{"spiffe://lab/node"},
		"subject": map[string]any{"commonName": "system:node:node", "organization": "system:nodes"},
	})
	values := map[string]any{
		"certRequestPem": request["certRequestPem"].StringValue(), "caCertPem": authority["certPem"].StringValue(),
		"caPrivateKeyPem": key["privateKeyPem"].StringValue(), "validityPeriodHours": 48,
		"allowedUses": []any{"digital_signature", "client_auth", "server_auth"},
	}
	for name, value := range changed {
		values[name] = value
	}
	return create(t, localToken, values)
}

func TestChainsVerifyForEveryAlgorithm(t *testing.T) {
	for _, algorithm := range []map[string]any{
		{"algorithm": "RSA"},
		{"algorithm": "ECDSA", "ecdsaCurve": "P256"},
		{"algorithm": "ECDSA", "ecdsaCurve": "P521"},
		{"algorithm": "ED25519"},
	} {
		key, authority := newAuthority(t, algorithm)
		leaf := parse(t, newLeaf(t, key, authority, nil)["certPem"].StringValue())
		roots := x509.NewCertPool()
		roots.AddCert(parse(t, authority["certPem"].StringValue()))
		for _, name := range []string{"node", "192.168.0.10", "fd00::1"} {
			options := x509.VerifyOptions{Roots: roots, DNSName: name, KeyUsages: []x509.ExtKeyUsage{
				x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth,
			}}
			if _, err := leaf.Verify(options); err != nil {
				t.Errorf("%v, %s: %v", algorithm, name, err)
			}
		}
		if leaf.Subject.String() != "CN=system:node:node,O=system:nodes" || len(leaf.URIs) != 1 || leaf.IsCA {
			t.Errorf("unexpected leaf: %s %v", leaf.Subject, leaf.URIs)
		}
	}
}

func TestAuthority(t *testing.T) {
	_, state := newAuthority(t, map[string]any{"algorithm": "ECDSA"})
	authority := parse(t, state["certPem"].StringValue())
	if !authority.IsCA || !authority.MaxPathLenZero || len(authority.SubjectKeyId) != 20 {
		t.Errorf("unexpected authority: %+v", authority)
	}
	if string(authority.AuthorityKeyId) != string(authority.SubjectKeyId) {
		t.Error("the authority key identifier is not the subject's")
	}
	if authority.KeyUsage != x509.KeyUsageCertSign|x509.KeyUsageCRLSign {
		t.Errorf("key usage %b", authority.KeyUsage)
	}
	if state["keyAlgorithm"].StringValue() != "ECDSA" || state["validityPeriodHours"].NumberValue() != 1000 {
		t.Errorf("unexpected state: %v", state)
	}
	start, err := time.Parse(time.RFC3339, state["validityStartTime"].StringValue())
	if err != nil || start.Sub(authority.NotBefore).Abs() > time.Second {
		t.Errorf("starts %v, certificate says %v: %v", start, authority.NotBefore, err)
	}
}

func TestKeyFormatsAgree(t *testing.T) {
	for _, algorithm := range []map[string]any{{"algorithm": "RSA"}, {"algorithm": "ECDSA", "ecdsaCurve": "P384"}, {"algorithm": "ED25519"}} {
		key := create(t, keyToken, algorithm)
		for _, format := range []resource.PropertyKey{"privateKeyPem", "privateKeyPemPkcs8"} {
			if _, name, err := parsePrivateKey(key[format].StringValue()); err != nil || name != algorithm["algorithm"] {
				t.Errorf("%v %s: %s %v", algorithm, format, name, err)
			}
		}
		signer, err := ssh.ParsePrivateKey([]byte(key["privateKeyOpenssh"].StringValue()))
		if err != nil {
			t.Fatal(err)
		}
		if string(ssh.MarshalAuthorizedKey(signer.PublicKey())) != key["publicKeyOpenssh"].StringValue() {
			t.Error("the OpenSSH halves are not of one key")
		}
		if ssh.FingerprintSHA256(signer.PublicKey()) != key["publicKeyFingerprintSha256"].StringValue() {
			t.Error("fingerprints differ")
		}
	}
	unsupported := create(t, keyToken, map[string]any{"algorithm": "ECDSA"})
	if unsupported["ecdsaCurve"].StringValue() != "P224" || unsupported["publicKeyOpenssh"].StringValue() != "" {
		t.Errorf("P-224 has no OpenSSH form: %v", unsupported["publicKeyOpenssh"])
	}
}
