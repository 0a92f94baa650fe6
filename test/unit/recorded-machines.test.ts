import { describe, expect, it } from "vitest";
import { machinesInState } from "../../components/recorded/machines";

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
