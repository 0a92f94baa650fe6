/**
 * Leader election of controller manager and scheduler, on even for one master so that a second may join at any time.
 * A first start takes the lease at once. The times are twice upstream's: a stalled disk must not depose the only
 * candidate. A restarted one waits at most `leaseDuration` for the lease that it held before.
 */
export const leaderElection = { leaseDuration: "30s", renewDeadline: "20s", retryPeriod: "4s" } as const;
