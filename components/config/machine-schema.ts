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
const shape = {
  image: openstackName.optional(),
  flavor: openstackName.optional(),
  availabilityZone: openstackName.optional(),
};
/** What both a pool and the master say of their machines. */
const machines = { ...shape, generation: value.integer(1, 1_000_000).default(1) };
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
  ...machines,
  ...poolAddressFields,
  labels: z.record(value.text(nodeLabelKeyFlaw), value.text(valueFlaw)).default({}),
  taints: z.array(taint).default([]),
});

/** The master where it differs from the nodes. */
export const master = z.strictObject(machines);

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
