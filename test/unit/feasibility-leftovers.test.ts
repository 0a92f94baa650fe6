import { describe, expect, it } from "vitest";
import type { CloudThing } from "../../components/cloud/facts";
import { judgeLeftovers } from "../../components/feasibility/judge-leftovers";
import { types, type PlannedResource } from "../../components/feasibility/planned-resources";
import { exampleCluster, floatingAccess } from "../components/example-cluster";
import { ampleCloud, known, unanswered } from "../support/cloud-facts";
import { planOf, stateOf } from "../support/stack-state";

const config = exampleCluster({ access: floatingAccess });
const cluster = config.clusterName;
const node = `${cluster}-default-0`;

const thing = (kind: CloudThing["kind"], name: string, more: Partial<CloudThing> = {}): CloudThing => ({
  kind,
  id: `the-${kind}`,
  name,
  networkId: "",
  holder: "",
  purpose: "",
  portId: "",
  addresses: [],
  metadata: {},
  ...more,
});

/** What is said of some things in the project, when the state has all but the given resources. */
function judged(things: readonly CloudThing[], isMissing: (resource: PlannedResource) => boolean) {
  const state = stateOf(config, { keep: (resource) => !isMissing(resource) });
  const { problems, warnings } = judgeLeftovers(planOf(config, state), ampleCloud({ inventory: known(things) }));
  return { problems: problems.map(({ reason, remedy }) => `${reason}; ${remedy}`), warnings };
}

const misses =
  (...kinds: (keyof typeof types)[]) =>
  ({ type }: PlannedResource): boolean =>
    kinds.some((kind) => types[kind] === type);
const everything = (): boolean => true;
const inNetwork = { networkId: `id-of-${cluster}-network` };
const ofCluster = { metadata: { "kovhernetes:cluster": cluster } };

describe("what an update that was cut off left in the project", () => {
  it("is in the way where it holds what the update is to make, each with the command that removes it", () => {
    const port = thing("port", node, { ...inNetwork, addresses: ["192.168.0.15"] });
    const { problems, warnings } = judged([port], misses("port"));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(
      /address 192\.168\.0\.15, which .*-default-0 is to have.*`openstack port delete the-port`/,
    );
    expect(warnings).toEqual([]);
    const own = thing("port", node, { ...inNetwork, id: `id-of-${node}-port`, holder: "the-server" });
    const others: [CloudThing[], keyof typeof types, RegExp][] = [
      [
        [thing("server", node, ofCluster), own],
        "server",
        /has the port .*-default-0.*`openstack server delete --wait the-server`/,
      ],
      [
        [thing("floatingAddress", node, { portId: own.id })],
        "floatingAddress",
        /floating ip delete the-floatingAddress`/,
      ],
      [[thing("subnet", `${cluster}-network`, inNetwork)], "subnet", /`openstack subnet delete the-subnet`/],
      [
        [thing("port", "", { holder: `id-of-${cluster}-network-router`, purpose: "network:router_interface" })],
        "routerInterface",
        /`openstack router remove port id-of-\S+-network-router the-port`/,
      ],
    ];
    for (const [things, kind, text] of others) expect(judged(things, misses(kind)).problems.join()).toMatch(text);
  });

  it("is in the way of a replacement that was cut off once the new server was there, and the old server is not", () => {
    const nodePools = config.nodePools.map((pool) => ({ ...pool, generation: 2 }));
    const replaced = planOf({ ...config, nodePools }, stateOf(config));
    const port = (holder: string) => thing("port", node, { ...inNetwork, id: `id-of-${node}-port`, holder });
    const judge = (...things: CloudThing[]) => judgeLeftovers(replaced, ampleCloud({ inventory: known(things) }));
    const [problem, ...others] = judge(thing("server", node, ofCluster), port("the-server")).problems;
    expect(problem?.reason).toMatch(/the server \S+-default-0 \(the-server\) .* it has the port/);
    expect(others).toEqual([]);
    const old = `id-of-${node}`;
    const usual = judge(thing("server", node, { ...ofCluster, id: old }), port(old));
    expect([usual.problems, usual.warnings]).toEqual([[], []]);
  });

  it("would be there twice where nothing holds it: a warning names it", () => {
    const volume = thing("volume", `${cluster}-master-0-etcd`, ofCluster);
    const group = thing("securityGroup", `${cluster}-security-masters`);
    const { problems, warnings } = judged([volume, group, thing("network", `${cluster}-network`)], everything);
    expect(problems).toEqual([]);
    expect(warnings).toHaveLength(1);
    for (const command of ["volume", "security group", "network"]) {
      expect(warnings[0]).toContain(`openstack ${command} delete the-`);
    }
  });

  it("is there twice when the provider asked again for what it had got: a warning names it, whatever this update makes", () => {
    const server = thing("server", node, ofCluster);
    const volume = thing("volume", `${cluster}-master-0-etcd`, ofCluster);
    // Neutron refuses a second address at a port; one that is not at a port yet it does not.
    const address = thing("floatingAddress", node);
    const { problems, warnings } = judged([server, volume, address], () => false);
    expect(problems).toEqual([]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/beside what this stack has of the same name.*asked twice/);
    expect(warnings[0]).toContain(
      "`openstack server delete --wait the-server`; `openstack volume delete the-volume`; `openstack floating ip delete the-floatingAddress`",
    );
  });

  it("is not what the state has, what another cluster has, or what this update does not make", () => {
    const own = thing("volume", `${cluster}-master-0-etcd`, { ...ofCluster, id: `id-of-${cluster}-master-0-etcd` });
    const other = thing("volume", `${cluster}-master-0-etcd`, { metadata: { "kovhernetes:cluster": "another" } });
    const elsewhere = thing("port", "mine", { networkId: "another", addresses: ["192.168.0.15"] });
    const nothing = { problems: [], warnings: [] };
    expect(judged([own], misses("server"))).toEqual(nothing);
    expect(judged([other, elsewhere, thing("network", "mine")], everything)).toEqual(nothing);
  });

  it("is said to be unknown where the project cannot be listed", () => {
    const facts = ampleCloud({ inventory: unanswered });
    expect(judgeLeftovers(planOf(config), facts).unchecked).toEqual([
      { what: "what an update that was cut off may have left in the project", reason: unanswered.reason },
    ]);
    expect(judgeLeftovers(planOf(config, stateOf(config)), facts).unchecked).toEqual([]);
  });
});
