import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../components/model/problems";
import { stackSchema } from "../../components/config/schema";
import { publicKeyFlaw } from "../../components/config/ssh-key";
import { validateConfig } from "../../components/checks/validate";
import { problemsOf, publicKey } from "./config-values";

const pools = (changes: Readonly<Record<string, unknown>>) => ({ nodePools: { web: { count: 1, ...changes } } });
const otherType = publicKey.replace("ssh-ed25519 ", "ssh-rsa ");

const containing = (text: string): unknown => expect.stringContaining(text);

/** One value changed; the key, shown value, and parts of reason and remedy of the one problem that follows. */
const cases: readonly [
  string,
  Record<string, unknown>,
  [key: string, value: string, reason: string, remedy: string],
][] = [
  ["missing key", { sshPublicKey: "" }, ["sshPublicKey", "(not set)", "is not given", "OpenSSH public key"]],
  ["missing list", { adminCidrs: "" }, ["adminCidrs", "(not set)", "is not given", "203.0.113.7/32"]],
  ["empty list", { adminCidrs: "[]" }, ["adminCidrs", "[]", "is empty", "203.0.113.7/32"]],
  [
    "missing image",
    { image: "" },
    ["image", "(not set)", "the master, pool default have none", "openstack image list"],
  ],
  [
    "missing flavor",
    { flavor: "" },
    ["flavor", "(not set)", "the master, pool default have none", "openstack flavor list"],
  ],
  [
    "missing external network",
    { externalNetwork: "" },
    ["externalNetwork", "(not set)", "is not given", "access to none"],
  ],
  [
    "external network unused",
    { access: "none" },
    ["externalNetwork", "Ext-Net", "access is none", "remove externalNetwork"],
  ],
  ["misspelt key", { flavour: "d2-4" }, ["flavour", "d2-4", "is not a known key", "write flavor"]],
  ["unknown key", { zzzzzzzz: "1" }, ["zzzzzzzz", "1", "is not a known key", "known here: image"]],
  [
    "misspelt key of a pool",
    pools({ lables: {} }),
    ["nodePools.web.lables", "{}", "is not a known key", "nodePools.web.labels"],
  ],
  [
    "network with host bits",
    { hostCidr: "192.168.0.5/27" },
    ["hostCidr", "192.168.0.5/27", "not the address of a network", "192.168.0.0/27"],
  ],
  ["IPv6 network", { podCidr: "fd00::/64" }, ["podCidr", "fd00::/64", "IPv6", "IPv4"]],
  ["no network at all", { serviceCidr: "ten" }, ["serviceCidr", "ten", "is not an IPv4 network", "such as"]],
  [
    "address without prefix",
    { adminCidrs: "203.0.113.7" },
    ["adminCidrs[0]", "203.0.113.7", "no prefix length", "203.0.113.7/32"],
  ],
  ["loopback network", { hostCidr: "127.0.0.0/24" }, ["hostCidr", "127.0.0.0/24", "127.0.0.0/8", "private network"]],
  ["service network too large", { serviceCidr: "11.0.0.0/8" }, ["serviceCidr", "11.0.0.0/8", "is a /8", "/12 to /28"]],
  ["pod network too small", { podCidr: "172.17.0.0/25" }, ["podCidr", "172.17.0.0/25", "is a /25", "/8 to /24"]],
  [
    "overlap",
    { podCidr: "192.168.0.0/16" },
    ["podCidr", "192.168.0.0/16", "overlaps hostCidr 192.168.0.0/27", "of its own"],
  ],
  ["too many nodes", { nodes: "17" }, ["nodePools.default.count", "17", "room for 16 nodes", "/26"]],
  ["nodes twice", { nodes: 2, nodePools: { default: { count: 3 } } }, ["nodes", "2", "given twice", "remove one"]],
  ["nodes no number", { nodes: "many" }, ["nodes", "many", "is not a whole number", "from 0 to 1000"]],
  ["fraction of a node", { nodes: 1.5 }, ["nodes", "1.5", "is not a whole number", "from 0 to 1000"]],
  [
    "pool without count",
    { nodePools: { web: {} } },
    ["nodePools.web.count", "(not set)", "is not given", "number of nodes"],
  ],
  [
    "pool called master",
    { nodePools: { master: { count: 1 } } },
    ["nodePools.master", "master", "name of the masters", "another name"],
  ],
  [
    "pool with a bad name",
    { nodePools: { "Web.1": { count: 1 } } },
    ['nodePools["Web.1"]', "Web.1", "is not a name", "lower-case"],
  ],
  [
    "duplicate pool",
    { nodePools: '{"web":{"count":1},"web":{"count":2}}' },
    ["nodePools", '{"web":{"count":1},"web":{"count":2}}', "same name twice", "once"],
  ],
  ["no JSON", { nodePools: '{"web":' }, ["nodePools", '{"web":', "cannot be read as JSON", "--path"]],
  ["no object", { nodePools: "web" }, ["nodePools", "web", "is not an object by name", "NAME"]],
  [
    "reserved address",
    pools({ addressOffset: 12 }),
    ["nodePools.web.addressOffset", "12", "0 to 14 are kept", "to 15, which is free"],
  ],
  [
    "two pools without offset",
    { nodePools: { web: { count: 4 }, work: { count: 2 } } },
    ["nodePools.work.addressOffset", "(not set)", "nor is that of pool web", "to 19, which is free"],
  ],
  [
    "unsupported minor",
    { kubernetesVersion: "1.20.4" },
    ["kubernetesVersion", "1.20.4", "not a supported release", "1.35, 1.36, 1.37"],
  ],
  ["version with v", { kubernetesVersion: "v1.36.3" }, ["kubernetesVersion", "v1.36.3", "is not a release", "1.36.3"]],
  [
    "bad label key",
    pools({ labels: { "a b": "x" } }),
    ['nodePools.web.labels["a b"]', "a b", "not a key that Kubernetes accepts", "example.org/name"],
  ],
  [
    "label kept for Kubernetes",
    pools({ labels: { "node-role.kubernetes.io/web": "" } }),
    [
      'nodePools.web.labels["node-role.kubernetes.io/web"]',
      "node-role.kubernetes.io/web",
      "kept for Kubernetes",
      "domain of your own",
    ],
  ],
  [
    "bad label value",
    pools({ labels: { tier: "a b" } }),
    ["nodePools.web.labels.tier", "a b", "not a value that Kubernetes accepts", "63"],
  ],
  [
    "bad taint",
    pools({ taints: [{ key: "tier", effect: "Never" }] }),
    ["nodePools.web.taints[0].effect", "Never", "is not known", "NoSchedule, PreferNoSchedule, NoExecute"],
  ],
  ["unknown mode", { access: "vpn" }, ["access", "vpn", "is not known", "direct, floatingIp, none"]],
  [
    "unknown authorization",
    { authorization: "Always" },
    ["authorization", "Always", "is not known", "AlwaysAllow, RBAC"],
  ],
  ["ABAC without a policy", { authorization: "ABAC" }, ["abacPolicy", "(not set)", "is not given", "give abacPolicy"]],
  [
    "a policy that nobody reads",
    { authorization: "RBAC", abacPolicy: [{ user: "a" }] },
    ["abacPolicy", "(not shown)", "belongs to authorization ABAC", "remove abacPolicy"],
  ],
  [
    "an unknown member of a policy",
    { authorization: "ABAC", abacPolicy: [{ user: "a", resources: "*" }] },
    ["abacPolicy[0].resources", "*", "is not a known key", "write abacPolicy[0].resource"],
  ],
  [
    "neither true nor false",
    { floatingIpNodes: "perhaps" },
    ["floatingIpNodes", "perhaps", "neither true nor false", "true or false"],
  ],
  [
    "flavor of the master twice",
    { masterFlavor: "a", master: { flavor: "b" } },
    ["masterFlavor", "a", "given twice", "remove one"],
  ],
  [
    "mirror that is no address",
    { artifactMirror: "mirror" },
    ["artifactMirror", "mirror", "not a web address", "https://mirror.example"],
  ],
  [
    "mirror of another kind",
    { artifactMirror: "ftp://mirror.example" },
    ["artifactMirror", "ftp://mirror.example", "neither http nor https", "https://"],
  ],
  [
    "registry mirror",
    { registryMirrors: { "registry.k8s.io": ["x"] } },
    ['registryMirrors["registry.k8s.io"][0]', "x", "not a web address", "https://"],
  ],
  [
    "checksum",
    { artifactChecksums: { "dl.k8s.io/a": "12" } },
    ['artifactChecksums["dl.k8s.io/a"]', "12", "not a SHA-256", "64"],
  ],
  [
    "renewal longer than validity",
    { certificateValidityHours: 100 },
    ["certificateEarlyRenewalHours", "720", "not shorter", "less than 100"],
  ],
  [
    "authority too short",
    { authorityValidityHours: 100 },
    ["authorityValidityHours", "100", "is shorter", "at least 8760"],
  ],
  [
    "VLAN of an existing network",
    { vlanId: 7, existingNetwork: { networkId: "0".repeat(32), subnetId: "1".repeat(32) } },
    ["vlanId", "7", "existingNetwork is given", "remove vlanId"],
  ],
  [
    "resolvers of an existing network",
    {
      access: "floatingIp",
      dnsServers: ["192.0.2.1"],
      existingNetwork: { networkId: "0".repeat(32), subnetId: "1".repeat(32) },
    },
    ["dnsServers", '["192.0.2.1"]', "existingNetwork is given", "remove dnsServers"],
  ],
  [
    "incomplete existing network",
    { existingNetwork: { networkId: "0".repeat(32) } },
    ["existingNetwork.subnetId", "(not set)", "is not given", "give"],
  ],
  [
    "key of another type inside",
    { sshPublicKey: otherType },
    ["sshPublicKey", `ssh-rsa … (${otherType.length} characters, not shown)`, "of another type", ".pub"],
  ],
  [
    "key cut short",
    { sshPublicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA" },
    ["sshPublicKey", "ssh-ed25519 … (36 characters, not shown)", "cut short", ".pub"],
  ],
  [
    "no key",
    { sshPublicKey: "hunter2 secret" },
    ["sshPublicKey", "(14 characters, not shown)", "does not begin with a key type", ".pub"],
  ],
];

describe("configuration problems", () => {
  test.each(cases)("%s", (_, changes, [key, value, reason, remedy]) => {
    expect(problemsOf(changes)).toEqual([{ key, value, reason: containing(reason), remedy: containing(remedy) }]);
  });

  test("a stack whose name cannot name a cluster", () => {
    expect(problemsOf({}, [], "a-stack-with-a-very-long-name")).toMatchObject([
      { key: "clusterName", reason: containing("a-stack-with-a-very-long-name") },
    ]);
  });

  test("a stack marked production may not have what only a trial may, and is told all of it", () => {
    const trial = {
      adminCidrs: ["0.0.0.0/1", "128.0.0.0/1"],
      localhostApi: true,
      etcdVolume: { enabled: false },
      etcdSnapshots: false,
      protectData: false,
    };
    expect(problemsOf({ ...trial, production: true })).toMatchObject([
      { key: "adminCidrs", value: "0.0.0.0/1, 128.0.0.0/1", remedy: containing("networks of your administrators") },
      { key: "authorization", value: "AlwaysAllow", remedy: containing("RBAC") },
      { key: "localhostApi", value: "true", remedy: containing("kubeconfig") },
      { key: "etcdVolume.enabled", value: "false", reason: containing("production is true") },
      { key: "etcdSnapshots.enabled", value: "false", remedy: containing("leave etcdSnapshots enabled") },
      { key: "protectData", value: "false", remedy: containing("leave protectData true") },
    ]);
    expect(problemsOf({ ...trial, production: false })).toEqual([]);
    expect(problemsOf({ production: true, authorization: "RBAC" })).toEqual([]);
  });

  test("a stack marked production may not fetch over plain HTTP what nothing checks", () => {
    const trial = {
      ...{ authorization: "RBAC", artifactMirror: "http://mirror.example" },
      registryMirrors: { "docker.io": ["https://mirror.example", "http://mirror.example"] },
    };
    expect(problemsOf({ ...trial, production: true })).toEqual([
      {
        ...{ key: "artifactMirror", value: "http://mirror.example" },
        reason: containing("kube-apiserver, kube-controller-manager, kube-scheduler, kube-proxy, containerd, runc"),
        remedy: containing("artifactChecksums"),
      },
      {
        ...{ key: 'registryMirrors["docker.io"][1]', value: "http://mirror.example" },
        ...{ reason: containing("production is true"), remedy: "give a mirror by https" },
      },
    ]);
    expect(problemsOf({ ...trial, production: false })).toEqual([]);
    // Checksums that cannot be read say nothing of what is pinned.
    const artifactChecksums = { "dl.k8s.io/kubelet": "no" };
    expect(problemsOf({ ...trial, artifactChecksums, production: true }).map(({ key }) => key)).toEqual([
      'artifactChecksums["dl.k8s.io/kubelet"]',
      'registryMirrors["docker.io"][1]',
    ]);
  });

  test("everything wrong is reported together", () => {
    const keys = problemsOf({
      ...{ sshPublicKey: "", flavour: "x", kubernetesVersion: "1.2.3", podCidr: "192.168.0.0/24", externalNetwork: "" },
      nodePools: { web: { count: 40, labels: { "a b": "c" } }, work: { count: 1, addressOffset: 20, size: 3 } },
    }).map(({ key }) => key);
    expect(keys.toSorted()).toEqual(
      [
        ...["externalNetwork", "flavour", "kubernetesVersion", "nodePools.web.count", 'nodePools.web.labels["a b"]'],
        ...["nodePools.work.addressOffset", "nodePools.work.size", "podCidr", "podCidr", "sshPublicKey"],
      ].toSorted(),
    );
  });

  // An alias is YAML that parses and cannot be resolved.
  test.each(["*!", "{ a: *b }"])("the structure %s is answered like any other that is not JSON", (existingNetwork) => {
    expect(problemsOf({ existingNetwork })).toMatchObject([
      { key: "existingNetwork", reason: "cannot be read as JSON", remedy: containing("give JSON") },
    ]);
  });

  test("whatever the values are, the answer is a configuration or problems with every field", () => {
    const keys = fc.constantFrom(...Object.keys(stackSchema), "unknown");
    const values = fc.oneof(fc.anything(), fc.json(), fc.string(), fc.integer(), fc.ipV4(), fc.webUrl());
    fc.assert(
      fc.property(fc.dictionary(keys, values), (raw) => {
        const result = validateConfig(raw, { stackName: "dev" });
        for (const problem of "problems" in result ? result.problems : []) {
          expect(Object.values(problem).filter((part) => typeof part !== "string" || part === "")).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("a pool for which no offset is free is not reported as overlapping too", () => {
    const problems = problemsOf({ nodes: 16, nodePools: { web: { count: 3 } } });
    expect(problems).toMatchObject([
      { key: "nodePools.web.addressOffset", remedy: containing("make hostCidr a /26 or larger") },
    ]);
  });

  test("a network with a problem of its own brings no others after it", () => {
    expect(problemsOf({ hostCidr: "nonsense", nodes: 500 }).map(({ key }) => key)).toEqual(["hostCidr", "podCidr"]);
  });
});

describe("messages", () => {
  const armour = ["-----BEGIN OPENSSH ", "PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAA\n-----END"].join("");

  test.each([armour, armour.split("\n")[1] ?? ""])(
    "a private key is named as such and never repeated",
    (sshPublicKey) => {
      const problems = problemsOf({ sshPublicKey });
      expect(problems).toMatchObject([
        {
          key: "sshPublicKey",
          value: "(a private key, not shown)",
          reason: containing("is a private key"),
        },
      ]);
      expect(JSON.stringify(problems)).not.toContain("b3Blbn");
    },
  );

  test("secret values, suspicious unknown keys and credentials in addresses are not shown", () => {
    expect(problemsOf({ hostCidr: "hidden" }, ["hostCidr"])).toMatchObject([{ value: "(secret)" }]);
    expect(problemsOf({ adminPassword: "hunter2" })).toMatchObject([{ value: "(not shown)" }]);
    const [problem] = problemsOf({ artifactMirror: "https://me:hunter2@mirror.example" });
    expect(problem?.value).toBe("https://…@mirror.example");
    expect(problem?.reason).toContain("holds credentials");
  });

  test("the error lists every problem with full key, value, reason and remedy", () => {
    expect(new ConfigurationError(problemsOf({ nodes: "17", access: "vpn" })).message).toBe(`\
The stack configuration has 2 problems; nothing was created or changed.

  kovhernetes:access
    value:  vpn
    reason: is not known
    remedy: give one of direct, floatingIp, none

  kovhernetes:nodePools.default.count
    value:  17
    reason: hostCidr 192.168.0.0/27 has room for 16 nodes from host number 15 on
    remedy: ask for at most 16 nodes, or make hostCidr a /26 or larger`);
  });
});

describe("an SSH key", () => {
  const line = (type: string, ...fields: readonly Buffer[]): string => {
    const all = [Buffer.from(type), ...fields].flatMap((field) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(field.length);
      return [length, field];
    });
    return `${type} ${Buffer.concat(all).toString("base64")} someone@example.org`;
  };
  const point = (bytes: number): Buffer => Buffer.concat([Buffer.from([4]), Buffer.alloc(2 * bytes, 1)]);
  const modulus = (bits: number): Buffer => Buffer.concat([Buffer.from([0]), Buffer.alloc(bits / 8, 0xff)]);
  const exponent = Buffer.from([1, 0, 1]);

  test.each([
    line("ssh-ed25519", Buffer.alloc(32, 1)),
    line("sk-ssh-ed25519@openssh.com", Buffer.alloc(32, 1), Buffer.from("ssh:")),
    line("ecdsa-sha2-nistp256", Buffer.from("nistp256"), point(32)),
    line("ecdsa-sha2-nistp384", Buffer.from("nistp384"), point(48)),
    line("ecdsa-sha2-nistp521", Buffer.from("nistp521"), point(66)),
    line("sk-ecdsa-sha2-nistp256@openssh.com", Buffer.from("nistp256"), point(32), Buffer.from("ssh:")),
    line("ssh-rsa", exponent, modulus(3072)),
    line("ssh-rsa", exponent, modulus(1024)),
  ])("%s is one that the images' servers take", (key) => {
    expect(publicKeyFlaw(key)).toBeUndefined();
  });

  test.each([
    [line("ssh-rsa", exponent, modulus(768)), "less than 1024 bits"],
    [line("ssh-rsa", exponent), "cut short"],
    [line("sk-ssh-ed25519@openssh.com", Buffer.alloc(32, 1)), "cut short"],
    [line("ssh-dss", exponent, exponent), "does not begin with a key type"],
    [line("ssh-ed25519-cert-v01@openssh.com", Buffer.alloc(32)), "does not begin with a key type"],
  ])("%s is refused", (key, reason) => {
    expect(publicKeyFlaw(key)?.reason).toContain(reason);
  });
});
