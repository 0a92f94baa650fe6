import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ask, refusal } from "../../components/cloud/answer";
import { entranceProblem } from "../../components/cloud/entrance";
import type { CloudFacts } from "../../components/cloud/facts";
import { judgeNames } from "../../components/feasibility/judge-names";
import { judgeNetwork } from "../../components/feasibility/judge-network";
import { judgeSizes, smallestFlavors } from "../../components/feasibility/judge-sizes";
import { cloudNames } from "../../components/feasibility/names";
import { firstWordPattern, similarPattern } from "../../components/feasibility/similar";
import type { ClusterConfig } from "../../components/model/cluster";
import {
  directAccess,
  exampleCluster,
  exampleNetwork,
  examplePool,
  privateAccess,
} from "../components/example-cluster";
import {
  absent,
  ampleCloud,
  known,
  largeFlavor,
  named,
  plainImage,
  unanswered,
  volumeQuota,
} from "../support/cloud-facts";
import { planOf, stateOf } from "../support/stack-state";

const planned = (changes: Partial<ClusterConfig> = {}, state?: unknown) => planOf(exampleCluster(changes), state);
const namesVerdict = (facts: CloudFacts, changes: Partial<ClusterConfig> = {}) => judgeNames(planned(changes), facts);

describe("the names that an update depends on", () => {
  it("are those of new servers and of changes that wait, each once, at the key that holds it", () => {
    const pools = [
      examplePool("small", 2, 15),
      { ...examplePool("large", 1, 20), flavor: "b3-64", image: "debian-12" },
    ];
    expect(cloudNames(planned({ nodePools: pools }))).toMatchObject({
      images: [
        { key: "master.image", value: "debian-13" },
        { key: "nodePools.large.image", value: "debian-12" },
      ],
      flavors: [
        { key: "master.flavor", value: "b3-16" },
        { key: "nodePools.small.flavor", value: "b3-8" },
        { key: "nodePools.large.flavor", value: "b3-64" },
      ],
    });
  });

  it("are none of machines that stay: the cloud may have retired their image", () => {
    expect(cloudNames(planned({}, stateOf(exampleCluster())))).toEqual({ images: [], flavors: [], zones: [] });
    const before = exampleCluster({ nodePools: [{ ...examplePool("default", 1, 15), image: "debian-12" }] });
    expect(cloudNames(planned({}, stateOf(before))).images).toEqual([{ key: "image", value: "debian-13" }]);
  });

  it("stand at the key of all machines where all machines share them", () => {
    expect(cloudNames(planned()).images).toEqual([{ key: "image", value: "debian-13" }]);
  });
});

describe("a name that the cloud does not know", () => {
  it("is listed with all others, each with its key, and the nearest names where some are known", () => {
    const facts = ampleCloud({
      images: new Map([["debian-13", { answer: absent, near: ["Debian 13", "Debian 12"] }]]),
      flavors: new Map([
        ["b3-8", { answer: absent, near: [], note: "it is the identifier of a flavor; its name is asked for" }],
        ["b3-16", named(largeFlavor)],
      ]),
      externalNetwork: { answer: absent, near: ["public"] },
      flavorList: known(new Map([["B3-8", largeFlavor], ["c3-128", largeFlavor]])), // prettier-ignore
    });
    const { problems } = namesVerdict(facts);
    expect(problems.map(({ key, value, remedy }) => [key, value, remedy])).toEqual([
      ["image", "debian-13", "write Debian 13 or Debian 12, or another of `openstack image list`"],
      ["nodePools.default.flavor", "b3-8", "write B3-8, or another of `openstack flavor list`"],
      ["externalNetwork", "Ext-Net", "write public, or another of `openstack network list --external`"],
    ]);
    expect(problems[1]?.reason).toContain("it is the identifier of a flavor");
  });

  it("is not answered with an invented one where none is known", () => {
    const flavors = new Map([["b3-8", { answer: absent, near: [] }]]);
    const [problem] = namesVerdict(ampleCloud({ flavors })).problems;
    expect(problem?.remedy).toBe(
      "name one of `openstack flavor list` (no flavor is named like it, or the list cannot be had)",
    );
  });

  it("is no more known when the cloud has several of it", () => {
    const answer = { kind: "ambiguous", reason: "Your query returned more than one result." } as const;
    const [problem] = namesVerdict(ampleCloud({ images: new Map([["debian-13", { answer, near: [] }]]) })).problems;
    expect(problem).toMatchObject({ key: "image", value: "debian-13" });
    expect(problem?.reason).toContain("several images of this name");
  });

  it("carries the cloud's own words when the question fails", () => {
    const [problem] = namesVerdict(
      ampleCloud({ externalNetwork: { answer: { kind: "unanswered", reason: "500 oh no" }, near: [] } }),
    ).problems;
    expect(problem?.reason).toBe("the cloud says: 500 oh no");
  });

  it("is a zone or a volume type as well, whose valid names are listed, the nearest first", () => {
    const facts = ampleCloud({ zones: known(["alpha", "eu-west-1b", "eu-west-1a"]) });
    const changes = {
      nodePools: [{ ...examplePool("default", 1, 15), availabilityZone: "eu-west-1" }],
      masters: { ...exampleCluster().masters, etcdVolume: { sizeGiB: 10, type: "hi-speed" } },
    };
    expect(namesVerdict(facts, changes).problems.map(({ key, value, remedy }) => [key, value, remedy])).toEqual([
      ["nodePools.default.availabilityZone", "eu-west-1", "write eu-west-1b or eu-west-1a or alpha"],
      ["etcdVolume.type", "hi-speed", "write high-speed or classic"],
    ]);
    const right = { ...changes, nodePools: [{ ...examplePool("default", 1, 15), availabilityZone: "alpha:host-7" }] };
    expect(namesVerdict(facts, right).problems.map(({ key }) => key)).toEqual(["etcdVolume.type"]);
  });

  it("is left unchecked where the cloud does not tell", () => {
    const changes = {
      nodePools: [{ ...examplePool("default", 1, 15), availabilityZone: "nova" }],
      masters: { ...exampleCluster().masters, etcdVolume: { sizeGiB: 10, type: "fast" } },
    };
    const verdict = namesVerdict(ampleCloud({ zones: unanswered, volumes: unanswered }), changes);
    expect(verdict.problems).toEqual([]);
    expect(verdict.unchecked.map(({ what }) => what)).toEqual(["availability zone nova", "volume type fast"]);
    const none = namesVerdict(ampleCloud({ zones: known(["nova"]), volumes: volumeQuota({ types: {} }) }), changes);
    expect(none.unchecked.map(({ what }) => what)).toEqual(["volume type fast"]);
  });
});

describe("a flavor", () => {
  const sizes = (facts: CloudFacts, changes: Partial<ClusterConfig> = {}) => judgeSizes(planned(changes), facts);
  const flavors = (flavor: typeof largeFlavor) => new Map([["b3-8", named(flavor)], ["b3-16", named(flavor)]]); // prettier-ignore

  it("is enough when it has what the role needs, and too small when it lacks any of it", () => {
    for (const role of ["master", "node"] as const) {
      const key = role === "master" ? "master.flavor" : "nodePools.default.flavor";
      const of = (flavor: typeof largeFlavor) =>
        sizes(ampleCloud({ flavors: flavors(flavor) })).problems.filter((problem) => problem.key === key);
      const least = smallestFlavors[role];
      expect(of(least)).toEqual([]);
      expect(of({ ...least, cores: least.cores - 1 })[0]?.reason).toContain(`(${least.cores} needed)`);
      expect(of({ ...least, memoryMiB: least.memoryMiB - 1 })[0]?.reason).toContain(`(${least.memoryMiB} needed)`);
      expect(of({ ...least, diskGiB: least.diskGiB - 1 })[0]?.reason).toContain(`(${least.diskGiB} needed)`);
    }
  });

  it("must hold its image, whose own limits may be higher", () => {
    const small = { cores: 2, memoryMiB: 2048, diskGiB: 10 };
    const of = (image: Partial<typeof plainImage>) =>
      sizes(
        ampleCloud({ flavors: flavors(small), images: new Map([["debian-13", named({ ...plainImage, ...image })]]) }),
      ).problems.length;
    expect(of({})).toBe(0);
    expect(of({ minDiskGiB: 11 })).toBe(2);
    expect(of({ minMemoryMiB: 4096 })).toBe(2);
    expect(of({ sizeBytes: 10 * 2 ** 30 + 1 })).toBe(2);
  });

  it("that is too small is answered with the smallest that are enough, where the list can be had", () => {
    const list = new Map([
      ["huge", { cores: 16, memoryMiB: 65536, diskGiB: 400 }],
      ["right", { cores: 2, memoryMiB: 2048, diskGiB: 20 }],
      ["diskless", { cores: 2, memoryMiB: 2048, diskGiB: 0 }],
    ]);
    const tiny = flavors({ cores: 1, memoryMiB: 512, diskGiB: 20 });
    const [problem] = sizes(ampleCloud({ flavors: tiny, flavorList: known(list) })).problems;
    expect(problem?.remedy).toContain("right or huge, or another of `openstack flavor list --min-ram 1700");
    expect(sizes(ampleCloud({ flavors: tiny })).problems[0]?.remedy).toContain("`openstack flavor list --min-ram 1700");
  });

  it("without a disk of its own is a warning, since some clouds allow it", () => {
    const verdict = sizes(ampleCloud({ flavors: flavors({ ...largeFlavor, diskGiB: 0 }) }));
    expect(verdict.problems).toEqual([]);
    expect(verdict.warnings).toHaveLength(2);
  });

  it("of a machine that stays is not looked at", () => {
    const tiny = ampleCloud({ flavors: flavors({ cores: 1, memoryMiB: 64, diskGiB: 1 }) });
    expect(judgeSizes(planned({}, stateOf(exampleCluster())), tiny).problems).toEqual([]);
  });
});

describe("an existing network", () => {
  const existing = {
    networkId: "4ca1b2d0-0000-0000-0000-000000000001",
    subnetId: "4ca1b2d0-0000-0000-0000-000000000002",
  };
  const changes = { access: privateAccess, network: { ...exampleNetwork, dnsServers: [] as string[], existing } };
  const subnet = {
    networkId: existing.networkId.replaceAll("-", ""),
    cidr: exampleNetwork.hostCidr,
    dhcp: true,
    gateway: "",
    dnsServers: [] as string[],
    allocationPools: [{ start: "192.168.0.2", end: "192.168.0.9" }],
  };
  const judged = (
    facts: Partial<typeof subnet>,
    more: Partial<typeof changes> | { access: typeof directAccess } = {},
  ) =>
    judgeNetwork(
      planned({ ...changes, ...more }),
      ampleCloud({ existingNetwork: { network: known({}), subnet: known({ ...subnet, ...facts }) } }),
    );

  it("with the right subnet is silent", () => {
    expect(judged({})).toEqual({ problems: [], warnings: [], unchecked: [] });
  });

  it("must be there, and its subnet be of it, and of hostCidr", () => {
    const { problems } = judgeNetwork(
      planned(changes),
      ampleCloud({ existingNetwork: { network: absent, subnet: absent } }),
    );
    expect(problems.map(({ key }) => key)).toEqual(["existingNetwork.networkId", "existingNetwork.subnetId"]);
    expect(
      judged({ networkId: "other", cidr: "10.1.0.0/24" }).problems.map(({ key, remedy }) => [key, remedy]),
    ).toEqual([
      ["existingNetwork.subnetId", "give the identifier that `openstack subnet list` shows"],
      ["hostCidr", "set hostCidr to 10.1.0.0/24"],
    ]);
  });

  it("warns of an allocation pool that holds addresses of new machines, and of a subnet without DHCP", () => {
    const { warnings } = judged({ dhcp: false, allocationPools: [{ start: "192.168.0.2", end: "192.168.0.30" }] });
    expect(warnings.join()).toMatch(/no DHCP.*192\.168\.0\.10 and 1 more/);
    expect(judged({ allocationPools: [{ start: "192.168.0.16", end: "192.168.0.30" }] }).warnings).toEqual([]);
  });

  it("beside an external one has no gateway that machines could not put behind the other", () => {
    const gateway = "192.168.0.1";
    // What DHCP gives they order by themselves.
    expect(judged({ gateway }, { access: directAccess }).problems).toEqual([]);
    expect(judged({ gateway, dhcp: false }).problems).toEqual([]);
    expect(judged({ gateway, dhcp: false }, { access: directAccess }).problems).toEqual([
      {
        key: "existingNetwork.subnetId",
        value: existing.subnetId,
        reason:
          "has the gateway 192.168.0.1 and no DHCP: with access direct machines would have two equal default routes",
        remedy: `openstack subnet set --gateway none ${existing.subnetId}, or another access`,
      },
    ]);
  });

  it("beside an external one has its resolvers left out, which is said", () => {
    const dnsServers = ["10.1.1.1"];
    expect(judged({ dnsServers }).warnings).toEqual([]);
    const said = judged({ dnsServers }, { access: directAccess }).warnings;
    expect(said).toEqual([expect.stringMatching(/names resolvers \(10\.1\.1\.1\).*external network.*give dnsServers/)]);
    const network = { ...changes.network, dnsServers: ["192.0.2.1"] };
    expect(judged({ dnsServers }, { access: directAccess, network }).warnings).toEqual([]);
  });
});

describe("what the provider says", () => {
  const outcome = async (message: string) =>
    ask(() =>
      Promise.reject(
        new Error(`invocation of a:b/c:d returned an error: invoking a:b/c:d: 1 error occurred:\n\t* ${message}\n\n`),
      ),
    );

  it.each([
    ["Your query returned no results. Please change your search criteria and try again.", "absent"],
    [
      "Your query returned no openstack_networking_subnet_v2. Please change your search criteria and try again.",
      "absent",
    ],
    ["No Flavor found", "absent"],
    [
      "Error retrieving openstack_compute_keypair_v2 x: Resource not found: [GET https://…], error message: …",
      "absent",
    ],
    ["Your query returned more than one result. Please try a more specific search criteria", "ambiguous"],
    ["More than one openstack_networking_floatingip_v2 found", "ambiguous"],
    ["Request forbidden: [GET https://…], error message: …", "unanswered"],
    ["No suitable endpoint could be found in the service catalog", "unanswered"],
    ['Post "https://keystone.example/v3/auth/tokens": dial tcp: lookup keystone.example: no such host', "unanswered"],
  ])("%s is %s, without the engine's envelope", async (message, kind) => {
    const answer = await outcome(message);
    expect(answer.kind).toBe(kind);
    expect(answer).toMatchObject({ reason: message.replace(/\s+/g, " ").trim() });
  });

  it("is one problem when the cloud cannot be entered, and not when some questions are answered", () => {
    const refused = { answer: refusal(new Error("Authentication failed: 401")), near: [] };
    const images = new Map([["debian-13", refused]]);
    const flavors = new Map([["b3-8", refused]]);
    expect(entranceProblem(ampleCloud({ images, flavors, externalNetwork: refused }))).toMatchObject({
      key: "openstack:*",
    });
    expect(entranceProblem(ampleCloud({ images, flavors }))).toBeUndefined();
    expect(entranceProblem(ampleCloud())).toBeUndefined();
  });
});

describe("names that are like one", () => {
  const similar = (name: string) => new RegExp(similarPattern(name).replace("(?i)", ""), "iu");

  it.each([
    ["debian-12", "Debian 12"],
    ["Debian12", "Debian 12"],
    ["Ubuntu 24.04", "ubuntu_24-04"],
    ["Debain 12", "Debian 12"],
    ["Debian 1", "Debian 12"],
    ["Debian 13", "Debian 12"],
  ])("%s is like %s", (name, other) => {
    expect(similar(name).test(other)).toBe(true);
  });

  it("a name is like itself and like what one letter more, less or other makes of it, and is matched as text", () => {
    const letter = fc.constantFrom(...Array.from("abcXYZ019.*+?()[]{}|^$\\/-_"));
    // A slip in a run of separators changes them all, and names have none.
    const name = fc
      .array(letter, { minLength: 2, maxLength: 30 })
      .map((letters) => letters.join("").replaceAll(/[._-]{2,}/g, "-"))
      .filter((text) => text.length >= 2);
    fc.assert(
      fc.property(name, fc.nat(), letter, (text, position, other) => {
        const at = position % text.length;
        const pattern = similar(text);
        expect(pattern.test(text)).toBe(true);
        expect(pattern.test(text.slice(0, at) + text.slice(at + 1))).toBe(true);
        expect(pattern.test(text.slice(0, at) + other + text.slice(at + 1))).toBe(true);
      }),
    );
  });

  it("another name is not", () => {
    expect(similar("Debian 12").test("Ubuntu 24.04")).toBe(false);
    expect(similar("b3-8").test("completely-different")).toBe(false);
  });

  it("the first word is letters alone", () => {
    expect(firstWordPattern("Debian 12")).toBe("(?i)Debian");
    expect(firstWordPattern("12 monkeys")).toBeUndefined();
  });
});
