import { describe, expect, it } from "vitest";
import { servicesOf, type CatalogueService } from "../../components/cloud/catalogue";
import type { CloudFacts, NetworkFacts, Standing } from "../../components/cloud/facts";
import { judgeNetwork } from "../../components/feasibility/judge-network";
import { judgeServices } from "../../components/feasibility/judge-services";
import { judgeSizes } from "../../components/feasibility/judge-sizes";
import { judgeVolume } from "../../components/feasibility/judge-volume";
import type { ClusterConfig } from "../../components/model/cluster";
import { directAccess, exampleCluster, floatingAccess } from "../components/example-cluster";
import { ampleCloud, known, named, largeFlavor, unanswered } from "../support/cloud-facts";
import { planOf, stateOf } from "../support/stack-state";

const service = (type: string, ...regions: readonly string[]): CatalogueService => ({
  type,
  endpoints: regions.map((region) => ({ interface: "public", region, url: `https://${type}.${region}` })),
});
const standing = (catalogue: readonly CatalogueService[], region = "", isAdministrator = false) =>
  known<Standing>({
    services: servicesOf(catalogue, { region, endpointInterface: "public", overrides: {} }),
    isAdministrator,
  });

describe("a catalogue of several regions", () => {
  const mixed = [service("compute", "A", "B"), service("network", "B", "A"), service("image", "A", "B")];
  const alike = [service("compute", "A", "B"), service("network", "A", "B"), service("dns", "C")];
  const judged = (catalogue: readonly CatalogueService[], region = "", state?: unknown) =>
    judgeServices(planOf(exampleCluster(), state), ampleCloud({ standing: standing(catalogue, region) }));

  it("of which none is chosen is refused, with what would come of it and those that there are", () => {
    const [problem] = judged(mixed).problems;
    expect(problem).toMatchObject({ key: "openstack:region", value: "(not set)" });
    expect(problem?.reason).toContain("servers would be in A, networks in B");
    expect(problem?.remedy).toMatch(/^choose one: .*openstack:region A` or .*openstack:region B`/);
    expect(judged(alike).problems).toHaveLength(1);
  });

  it("is refused to a cluster that exists only where it would be torn apart", () => {
    const state = stateOf(exampleCluster());
    expect(judged(mixed, "", state).problems).toHaveLength(1);
    const { problems, warnings } = judged(alike, "", state);
    expect(problems).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining("openstack:region A` keeps them there")]);
  });

  it.each([
    [mixed, "A"],
    [[service("compute", "A"), service("network", "A")], ""],
  ])("is nothing to say of where one is chosen, or there is one: %#", (catalogue, region) => {
    expect(judged(catalogue, region)).toEqual({ problems: [], warnings: [], unchecked: [] });
  });
});

describe("a cloud without a service for volumes", () => {
  const without = standing([service("compute", "A"), service("network", "A")], "A");
  const refusals = (facts: Partial<CloudFacts>, changes: Partial<ClusterConfig> = {}) =>
    judgeServices(planOf(exampleCluster(changes)), ampleCloud(facts)).problems;

  it("is told how a cluster does without", () => {
    const [problem] = refusals({ standing: without, volumes: unanswered });
    expect(problem).toMatchObject({ key: "etcdVolume" });
    expect(problem?.reason).toContain("no service for volumes (volumev3) in region A");
    expect(problem?.remedy).toContain("etcdVolume: false");
  });

  it("is one as well whose service the provider does not find by its new name", () => {
    const renamed = standing([service("compute", "A"), service("network", "A"), service("block-storage", "A")], "A");
    const reason = "Error creating OpenStack block storage client: No suitable endpoint could be found";
    expect(refusals({ standing: renamed, volumes: { kind: "unanswered", reason } })).toHaveLength(1);
    expect(refusals({ standing: renamed })).toEqual([]);
  });

  it("is enough for one that wants no volume", () => {
    const { etcdVolume: _, ...masters } = exampleCluster().masters;
    expect(refusals({ standing: without, volumes: undefined }, { masters })).toEqual([]);
  });
});

describe("a network of somebody else", () => {
  const facts = (changes: Partial<NetworkFacts>): NetworkFacts => ({
    external: true,
    shared: true,
    own: false,
    portSecurity: true,
    ...changes,
  });
  const judged = (changes: Partial<NetworkFacts>, more: Partial<CloudFacts> = {}, state?: unknown) =>
    judgeNetwork(
      planOf(exampleCluster({ access: directAccess }), state),
      ampleCloud({ attached: { external: known(facts(changes)) }, ...more }),
    );
  const doubt = expect.stringMatching(/is not shared: .*Nova refuses.*set access to floatingIp/) as string;

  it.each([
    ["external and not shared", {}, { external: true, shared: false }, [doubt]],
    ["external and shared, as OVH's", {}, {}, []],
    ["shared and not external", {}, { external: false }, []],
    ["the project's own", {}, { external: false, shared: false, own: true }, []],
    ["external, to an administrator", { standing: standing([], "", true) }, { shared: false }, []],
  ])("that is %s", (_, more, changes, warnings) => {
    const verdict = judged(changes, more);
    expect(verdict.problems).toEqual([]);
    expect(verdict.warnings).toEqual(warnings);
  });

  it("to which machines of the cluster are attached already is no doubt", () => {
    const state = stateOf(exampleCluster({ access: directAccess }));
    expect(judged({ shared: false }, {}, state).warnings).toEqual([]);
  });

  it("that is not told of is left unchecked", () => {
    expect(judged({}, { attached: { external: unanswered } }).unchecked).toContainEqual(
      expect.objectContaining({ what: "whether machines may be attached to the external network" }),
    );
  });

  it("without port security is refused, the external one and the user's own", () => {
    expect(judged({ portSecurity: false }).problems).toMatchObject([{ key: "externalNetwork" }]);
    expect(judged({ portSecurity: undefined }).problems).toEqual([]);
    const existing = { networkId: "n-1", subnetId: "s-1" };
    const config = exampleCluster({ access: floatingAccess, network: { ...exampleCluster().network, existing } });
    const attached = { existing: known(facts({ external: false, own: true, portSecurity: false })) };
    const [problem] = judgeNetwork(planOf(config), ampleCloud({ attached })).problems;
    expect(problem).toMatchObject({ key: "existingNetwork.networkId", value: "n-1" });
    expect(problem?.remedy).toContain("openstack network set --enable-port-security n-1");
  });
});

describe("etcd's volume that exists", () => {
  const masters = (etcdVolume: { sizeGiB: number; type?: string }) => ({ ...exampleCluster().masters, etcdVolume });
  const state = (volumeType: string) => {
    const made = stateOf(exampleCluster({ masters: masters({ sizeGiB: 10 }) })) as {
      outputs: Record<string, { type: string; outputs: Record<string, unknown> }>;
    };
    for (const { type, outputs } of Object.values(made.outputs)) {
      if (type === "openstack:blockstorage/volume:Volume") outputs["volumeType"] = volumeType;
    }
    return made;
  };
  const keys = (etcdVolume: { sizeGiB: number; type?: string }, recorded: unknown) =>
    judgeVolume(planOf(exampleCluster({ masters: masters(etcdVolume) }), recorded)).problems.map(({ key }) => key);

  it.each([
    [{ sizeGiB: 10, type: "fast" }, ["etcdVolume.type"]],
    [{ sizeGiB: 5, type: "fast" }, ["etcdVolume.type", "etcdVolume.sizeGiB"]],
    [{ sizeGiB: 9 }, ["etcdVolume.sizeGiB"]],
    [{ sizeGiB: 10, type: "classic" }, []],
    [{ sizeGiB: 20 }, []],
  ])("as %o: %o", (wanted, refused) => {
    expect(keys(wanted, state("classic"))).toEqual(refused);
  });

  it("is none yet in a new stack", () => {
    expect(keys({ sizeGiB: 5, type: "fast" }, undefined)).toEqual([]);
  });

  it("gets no type where it has none: that would be another volume", () => {
    expect(keys({ sizeGiB: 10, type: "fast" }, state(""))).toEqual(["etcdVolume.type"]);
    expect(keys({ sizeGiB: 10 }, state(""))).toEqual([]);
  });
});

describe("a doubt about what master and nodes share", () => {
  it("is told once", () => {
    const masters = { ...exampleCluster().masters, flavor: "b3-8" };
    const flavors = new Map([["b3-8", named({ ...largeFlavor, diskGiB: 0 })]]);
    const { warnings } = judgeSizes(planOf(exampleCluster({ masters })), ampleCloud({ flavors }));
    expect(warnings).toEqual([expect.stringContaining("Flavor b3-8 (flavor) has no disk of its own")]);
  });
});
