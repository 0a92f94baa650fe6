import { z } from "zod";
import { masterPoolName } from "../model/cluster";
import { kubelet } from "./kubelet-schema";
import { keyFlaw, nodeLabelKeyFlaw, valueFlaw } from "./node-syntax";
import * as value from "./values";

/** Longest name of a cluster or pool: two of them and an ordinal fit a DNS label. */
export const longestName = 20;
/** Characters; user data as a whole has a limit too, which is counted when all of it is known. */
const longestScript = 30_000;
const highestHostNumber = 2 ** 24;

/** Name of something in the cloud. */
export const openstackName = value.text(
  value.matching(/^.{1,255}$/, "is empty or too long", "give the name as the cloud shows it"),
);
const userDataExtra = z.strictObject({
  script: value
    .text(
      (input) =>
        /^#!\//.test(input) && !input.includes("\0")
          ? undefined
          : { reason: "names no interpreter", remedy: "begin it with a line such as #!/bin/sh" },
      (input) =>
        input.length <= longestScript
          ? undefined
          : { reason: "is too long", remedy: `give at most ${longestScript} characters, and have it fetch the rest` },
    )
    .describe(
      "Required. The script, with its #! line. It runs as root, once, and again every minute until it succeeds; no machine waits for it. Set it as a secret when it holds one.",
    ),
  when: value
    .choice("beforeKubernetes", "afterKubernetes")
    .default("beforeKubernetes")
    .describe("Before anything of Kubernetes is fetched or started, or once the kubelet is up."),
  revision: value
    .integer(1, 1_000_000)
    .default(1)
    .describe(
      "Raised with another script, to have a preview say which machines wait for it: the script itself is recorded nowhere, since it may hold secrets.",
    ),
});

/** What both a pool and the master say of their machines; an absent image or flavor comes from the key for all machines. */
const machines = {
  image: openstackName.optional().describe("Image when it differs from the key image."),
  flavor: openstackName.optional().describe("Flavor when it differs from the key flavor."),
  availabilityZone: openstackName
    .optional()
    .describe("Availability zone of Nova, by name. By default the one that the cloud chooses."),
  generation: value
    .integer(1, 1_000_000)
    .default(1)
    .describe("Raised to have existing machines replaced by ones made from the configuration as it is then."),
  kubelet: kubelet
    .optional()
    .describe(
      "Fields of the kubelet's configuration (KubeletConfiguration) beside the program's own, for instance { maxPods: 200 }.",
    ),
  userDataExtra: userDataExtra.optional().describe("A script that runs on each machine: { script, when, revision }."),
};
const taint = z.strictObject({
  key: value.text(keyFlaw).describe("Required. Key, for instance example.org/batch."),
  value: value.text(valueFlaw).default("").describe("Value, which may be empty."),
  effect: value
    .choice("NoSchedule", "PreferNoSchedule", "NoExecute")
    .describe("Required. What happens to pods that do not tolerate the taint."),
});

/** The two values of a pool that decide its addresses. */
export const poolAddressFields = {
  count: value
    .integer(0, 1000)
    .optional()
    .describe("Number of nodes. Required, but for the pool default, whose number is that of the key nodes."),
  addressOffset: value
    .integer(0, highestHostNumber)
    .optional()
    .describe(
      "Host number of the pool's first address: 15 is .15 of a /24. One pool may leave it out and begins at 15. Other pools never move it.",
    ),
};

/** One node pool in its full form. */
export const pool = z.strictObject({
  ...machines,
  ...poolAddressFields,
  labels: z.record(value.text(nodeLabelKeyFlaw), value.text(valueFlaw)).default({}).describe("Labels of the nodes."),
  taints: z.array(taint).default([]).describe("Taints of the nodes."),
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
  enabled: value.flag().default(true).describe("Whether there is a volume; without one, a replaced master loses etcd."),
  sizeGiB: value.integer(1, 1024).default(10).describe("Size, GiB."),
  type: openstackName.optional().describe("Volume type of Cinder, by name. By default the cloud's own."),
});

export type PoolValues = z.output<typeof pool>;
