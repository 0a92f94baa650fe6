import { describe, expect, it } from "vitest";
import type { RecordedMachine } from "../../components/model/recorded";
import { etcdFormation } from "../../components/plan/etcd-formation";
import { machinesInState } from "../../components/recorded/machines";

const machine = (name: string, role: RecordedMachine["role"], etcdFounders?: number): RecordedMachine => ({
  ...{ name, role, generation: 1, kubernetes: "1.36.3", image: "i", flavor: "f" },
  ...(etcdFounders === undefined ? {} : { etcdFounders }),
});
const founders = (count: number): readonly RecordedMachine[] =>
  Array.from({ length: count }, (_, ordinal) => machine(`dev-master-${ordinal}`, "master", 3));

describe("masters that are made now", () => {
  it("form a cluster of etcd where there is none, also where the first update was cut off among them", () => {
    expect(etcdFormation([], 3, false)).toBe("new");
    expect(etcdFormation([machine("dev-web-0", "node")], 3, false)).toBe("new");
    expect(etcdFormation(founders(2), 3, false)).toBe("new");
  });

  it("have their data from those that run wherever anybody may have used it", () => {
    expect(etcdFormation(founders(2), 3, true)).toBe("join");
    // All servers are gone, and their volumes may be there: what the cluster holds tells.
    expect(etcdFormation([], 3, true)).toBe("join");
    // A cluster of one that grows, whatever is known of it: two new ones would be a quorum of their own.
    expect(etcdFormation([machine("dev-master-0", "master")], 3, false)).toBe("join");
    // Another number than those were made to form.
    expect(etcdFormation(founders(1), 5, false)).toBe("join");
  });
});

it("how many masters form a cluster is read from what is recorded of them", () => {
  const metadata = {
    "kovhernetes:cluster": "dev",
    "kovhernetes:role": "master",
    "kovhernetes:pool": "master",
    "kovhernetes:ordinal": "0",
    "kovhernetes:generation": "1",
    "kovhernetes:kubernetes": "1.36.3",
  };
  const recorded = (more: object) => {
    const outputs = { name: "dev-master-0", imageName: "i", flavorName: "f", metadata: { ...metadata, ...more } };
    return machinesInState({ outputs: { one: { type: "openstack:compute/instance:Instance", outputs } } })[0];
  };
  expect(recorded({ "kovhernetes:etcd-founders": "3" })).toMatchObject({ etcdFounders: 3 });
  expect(recorded({})).not.toHaveProperty("etcdFounders");
});
