/** Lowest protocol version of every Kubernetes server, in the spelling of `--tls-min-version`. */
export const tlsMinVersion = "VersionTLS12";

/**
 * TLS 1.2 suites with forward secrecy and authenticated encryption; the suites of TLS 1.3 are not configurable.
 * RSA variants stay because a stack may have RSA certificates. Names as in Go's crypto/tls.
 */
export const tlsCipherSuites: readonly string[] = [
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
];

/** The two settings as flags of a Kubernetes component. */
export const tlsFlags = {
  "tls-cipher-suites": tlsCipherSuites.join(","),
  "tls-min-version": tlsMinVersion,
} as const;
