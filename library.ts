/**
 * Kubernetes clusters on OpenStack as components for other Pulumi programs: see `docs/library.md`.
 * @packageDocumentation
 */
export { Cluster, type ClusterArgs } from "./components/cluster";
export type * from "./components/model/cluster";
export { ConfigurationError, type Problem } from "./components/model/problems";
export type { ClusterSettings } from "./components/generated/settings";
export type { StackContext, Validation } from "./components/checks/validate";
export type { RecordedAuthorities } from "./components/model/recorded";
export type { RecordedMachine } from "./components/model/recorded";
export type { MachineOutput } from "./components/machine-outputs";
export type { PhaseTimes } from "./components/model/phases";
export { checkSettings, prepareCluster } from "./components/prepare";
