package tls

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"net"
	"net/url"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// oidEmailAddress is PKCS #9's emailAddress, which distinguished names may carry.
var oidEmailAddress = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}

func createRequest(in inputs) (string, resource.PropertyMap, error) {
	key, algorithm, err := parsePrivateKey(in.text("privateKeyPem") + in.text("privateKeyPemWo"))
	if err != nil {
		return "", nil, fmt.Errorf("privateKeyPem: %w", err)
	}
	holder, err := holderOf(in)
	if err != nil {
		return "", nil, err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: holder.Subject, DNSNames: holder.DNSNames, IPAddresses: holder.IPAddresses, URIs: holder.URIs,
	}, key)
	if err != nil {
		return "", nil, err
	}
	encoded := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
	return digest(der), resource.PropertyMap{
		"certRequestPem": resource.NewProperty(string(encoded)),
		"keyAlgorithm":   resource.NewProperty(algorithm),
	}, nil
}

func createSelfSigned(in inputs) (string, resource.PropertyMap, error) {
	key, algorithm, err := parsePrivateKey(in.text("privateKeyPem") + in.text("privateKeyPemWo"))
	if err != nil {
		return "", nil, fmt.Errorf("privateKeyPem: %w", err)
	}
	template, err := holderOf(in)
	if err != nil {
		return "", nil, err
	}
	id, outputs, err := issue(in, template, template, key.Public(), key)
	if err != nil {
		return "", nil, err
	}
	outputs["keyAlgorithm"] = resource.NewProperty(algorithm)
	return id, outputs, nil
}

func createLocallySigned(in inputs) (string, resource.PropertyMap, error) {
	request, err := decode(in.text("certRequestPem"), "CERTIFICATE REQUEST", x509.ParseCertificateRequest)
	if err != nil {
		return "", nil, fmt.Errorf("certRequestPem: %w", err)
	}
	key, algorithm, err := parsePrivateKey(in.text("caPrivateKeyPem") + in.text("caPrivateKeyPemWo"))
	if err != nil {
		return "", nil, fmt.Errorf("caPrivateKeyPem: %w", err)
	}
	authority, err := decode(in.text("caCertPem"), "CERTIFICATE", x509.ParseCertificate)
	if err != nil {
		return "", nil, fmt.Errorf("caCertPem: %w", err)
	}
	template := &x509.Certificate{
		Subject: request.Subject, DNSNames: request.DNSNames, IPAddresses: request.IPAddresses, URIs: request.URIs,
	}
	id, outputs, err := issue(in, template, authority, request.PublicKey, key)
	if err != nil {
		return "", nil, err
	}
	outputs["caKeyAlgorithm"] = resource.NewProperty(algorithm)
	return id, outputs, nil
}

// decode parses the PEM block of the expected type.
func decode[T any](text, blockType string, parse func([]byte) (T, error)) (T, error) {
	var none T
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return none, fmt.Errorf("not in PEM format: expected a %s block", blockType)
	}
	if block.Type != blockType {
		return none, fmt.Errorf("expected a PEM block of type %s, got %s", blockType, block.Type)
	}
	return parse(block.Bytes)
}

// holderOf gives a certificate template with the names in the inputs.
func holderOf(in inputs) (*x509.Certificate, error) {
	holder := &x509.Certificate{Subject: subjectOf(in.object("subject")), DNSNames: in.texts("dnsNames")}
	for _, text := range in.texts("ipAddresses") {
		address := net.ParseIP(text)
		if address == nil {
			return nil, fmt.Errorf("ipAddresses: %q is no IP address", text)
		}
		holder.IPAddresses = append(holder.IPAddresses, address)
	}
	for _, text := range in.texts("uris") {
		uri, err := url.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("uris: %w", err)
		}
		holder.URIs = append(holder.URIs, uri)
	}
	return holder, nil
}

func subjectOf(fields inputs) pkix.Name {
	one := func(name resource.PropertyKey) []string {
		if text := fields.text(name); text != "" {
			return []string{text}
		}
		return nil
	}
	name := pkix.Name{
		CommonName:         fields.text("commonName"),
		SerialNumber:       fields.text("serialNumber"),
		Organization:       one("organization"),
		OrganizationalUnit: one("organizationalUnit"),
		StreetAddress:      fields.texts("streetAddresses"),
		Locality:           one("locality"),
		Province:           one("province"),
		Country:            one("country"),
		PostalCode:         one("postalCode"),
	}
	if address := fields.text("emailAddress"); address != "" {
		name.ExtraNames = append(name.ExtraNames, pkix.AttributeTypeAndValue{
			Type:  oidEmailAddress,
			Value: asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte(address)},
		})
	}
	return name
}
