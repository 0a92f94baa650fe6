package tls

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"sort"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

var keyUses = map[string]x509.KeyUsage{
	"digital_signature":  x509.KeyUsageDigitalSignature,
	"content_commitment": x509.KeyUsageContentCommitment,
	"key_encipherment":   x509.KeyUsageKeyEncipherment,
	"data_encipherment":  x509.KeyUsageDataEncipherment,
	"key_agreement":      x509.KeyUsageKeyAgreement,
	"cert_signing":       x509.KeyUsageCertSign,
	"crl_signing":        x509.KeyUsageCRLSign,
	"encipher_only":      x509.KeyUsageEncipherOnly,
	"decipher_only":      x509.KeyUsageDecipherOnly,
}

var extendedKeyUses = map[string]x509.ExtKeyUsage{
	"any_extended":                      x509.ExtKeyUsageAny,
	"server_auth":                       x509.ExtKeyUsageServerAuth,
	"client_auth":                       x509.ExtKeyUsageClientAuth,
	"code_signing":                      x509.ExtKeyUsageCodeSigning,
	"email_protection":                  x509.ExtKeyUsageEmailProtection,
	"ipsec_end_system":                  x509.ExtKeyUsageIPSECEndSystem,
	"ipsec_tunnel":                      x509.ExtKeyUsageIPSECTunnel,
	"ipsec_user":                        x509.ExtKeyUsageIPSECUser,
	"timestamping":                      x509.ExtKeyUsageTimeStamping,
	"ocsp_signing":                      x509.ExtKeyUsageOCSPSigning,
	"microsoft_server_gated_crypto":     x509.ExtKeyUsageMicrosoftServerGatedCrypto,
	"netscape_server_gated_crypto":      x509.ExtKeyUsageNetscapeServerGatedCrypto,
	"microsoft_commercial_code_signing": x509.ExtKeyUsageMicrosoftCommercialCodeSigning,
	"microsoft_kernel_code_signing":     x509.ExtKeyUsageMicrosoftKernelCodeSigning,
}

func allUses() []string {
	names := make([]string, 0, len(keyUses)+len(extendedKeyUses))
	for name := range keyUses {
		names = append(names, name)
	}
	for name := range extendedKeyUses {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// issue signs a certificate for a public key. `template` holds the names; everything else comes from the inputs that
// all certificates share. A template that is its own parent is self-signed.
func issue(
	in inputs, template, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer,
) (string, resource.PropertyMap, error) {
	var err error
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128)); err != nil {
		return "", nil, err
	}
	template.NotBefore = now()
	template.NotAfter = template.NotBefore.Add(time.Duration(in.number("validityPeriodHours")) * time.Hour)
	template.BasicConstraintsValid = true
	for _, use := range in.texts("allowedUses") {
		template.KeyUsage |= keyUses[use]
		if extended, ok := extendedKeyUses[use]; ok {
			template.ExtKeyUsage = append(template.ExtKeyUsage, extended)
		}
	}
	if err := identify(in, template, parent, public); err != nil {
		return "", nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err != nil {
		return "", nil, err
	}
	encoded := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return template.SerialNumber.String(), resource.PropertyMap{
		"certPem":           resource.NewProperty(encoded),
		"readyForRenewal":   resource.NewProperty(false),
		"validityStartTime": resource.NewProperty(template.NotBefore.Format(time.RFC3339Nano)),
		"validityEndTime":   resource.NewProperty(template.NotAfter.Format(time.RFC3339Nano)),
	}, nil
}

// identify sets what makes an authority, and the key identifiers.
func identify(in inputs, template, parent *x509.Certificate, public crypto.PublicKey) error {
	if in.flag("isCaCertificate") {
		if len(template.Subject.ToRDNSequence()) == 0 {
			return errors.New("the subject of a certificate authority must have at least one distinguished name")
		}
		template.IsCA = true
		if limit := in["maxPathLength"]; limit.IsNumber() && limit.NumberValue() >= 0 {
			template.MaxPathLen = in.number("maxPathLength")
			template.MaxPathLenZero = template.MaxPathLen == 0
		}
	}
	if template.IsCA || in.flag("setSubjectKeyId") {
		identifier, err := keyIdentifier(public)
		if err != nil {
			return err
		}
		template.SubjectKeyId = identifier
	}
	if in.flag("setAuthorityKeyId") {
		if len(parent.SubjectKeyId) == 0 {
			return errors.New("setAuthorityKeyId needs setSubjectKeyId on a certificate that is no authority")
		}
		template.AuthorityKeyId = parent.SubjectKeyId
	}
	return nil
}

// keyIdentifier is the SHA-1 of the public key's bits, as in RFC 5280's first method for RSA and ECDSA.
func keyIdentifier(public crypto.PublicKey) ([]byte, error) {
	var bits []byte
	var err error
	switch key := public.(type) {
	case *rsa.PublicKey:
		bits = x509.MarshalPKCS1PublicKey(key)
	case *ecdsa.PublicKey:
		bits, err = key.Bytes()
	case ed25519.PublicKey:
		bits, err = asn1.Marshal([]byte(key))
	default:
		err = fmt.Errorf("unsupported public key type %T", public)
	}
	sum := sha1.Sum(bits)
	return sum[:], err
}
