/**
 * Kubernetes clusters on OpenStack as components for other Pulumi programs: see `docs/library.md`.
 * @packageDocumentation
 */
export { Cluster, type ClusterArgs } from "./components/cluster";
export type * from "./components/config/model";
export { ConfigurationError, type Problem } from "./components/config/problems";
export type { ClusterSettings } from "./components/config/settings";
export type { StackContext, Validation } from "./components/config/validate";
export type { RecordedAuthorities } from "./components/authority-problems";
export type { RecordedMachine } from "./components/lifecycle";
export type { MachineOutput } from "./components/machine-outputs";
export type { PhaseTimes } from "./components/readiness/progress";
export { checkSettings, prepareCluster } from "./components/prepare";
