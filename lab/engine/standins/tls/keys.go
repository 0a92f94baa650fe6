package tls

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"golang.org/x/crypto/ssh"
)

var algorithms = []string{"RSA", "ECDSA", "ED25519"}

var curves = map[string]elliptic.Curve{
	"P224": elliptic.P224(), "P256": elliptic.P256(), "P384": elliptic.P384(), "P521": elliptic.P521(),
}

func curveNames() []string {
	names := make([]string, 0, len(curves))
	for name := range curves {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func createPrivateKey(in inputs) (string, resource.PropertyMap, error) {
	key, err := generateKey(in)
	if err != nil {
		return "", nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return "", nil, err
	}
	outputs := publicKeyProperties(key.Public(), public)
	encoded, err := encodePrivateKey(key)
	if err != nil {
		return "", nil, err
	}
	for name, text := range encoded {
		outputs[name] = resource.NewProperty(text)
	}
	return digest(public), outputs, nil
}

func generateKey(in inputs) (crypto.Signer, error) {
	switch algorithm := in.text("algorithm"); algorithm {
	case "RSA":
		return rsa.GenerateKey(rand.Reader, in.number("rsaBits"))
	case "ECDSA":
		return ecdsa.GenerateKey(curves[in.text("ecdsaCurve")], rand.Reader)
	case "ED25519":
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	default:
		return nil, fmt.Errorf("key algorithm %q is not supported", algorithm)
	}
}

// encodePrivateKey gives a key in its traditional format, in PKCS #8 and in OpenSSH's format; the last is empty for
// P-224, which OpenSSH does not know.
func encodePrivateKey(key crypto.Signer) (map[resource.PropertyKey]string, error) {
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	traditional := &pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}
	openssh := ""
	switch private := key.(type) {
	case *rsa.PrivateKey:
		traditional = &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)}
	case *ecdsa.PrivateKey:
		der, err := x509.MarshalECPrivateKey(private)
		if err != nil {
			return nil, err
		}
		traditional = &pem.Block{Type: "EC PRIVATE KEY", Bytes: der}
	}
	if elliptical, ok := key.(*ecdsa.PrivateKey); !ok || elliptical.Curve != elliptic.P224() {
		block, err := ssh.MarshalPrivateKey(key, "")
		if err != nil {
			return nil, err
		}
		openssh = string(pem.EncodeToMemory(block))
	}
	return map[resource.PropertyKey]string{
		"privateKeyPem":      string(pem.EncodeToMemory(traditional)),
		"privateKeyPemPkcs8": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})),
		"privateKeyOpenssh":  openssh,
	}, nil
}

// publicKeyProperties gives a public key's encodings; those for SSH are empty for P-224.
func publicKeyProperties(public crypto.PublicKey, der []byte) resource.PropertyMap {
	var authorized, md5, sha256 string
	if key, err := ssh.NewPublicKey(public); err == nil {
		authorized = string(ssh.MarshalAuthorizedKey(key))
		md5, sha256 = ssh.FingerprintLegacyMD5(key), ssh.FingerprintSHA256(key)
	}
	encoded := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	return resource.PropertyMap{
		"publicKeyPem":               resource.NewProperty(encoded),
		"publicKeyOpenssh":           resource.NewProperty(authorized),
		"publicKeyFingerprintMd5":    resource.NewProperty(md5),
		"publicKeyFingerprintSha256": resource.NewProperty(sha256),
	}
}

// parsePrivateKey reads a key from any of the formats that [encodePrivateKey] writes in PEM but OpenSSH's, and names
// its algorithm.
func parsePrivateKey(text string) (crypto.Signer, string, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, "", errors.New("the private key is not in PEM format")
	}
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		err = fmt.Errorf("unsupported PEM type %q of a private key", block.Type)
	}
	if err != nil {
		return nil, "", err
	}
	switch private := key.(type) {
	case *rsa.PrivateKey:
		return private, "RSA", nil
	case *ecdsa.PrivateKey:
		return private, "ECDSA", nil
	case ed25519.PrivateKey:
		return private, "ED25519", nil
	default:
		return nil, "", fmt.Errorf("unsupported private key type %T", key)
	}
}

// digest identifies content by its SHA-1.
func digest(content []byte) string {
	sum := sha1.Sum([]byte(strings.TrimSpace(string(content))))
	return hex.EncodeToString(sum[:])
}
