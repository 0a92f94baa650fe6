/** What an update goes through, in its order. */
export const phases = ["machines", "api", "nodes", "cluster"] as const;
export type Phase = (typeof phases)[number];

/** When each phase had ended, seconds from the beginning of the update. */
export type PhaseTimes = { readonly [Name in Phase]?: number };
