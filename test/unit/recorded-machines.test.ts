import { describe, expect, it, test } from "vitest";
import { hasKeyPair } from "../../components/recorded/cluster";
import { machinesInState } from "../../components/recorded/machines";
import { essentials } from "../../components/recorded/state";

const metadata = {
  "kovhernetes:cluster": "dev",
  "kovhernetes:role": "node",
  "kovhernetes:pool": "web",
  "kovhernetes:ordinal": "0",
  "kovhernetes:generation": "2",
  "kovhernetes:kubernetes": "1.36.3",
};
const server = (outputs: object) => ({ type: "openstack:compute/instance:Instance", outputs });

describe("machines in a stack's state", () => {
  it("are the servers that the program made, with what they were made from", () => {
    const outputs = {
      one: server({ name: "dev-web-0", imageName: "debian-13", flavorName: "b3-8", metadata, userData: "secret" }),
      another: server({ name: "somebody's", imageName: "debian-13", flavorName: "b3-8", metadata: {} }),
      port: { type: "openstack:networking/port:Port", outputs: { name: "dev-web-0", metadata } },
    };
    expect(machinesInState({ name: "dev", outputs })).toEqual([
      {
        name: "dev-web-0",
        role: "node",
        generation: 2,
        kubernetes: "1.36.3",
        image: "debian-13",
        flavor: "b3-8",
      },
    ]);
  });

  it("tell by which key pair of the cloud they were made, those that were", () => {
    const made = (keyPair: string | undefined) => {
      const outputs = { name: "dev-web-0", imageName: "i", flavorName: "f", metadata, keyPair };
      return machinesInState(essentials({ outputs: { one: server(outputs) } }))[0];
    };
    expect(made("dev-ssh")).toMatchObject({ keyPair: "dev-ssh" });
    for (const none of [undefined, ""]) expect(made(none)).not.toHaveProperty("keyPair");
  });

  it("are those of one cluster where it is named: a program may make several", () => {
    const named = (name: string, cluster: string) =>
      server({ name, imageName: "i", flavorName: "f", metadata: { ...metadata, "kovhernetes:cluster": cluster } });
    const answer = { outputs: { one: named("dev-web-0", "dev"), other: named("shop-web-0", "shop") } };
    expect(machinesInState(answer, "shop").map(({ name }) => name)).toEqual(["shop-web-0"]);
    expect(machinesInState(answer)).toHaveLength(2);
  });

  it("are none of a new stack", () => {
    expect(machinesInState({ name: "dev", outputs: {} })).toEqual([]);
    expect(machinesInState(undefined)).toEqual([]);
  });
});

test("the key pair of an earlier version is the one that bears the logical name of the cluster", () => {
  const keyPair = (name: string) => ({
    [`urn:pulumi:s::p::openstack:compute/keypair:Keypair::${name}`]: {
      type: "openstack:compute/keypair:Keypair",
      outputs: { name: "whatever" },
    },
  });
  const master = (name: string, clusterName: string) => ({
    [`urn:pulumi:s::p::openstack:compute/instance:Instance::${name}-master-0`]: server({
      name: `${clusterName}-master-0`,
      metadata: { ...metadata, "kovhernetes:cluster": clusterName, "kovhernetes:pool": "master" },
    }),
  });
  const has = (clusterName: string, outputs: object) => hasKeyPair(essentials({ outputs }), clusterName);
  expect(has("dev", keyPair("dev-ssh"))).toBe(true);
  expect(has("dev", keyPair("shop-ssh"))).toBe(false);
  const two = { ...master("one", "dev"), ...master("dev", "shop"), ...keyPair("dev-ssh") };
  expect([has("dev", two), has("shop", two), has("dev", {})]).toEqual([false, true, false]);
});
