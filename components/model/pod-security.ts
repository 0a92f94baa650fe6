/** What pods may ask for: https://kubernetes.io/docs/concepts/security/pod-security-standards/ Absent, where it may be, is `privileged`: anything. */
export type PodSecurityLevel = "baseline" | "restricted";
