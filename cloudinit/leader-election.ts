import type { MasterDescription } from "./machine";
import type { Flags } from "./units";

/**
 * Leader election of controller manager and scheduler: needed where several masters run one each. A single one that had to keep a lease would give it
 * up, and end, whenever the API is slow, and would wait for it to run out after every restart. Another master's arrival is a new generation of
 * this one too, which turns it on.
 */
export function leaderElection({ masters }: MasterDescription): {
  readonly leaderElect: boolean;
  readonly leaseDuration?: string;
  readonly renewDeadline?: string;
  readonly retryPeriod?: string;
} {
  if (masters.length <= 1) return { leaderElect: false };
  // Twice upstream's times: a stalled disk must not depose a leader.
  return { leaderElect: true, leaseDuration: "30s", renewDeadline: "20s", retryPeriod: "4s" };
}

/** The same as flags. */
export function leaderElectionFlags(description: MasterDescription): Flags {
  const { leaderElect, leaseDuration, renewDeadline, retryPeriod } = leaderElection(description);
  return {
    "leader-elect": String(leaderElect),
    ...(leaseDuration === undefined ? {} : { "leader-elect-lease-duration": leaseDuration }),
    ...(renewDeadline === undefined ? {} : { "leader-elect-renew-deadline": renewDeadline }),
    ...(retryPeriod === undefined ? {} : { "leader-elect-retry-period": retryPeriod }),
  };
}
