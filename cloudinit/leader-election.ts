import type { MasterDescription } from "./machine";

/**
 * Leader election of controller manager and scheduler: needed where several masters run one each. A single one that had to keep a lease would give it
 * up, and end, whenever the API is slow, and would wait for it to run out after every restart. Another master's arrival is a new generation of
 * this one too, which turns it on.
 */
export function isLeaderElected({ masters }: MasterDescription): boolean {
  return masters.length > 1;
}

/** Twice upstream's times: a stalled disk must not depose a leader. */
export const leaderElection = { leaseDuration: "30s", renewDeadline: "20s", retryPeriod: "4s" } as const;
