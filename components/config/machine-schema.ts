import { z } from "zod";
import { masterPoolName } from "../names";
import { keyFlaw, nodeLabelKeyFlaw, valueFlaw } from "./node-syntax";
import * as value from "./values";

/** Longest name of a cluster or pool: two of them and an ordinal fit a DNS label. */
export const longestName = 20;
const highestHostNumber = 2 ** 24;

/** Name of something in the cloud. */
export const openstackName = value.text(
  value.matching(/^.{1,255}$/, "is empty or too long", "give the name as the cloud shows it"),
);
/** What a machine is made of; absent values come from the keys for all machines. */
export const shape = {
  image: openstackName.optional(),
  flavor: openstackName.optional(),
  availabilityZone: openstackName.optional(),
};
const taint = z.strictObject({
  key: value.text(keyFlaw),
  value: value.text(valueFlaw).default(""),
  effect: value.choice("NoSchedule", "PreferNoSchedule", "NoExecute"),
});

/** The two values of a pool that decide its addresses. */
export const poolAddressFields = {
  count: value.integer(0, 1000).optional(),
  addressOffset: value.integer(0, highestHostNumber).optional(),
};

/** One node pool in its full form. */
export const pool = z.strictObject({
  ...shape,
  ...poolAddressFields,
  labels: z.record(value.text(nodeLabelKeyFlaw), value.text(valueFlaw)).default({}),
  taints: z.array(taint).default([]),
});

/** Name of a pool; `master` is taken. */
export const poolName = value.text(value.label(longestName), (input) =>
  input === masterPoolName
    ? { reason: "is the name of the masters", remedy: "choose another name for the pool, for instance workers" }
    : undefined,
);

/** The volume of etcd. */
export const etcdVolume = z.strictObject({
  enabled: value.flag().default(true),
  sizeGiB: value.integer(1, 1024).default(10),
  type: openstackName.optional(),
});

export type PoolValues = z.output<typeof pool>;
