import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { certificateTable } from "../../components/pki/certificates";
import { connections, token } from "../../commands/diagram/connections.ts";
import type { ClusterDescription } from "../../commands/diagram/description.ts";
import { drawCluster } from "../../commands/diagram/diagram.ts";
import { dark, light, type Palette } from "../../commands/diagram/style.ts";
import { fitted, listed, textWidth } from "../../commands/diagram/text-width.ts";
import { matrix } from "../../commands/verify/matrix.ts";
import { exampleDescription, machinesOf } from "../support/cluster-description.ts";
import { elementsOf, overlaps } from "../support/picture.ts";

const textsOf = (svg: string): readonly string[] => elementsOf(svg).map(({ text }) => text);

describe("the picture of a cluster", () => {
  const sizes = [
    ["1 machine", machinesOf("master", 1, 10)],
    ["3 machines", [...machinesOf("master", 1, 10), ...machinesOf("default", 2, 15)]],
    ["3 nodes", [...machinesOf("master", 1, 10), ...machinesOf("default", 3, 15)]],
    ["30 nodes", [...machinesOf("master", 1, 10), ...machinesOf("default", 30, 15)]],
    [
      "30 nodes in pools",
      ["web", "batch", "storage"].flatMap((pool, index) => machinesOf(pool, 10, 20 + 20 * index, true)),
    ],
    ["3 masters and 300 nodes", [...machinesOf("master", 3, 10), ...machinesOf("default", 300, 15)]],
  ] as const;

  test.each(sizes)("has no overlaps with %s, and every machine with its address", (_, machines) => {
    const svg = drawCluster(exampleDescription({ machines }));
    expect(overlaps(svg)).toEqual([]);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(machines.flatMap(({ name, address }) => [name, address])));
  });

  test("has no overlaps whatever the names, networks and numbers", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,19}$/);
    const cidr = fc.ipV4().map((address) => `${address}/32`);
    const pool = fc.record({ pool: name, count: fc.integer({ min: 0, max: 12 }), made: fc.string({ maxLength: 80 }) });
    const access: fc.Arbitrary<ClusterDescription["access"]> = fc.oneof(
      fc.record({ mode: fc.constant("direct" as const), externalNetwork: fc.string({ maxLength: 255 }) }),
      fc.record({
        mode: fc.constant("floatingIp" as const),
        externalNetwork: name,
        router: fc.option(name, { nil: undefined }),
      }),
      fc.constant({ mode: "none" as const }),
    );
    const rule = fc.record({
      appliesTo: fc.constantFrom("machines" as const, "masters" as const),
      what: fc.constantFrom("TCP 30000–32767", "ICMP"),
      from: fc.oneof(cidr, fc.constant("cluster members")),
    });
    const clusters = fc.record({
      name,
      pools: fc.uniqueArray(pool, { maxLength: 4, selector: ({ pool }) => pool }),
      isPublic: fc.boolean(),
      rules: fc.array(rule, { maxLength: 20 }),
      adminCidrs: fc.array(cidr, { minLength: 1, maxLength: 40 }),
      hostNetwork: fc.record({ cidr, name: fc.string({ maxLength: 80 }), vlanId: fc.constantFrom(undefined, "4094") }),
      access,
      localhostApi: fc.boolean(),
      etcdVolume: fc.option(fc.record({ sizeGiB: fc.nat(), type: fc.string({ maxLength: 60 }) }), { nil: undefined }),
    });
    fc.assert(
      fc.property(clusters, ({ name, pools, isPublic, ...rest }) => {
        const machines = [{ pool: "master", count: 1, made: "x" }, ...pools].flatMap(({ pool, count, made }, index) =>
          machinesOf(pool, count, 10 + 20 * index, isPublic).map((machine) => ({
            ...machine,
            name: `${name}-${machine.pool}-${machine.name.split("-").pop() ?? ""}`,
            image: made,
          })),
        );
        expect(overlaps(drawCluster(exampleDescription({ name, machines, ...rest })))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test("shows the longest names in full", () => {
    const names = ["a-production-cluster-master-0", "a-production-cluster-general-purpose-pool-199"];
    const machines = [...machinesOf("master", 1, 10), ...machinesOf("general-purpose-pool", 1, 15)];
    const named = machines.map((machine, index) => ({ ...machine, name: names[index] ?? "" }));
    expect(textsOf(drawCluster(exampleDescription({ machines: named })))).toEqual(expect.arrayContaining(names));
  });

  test("is found to overlap when it does", () => {
    const svg = drawCluster(exampleDescription());
    const spoiled = {
      "a text that is too long": svg.replace(">kube-controller-manager<", ">kube-controller-manager and its friends<"),
      "a box over another": svg.replace(/(<rect x="56" y="\d+" width=")200/, "$1240"),
      "a line through a box": svg.replace(/<line x1="484"/, '<line x1="300"'),
      "a text on a line": svg.replace(">host network<", ">host network of the whole cluster<"),
    };
    for (const [what, text] of Object.entries(spoiled)) {
      expect(text, what).not.toBe(svg);
      expect(overlaps(text), what).not.toEqual([]);
    }
  });

  test("shows what is peculiar to the cluster", () => {
    const { rules } = exampleDescription();
    const texts = textsOf(drawCluster(exampleDescription({ adminCidrs: ["203.0.113.7/32", "198.51.100.0/24"] })));
    expect(texts).toEqual(
      expect.arrayContaining([
        "203.0.113.7/32, 198.51.100.0/24",
        "192.168.0.0/16",
        "pod network 172.16.0.0/12",
        "service network 10.100.0.0/16",
        "authorization AlwaysAllow",
        "10 GiB, high-speed",
        "external network Ext-Net: router dev-network, floating addresses of 1 of 2 machines",
        ...rules.flatMap(({ what, from }) => [what, from]),
      ]),
    );
  });

  test("cannot be broken by what is in a name", () => {
    const svg = drawCluster(exampleDescription({ name: `<script>"&'</script>` }));
    expect(svg).not.toContain("<script>");
    expect(textsOf(svg)).toContain(`<script>"&'</script>`);
  });
});

describe("the connections of the picture", () => {
  const machines = [
    { name: "MASTER", role: "master", address: "192.168.0.10", ssh: "" },
    { name: "NAME", role: "node", address: "192.168.0.15", ssh: "" },
  ] as const;
  const kind = (name: string): string => name.replace(/ of .*| \(peers\)/, "");

  test("are those that `verify` tries on a running cluster, with the administrator's and the pods'", () => {
    const tried = matrix({ machines, authorization: "RBAC", withExpired: false })
      .filter(({ attempt }) => attempt === "right identity")
      .map(({ client, server, url, authority }) =>
        [kind(client), kind(server), new URL(url).port, authority.includes("etcd") ? "etcd" : "kubernetes"].join(" "),
      );
    const own = ["administrator", "pods"].map((client) => `${client} kube-apiserver 6443 kubernetes`);
    const drawn = connections.map(({ client, server, port, authority }) => [client, server, port, authority].join(" "));
    expect([...drawn].sort()).toEqual([...new Set([...tried, ...own])].sort());
  });

  test("show certificates that the cluster has", () => {
    const [masters, nodes] = machines.map(({ name, address }) => [{ hostName: name, address }]);
    const names = certificateTable({
      masters: masters ?? [],
      nodes: nodes ?? [],
      apiServiceAddress: "10.0.0.1",
      clusterDomain: "cluster.local",
      localhostApi: false,
    }).map(({ commonName }) => commonName);
    const shown = connections
      .map(({ shows }) => shows)
      .filter((shows) => shows !== token && shows !== "its peer certificate");
    expect(names).toEqual(expect.arrayContaining(shown));
  });

  test("are each drawn once and listed once", () => {
    const numbers = textsOf(drawCluster(exampleDescription())).filter((text) => /^\d$/.test(text));
    const twice = connections.flatMap((_, index) => [String(index + 1), String(index + 1)]);
    expect([...numbers].sort()).toEqual(twice);
  });
});

describe("the colours", () => {
  /** Contrast by WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio). */
  const contrast = (one: string, other: string): number => {
    const luminance = (colour: string): number => {
      const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
        const part = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };

  test.each([
    ["light", light],
    ["dark", dark],
  ] satisfies [string, Palette][])("%s: can be read, and lines be seen, on every box", (_, palette) => {
    for (const [fill] of Object.values(palette.boxes)) {
      expect(contrast(palette.text, fill)).toBeGreaterThanOrEqual(7);
      expect(contrast(palette.muted, fill)).toBeGreaterThanOrEqual(4.5);
      for (const line of Object.values(palette.lines)) expect(contrast(line, fill)).toBeGreaterThanOrEqual(3);
    }
    expect(contrast(palette.badge.text, palette.badge.fill)).toBeGreaterThanOrEqual(4.5);
  });

  test("are both in the picture, the dark ones for whoever prefers them", () => {
    const [first = "", second = ""] = drawCluster(exampleDescription()).split("@media (prefers-color-scheme: dark)");
    expect(first).toContain(`text { fill: ${light.text}; }`);
    expect(second).toContain(`text { fill: ${dark.text}; }`);
  });
});

describe("a text", () => {
  const font = { size: 10 };

  test("is cut only where it must be, and fits then", () => {
    expect(fitted("short", font, 100)).toBe("short");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.integer({ min: 12, max: 300 }), (text, width) => {
        expect(textWidth(fitted(text, font, width), font)).toBeLessThanOrEqual(width);
      }),
    );
  });

  test("lists as much as fits, and counts the rest", () => {
    expect(listed(["a", "b"], font, 100)).toBe("a, b");
    expect(listed(["10.0.0.0/8", "192.168.0.0/16", "172.16.0.0/12"], font, 140)).toBe("10.0.0.0/8, 2 more");
  });
});
