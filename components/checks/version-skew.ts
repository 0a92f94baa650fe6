import type { Problem } from "../model/problems";
import type { RecordedMachine } from "../model/recorded";
import { minorOf, supportedMinors } from "../model/release-table";

/** Orders releases: 1.35.10 comes after 1.35.4. */
const byNumbers = new Intl.Collator("en", { numeric: true });

/**
 * The Kubernetes release of the cluster: that of its masters, the oldest if an upgrade is under way. Where the masters' servers are lost, the newest
 * of its nodes', which are never newer than what wrote into etcd. `undefined` for a new cluster.
 */
export function clusterVersion(recorded: readonly RecordedMachine[]): string | undefined {
  const releases = (role: RecordedMachine["role"]): string[] =>
    recorded
      .filter((machine) => machine.role === role)
      .map(({ kubernetes }) => kubernetes)
      .sort(byNumbers.compare);
  return releases("master")[0] ?? releases("node").at(-1);
}

/** Minors that a kubelet may be behind its API server: https://kubernetes.io/releases/version-skew-policy/#kubelet */
const mostBehind = 3;

/**
 * What keeps the machines of a cluster from being given a release. The control plane goes up one minor at a time, and never down, since what a
 * newer one wrote into etcd an older one may not read; kubelets are never newer than the API server, and at most three minors older.
 */
export function versionProblems(target: string, recorded: readonly RecordedMachine[]): readonly Problem[] {
  const problem = (reason: string, remedy: string): Problem => ({
    key: "kubernetesVersion",
    value: target,
    reason,
    remedy,
  });
  if (!supportedMinors.includes(minorOf(target))) {
    const known = supportedMinors.join(", ");
    const reason = `is what the cluster has, and this program knows the releases of ${known}`;
    // A version that the stack names is checked by its own key.
    return recorded.some(({ kubernetes }) => kubernetes === target)
      ? [problem(reason, "upgrade with an earlier release of this program first, one minor at a time")]
      : [];
  }
  const current = clusterVersion(recorded);
  if (current === undefined) return [];
  const steps = minorNumber(target) - minorNumber(current);
  if (steps < 0) {
    const reason = `is older than the cluster's ${current}, and etcd holds what only ${minorOf(current)} reads for certain`;
    return [problem(reason, `keep ${current} or a newer one; patch releases of ${minorOf(current)} may go back`)];
  }
  if (steps > 1) {
    const next = supportedMinors[supportedMinors.indexOf(minorOf(current)) + 1] ?? minorOf(target);
    return [problem(`skips a minor release: the cluster has ${current}`, `upgrade to a release of ${next} first`)];
  }
  const late = recorded.filter(({ kubernetes }) => minorNumber(target) - minorNumber(kubernetes) > mostBehind);
  if (late.length === 0) return [];
  const which = late.map(({ name, kubernetes }) => `${name} (${kubernetes})`).join(", ");
  return [problem(`is more than ${mostBehind} minors ahead of ${which}`, "upgrade these first")];
}

function minorNumber(version: string): number {
  return Number(version.split(".")[1]);
}
