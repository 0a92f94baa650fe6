import * as pulumi from "@pulumi/pulumi";
import type { CertificateConfig, ClusterConfig, ReadinessConfig, RolloutConfig } from "../model/cluster";
import { authorityExpiryNotices, authorityNotices } from "./authorities";
import type { RecordedMachine } from "../model/recorded";
import { expiryNotices, lifecycleNotices, restoreNotices } from "./lifecycle";
import type { MachinePlan } from "../plan/machines";
import { unknownNotices } from "./unknown";
import { earlierNotices } from "./earlier";

export interface NoticeArgs {
  readonly plans: readonly MachinePlan[];
  readonly recordedMachines: readonly RecordedMachine[];
  /** When the first certificate ends that each machine holds which stays, RFC 3339, by host name. */
  readonly heldUntil: Readonly<Record<string, string>>;
  /** When the first of each number's authorities expires, RFC 3339, by number. */
  readonly authorityExpiries: pulumi.Output<Readonly<Record<number, string>>>;
  readonly certificates: CertificateConfig;
  readonly rollout: RolloutConfig;
  readonly readiness: ReadinessConfig;
  readonly backup: Pick<ClusterConfig["backup"], "restore">;
}

/** Says in warnings of previews and updates alike what happens to machines, what waits, and what ends soon. */
export function announce(args: NoticeArgs, resource: pulumi.Resource): void {
  const warn = (notice: string): void => void pulumi.log.warn(notice, resource);
  const pace = { ...args.rollout, ...args.readiness };
  lifecycleNotices(args.plans, args.recordedMachines, pace, args.backup.restore).forEach(warn);
  earlierNotices(args.plans, args.recordedMachines, args.readiness).forEach(warn);
  authorityNotices(args.certificates.authorities, args.plans, args.recordedMachines).forEach(warn);
  restoreNotices(args.plans, args.recordedMachines, args.backup.restore).forEach(warn);
  expiryNotices(args.plans, args.heldUntil, new Date(), args.certificates.earlyRenewalHours).forEach(warn);
  unknownNotices(args.plans, args.recordedMachines).forEach(warn);
  args.authorityExpiries.apply((expiries) => {
    authorityExpiryNotices(args.certificates.authorities, expiries, new Date(), args.certificates).forEach(warn);
  });
}
