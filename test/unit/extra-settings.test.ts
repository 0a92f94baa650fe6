import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { renderMaster, renderNode } from "../../cloudinit";
import { apiServerFlags } from "../../cloudinit/apiserver";
import { apiServerArguments, refusedArguments } from "../../cloudinit/apiserver-arguments";
import { kubeletFields, ownKubeletFields } from "../../cloudinit/kubelet-fields";
import { exemptNamespaces } from "../../cloudinit/pod-security";
import { configurationWarnings } from "../../components/checks/warnings";
import { lifecycleNotices } from "../../components/notices/lifecycle";
import { unknownNotices } from "../../components/notices/unknown";
import type { ClusterConfig } from "../../components/model/cluster";
import type { RecordedMachine } from "../../components/model/recorded";
import { planAddresses } from "../../components/plan/addresses";
import { securityRules } from "../../components/plan/security-rules";
import { renderKubeconfig } from "../../components/pki/kubeconfig";
import { planMachines } from "../../components/plan/machines";
import { masterDescription, nodeDescription } from "../support/descriptions";
import { parseUserData, renderedUnits, splitCommand, unitDirectives } from "../support/user-data";
import { configOf, problemsOf } from "./config-values";

const plansOf = (config: ClusterConfig) =>
  planMachines(config, planAddresses({ ...config.network, masterCount: 1, pools: config.nodePools }));

/** The machines of a configuration, made by this version; with `isTold` false by one that recorded nothing. */
const recordedOf = (config: ClusterConfig, isTold = true): readonly RecordedMachine[] =>
  plansOf(config).map(({ hostName, role, shape, kubernetes, madeWith }) => ({
    ...{ name: hostName, role, generation: shape.generation, kubernetes, image: shape.image, flavor: shape.flavor },
    ...(isTold ? { madeWith } : {}),
  }));

const pace = { maxUnavailable: 1, drainMinutes: 10, timeoutMinutes: 20 };
const noticesOf = (before: ClusterConfig, after: ClusterConfig, isTold = true): string =>
  lifecycleNotices(plansOf(after), recordedOf(before, isTold), pace).join("\n");

const kubeletOf = (text: string): Record<string, unknown> =>
  parse(parseUserData(text).files.get("/etc/kubernetes/kubelet.yaml")?.content ?? "") as Record<string, unknown>;
const argumentsOf = (text: string, unit: string): readonly string[] => {
  const [[, command] = ["", ""]] = unitDirectives(renderedUnits(text).get(unit) ?? "", "Service").filter(
    ([name]) => name === "ExecStart",
  );
  return splitCommand(command);
};

describe("settings that are there only where somebody asks for them", () => {
  const nothing = {
    podSecurity: "privileged",
    oidc: [],
    apiServer: { arguments: {} },
    kubeProxy: { mode: "iptables" },
    ntpServers: [],
    extraSecurityRules: [],
    nodePools: { default: { kubelet: {} } },
    master: { kubelet: {} },
  };

  it("leave a configuration as it is that says nothing of them, or asks for what is there anyway", () => {
    expect(configOf(nothing)).toEqual(configOf());
  });

  it("leave the records of machines as they were", () => {
    const keys = plansOf(configOf(nothing)).flatMap(({ madeWith }) => Object.keys(madeWith.settings));
    for (const key of ["kubelet", "podSecurity", "apiServer", "kubeProxy", "ntpServers"])
      expect(keys).not.toContain(key);
  });

  const asked: readonly (readonly [string, Readonly<Record<string, unknown>>, readonly string[]])[] = [
    ["nodePools.default.kubelet", { nodePools: { default: { kubelet: { maxPods: 200 } } } }, ["dev-default-0"]],
    ["master.kubelet", { master: { kubelet: { maxPods: 200 } } }, ["dev-master-0"]],
    [
      "nodePools.default.userDataExtra",
      { nodePools: { default: { userDataExtra: { script: "#!/bin/sh\n:" } } } },
      ["dev-default-0"],
    ],
    ["podSecurity", { podSecurity: "restricted" }, ["dev-master-0"]],
    ["apiServer", { apiServer: { arguments: { "event-ttl": "2h" } } }, ["dev-master-0"]],
    ["kubeProxy", { kubeProxy: { mode: "nftables" } }, ["dev-master-0", "dev-default-0"]],
    ["ntpServers", { ntpServers: ["ntp.example.org"] }, ["dev-master-0", "dev-default-0"]],
  ];

  it.each(asked)("wait for a generation of the machines that have them: %s", (key, change, names) => {
    const [before, after] = [configOf(), configOf(change)];
    for (const name of names) {
      expect(noticesOf(before, after)).toContain(`${name}: ${key}`);
      // A version that did not know the setting made the machine without it.
      expect(noticesOf(before, after, false)).toContain(`${name}: ${key}`);
      expect(noticesOf(after, before)).toContain(`${name}: ${key} off (has it)`);
    }
    expect(noticesOf(after, after)).toBe("");
    expect(noticesOf(before, after).match(/Waiting for it/g)).toHaveLength(names.length);
    expect(unknownNotices(plansOf(after), recordedOf(before))).toEqual([]);
  });
});

describe("fields of the kubelet's configuration", () => {
  const problemOf = (kubelet: unknown) => problemsOf({ nodePools: { default: { kubelet } } });

  it("are merged over the program's own, thresholds signal by signal", () => {
    const before = kubeletOf(renderNode(nodeDescription));
    const extra = { maxPods: 200, podPidsLimit: 8192, evictionHard: { "memory.available": "500Mi" } };
    const { evictionHard, ...after } = kubeletOf(renderNode({ ...nodeDescription, kubelet: extra }));
    const { evictionHard: own, ...rest } = before;
    expect(after).toEqual({ ...rest, maxPods: 200, podPidsLimit: 8192 });
    expect(evictionHard).toEqual({ ...(own as object), "memory.available": "500Mi" });
  });

  it("pull one image at a time where they say so", () => {
    const kubelet = { serializeImagePulls: true };
    expect(kubeletOf(renderNode({ ...nodeDescription, kubelet }))).toMatchObject({ maxParallelImagePulls: 1 });
  });

  it.each(Object.keys(ownKubeletFields))("are refused, with why, where the program's own would change: %s", (name) => {
    const [problem, ...others] = problemOf({ [name]: true });
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ key: `nodePools.default.kubelet.${name}`, value: "true" });
    expect(problem?.reason).toMatch(/^is the program's own: .{20}/);
  });

  it("are none of the program's own", () => {
    expect(Object.keys(kubeletFields).filter((name) => name in ownKubeletFields)).toEqual([]);
    const all = [...Object.keys(kubeletFields), ...Object.keys(ownKubeletFields)];
    const written = Object.keys(kubeletOf(renderNode(nodeDescription)));
    expect(written.filter((name) => !all.includes(name))).toEqual([]);
  });

  it.each([
    [{ maxpods: 10 }, "maxpods", "write maxPods"],
    [{ maxPods: 251 }, "maxPods", "give a whole number from 1 to 250"],
    [{ maxPods: "200" }, "maxPods", "give a whole number from 1 to 250"],
    [{ evictionHard: { "memory.availible": "1Gi" } }, "evictionHard", "give sizes such as 500Mi or 10% by signal"],
    [{ evictionSoft: { "memory.available": "1Gi" } }, "evictionSoft", "give evictionSoftGracePeriod"],
    [{ imageGCLowThresholdPercent: 85 }, "imageGCLowThresholdPercent", "give both"],
    [{ serializeImagePulls: true, maxParallelImagePulls: 2 }, "maxParallelImagePulls", "remove one of the two"],
    [{ imageMaximumGCAge: "1m30s" }, "imageMaximumGCAge", "give a longer time"],
    [{ imageMinimumGCAge: "soon" }, "imageMinimumGCAge", "give a time such as 30s"],
    [{ cpuManagerPolicy: "fixed" }, "cpuManagerPolicy", "give one of none, static"],
    [{ cpuCFSQuota: "true" }, "cpuCFSQuota", "give true or false"],
    [{ allowedUnsafeSysctls: ["net.core.*\n"] }, "allowedUnsafeSysctls", "give a list of texts"],
  ])("are refused where the kubelet would not start: %j", (fields, name, remedy) => {
    expect(problemOf(fields)).toMatchObject([
      { key: `nodePools.default.kubelet.${name}`, remedy: expect.stringContaining(remedy) as string },
    ]);
  });
});

describe("arguments of the API server", () => {
  const problemOf = (all: Readonly<Record<string, unknown>>) => problemsOf({ apiServer: { arguments: all } });
  const own = Object.keys(
    apiServerFlags({
      ...masterDescription,
      podSecurity: "baseline",
      authorization: { mode: "Webhook", kubeconfig: "" },
    }),
  );

  it("are given beside the program's own", () => {
    const before = argumentsOf(renderMaster(masterDescription), "kube-apiserver.service");
    const text = renderMaster({
      ...masterDescription,
      apiServerArguments: { "event-ttl": "2h", "audit-log-maxage": "90" },
    });
    const after = argumentsOf(text, "kube-apiserver.service");
    expect(after).toEqual(
      [
        ...before.filter((word) => !word.startsWith("--audit-log-maxage=")),
        "--event-ttl=2h",
        "--audit-log-maxage=90",
      ].sort((one, other) => after.indexOf(one) - after.indexOf(other)),
    );
    expect(after).toHaveLength(before.length + 1);
  });

  it.each(own.filter((name) => !(name in apiServerArguments)))(
    "are refused where the program's own would change: %s",
    (name) => {
      const [problem, ...others] = problemOf({ [name]: "x" });
      expect(others).toEqual([]);
      expect(problem?.key).toBe(`apiServer.arguments.${name}`);
      expect(problem?.remedy).not.toBe("");
    },
  );

  it("can change of the program's own what keeps more than it does, and nothing else", () => {
    expect(own.filter((name) => name in apiServerArguments)).toEqual(["audit-log-maxage", "audit-log-maxbackup"]);
    expect(problemOf({ "audit-log-maxage": 7 })).toMatchObject([{ remedy: "give a whole number from 30 to 3650" }]);
  });

  it("say for the usual wishes where they belong", () => {
    for (const name of Object.keys(apiServerArguments)) {
      expect(refusedArguments.filter(({ names }) => names.test(name) && !name.startsWith("audit-"))).toEqual([]);
    }
    expect(problemOf({ "oidc-issuer-url": "https://issuer.example" })).toMatchObject([
      { key: "apiServer.arguments.oidc-issuer-url", remedy: "use the key oidc for people, or the kubeconfig" },
    ]);
    expect(problemOf({ "feature-gates": "A=true" })[0]?.reason).toContain("does not start after an upgrade");
    expect(problemOf({ "--event-ttl": "2h" })[0]?.remedy).toBe("write event-ttl");
    expect(problemOf({ "event-tll": "2h" })[0]?.remedy).toBe("write event-ttl");
  });

  it.each([
    ["event-ttl", "1s"],
    ["event-ttl", "soon"],
    ["goaway-chance", "0.5"],
    ["v", "8"],
    ["enable-aggregator-routing", "yes"],
  ])("are refused with what they may be: %s %s", (name, text) => {
    expect(problemOf({ [name]: text })).toMatchObject([{ key: `apiServer.arguments.${name}`, value: text }]);
  });
});

describe("podSecurity", () => {
  it("exempts the namespaces of what runs in every cluster, and no other", () => {
    const text = renderMaster({ ...masterDescription, podSecurity: "restricted" });
    const file = parse(parseUserData(text).files.get("/etc/kubernetes/admission.yaml")?.content ?? "") as object;
    expect(file).toMatchObject({
      plugins: [
        {
          name: "PodSecurity",
          configuration: {
            defaults: { enforce: "restricted", "enforce-version": "latest" },
            exemptions: { namespaces: ["kube-system", "kube-flannel"] },
          },
        },
      ],
    });
    expect(exemptNamespaces).toHaveLength(2);
    expect(argumentsOf(text, "kube-apiserver.service")).toContain(
      "--admission-control-config-file=/etc/kubernetes/admission.yaml",
    );
  });

  it("is said to hold nobody back where everybody may do anything", () => {
    const warned = (changes: object) =>
      configurationWarnings(configOf({ podSecurity: "baseline", ...changes })).filter((text) =>
        /^podSecurity/.test(text),
      );
    expect(warned({})).toHaveLength(1);
    expect(warned({ authorization: "RBAC" })).toEqual([]);
  });
});

describe("kube-proxy by nftables", () => {
  const text = renderNode({ ...nodeDescription, kubeProxyMode: "nftables" });

  it("answers on every address of a machine, as by iptables, and brings its command along", () => {
    expect(argumentsOf(text, "kube-proxy.service")).toEqual(
      expect.arrayContaining(["--proxy-mode=nftables", "--nodeport-addresses=0.0.0.0/0"]),
    );
    expect(parseUserData(text).files.get("/etc/kovhernetes/machine.env")?.content).toContain(" nft=nftables");
  });
});

describe("time servers", () => {
  it("are given to cloud-init, which knows the image's own program", () => {
    const { document } = parseUserData(renderNode({ ...nodeDescription, ntpServers: ["192.0.2.123"] }));
    expect(document["ntp"]).toEqual({ enabled: true, servers: ["192.0.2.123"] });
  });

  it.each(["2001:db8::1", "192.0.2.300", "ntp example", "NTP.example", "-x"])(
    "are addresses or names: %s",
    (server) => {
      expect(problemsOf({ ntpServers: [server] })).toMatchObject([{ key: "ntpServers[0]", value: server }]);
    },
  );
});

describe("texts that YAML 1.1 would read as something else", () => {
  const taints = ["yes", "on", "n", "1_000", "2026-12-01", "0o17"].map((value, index) => ({
    ...{ key: `example.com/${index}`, value, effect: "NoSchedule" },
  }));

  it("reach the kubelet as texts, in the version that it reads", () => {
    const text = renderNode({ ...nodeDescription, clusterName: "on", taints });
    const files = parseUserData(text).files;
    const read = (path: string): unknown => parse(files.get(path)?.content ?? "", { schema: "yaml-1.1" });
    expect(read("/etc/kubernetes/kubelet.yaml")).toMatchObject({ registerWithTaints: taints });
    expect(read("/etc/kubernetes/kubelet.kubeconfig")).toMatchObject({ clusters: [{ name: "on" }] });
  });

  it("reach cloud-init as texts", () => {
    const text = renderNode({ ...nodeDescription, ntpServers: ["no"] });
    expect(parse(text, { schema: "yaml-1.1" })).toMatchObject({ ntp: { servers: ["no"] } });
  });

  it("reach kubectl as texts", () => {
    const pair = { certificate: "c", privateKey: "k", authority: "a" };
    const text = renderKubeconfig({ ...pair, clusterName: "no", server: "https://192.0.2.1:6443", userName: "y" });
    expect(parse(text, { schema: "yaml-1.1" })).toMatchObject({ clusters: [{ name: "no" }], users: [{ name: "y" }] });
  });
});

describe("further openings of security groups", () => {
  const network = {
    hostCidr: "192.168.0.0/27",
    adminCidrs: ["203.0.113.7/32"],
    nodePortCidrs: [],
    masterAddresses: [],
  };
  const rulesOf = (extraSecurityRules: readonly object[]) =>
    securityRules({ ...network, extraSecurityRules: configOf({ extraSecurityRules }).extraSecurityRules });

  it("are rules beside the cluster's own, which stay as they are", () => {
    const own = securityRules(network);
    expect(rulesOf([])).toEqual(own);
    const asked = [
      { from: "198.51.100.0/24", ports: "9100" },
      { from: "198.51.100.0/24", ports: "9100" },
      { from: "198.51.100.7/32", protocol: "udp", ports: "5000-5010", machines: "masters", description: "ours" },
      { from: "0.0.0.0/0", protocol: "icmp" },
    ];
    const rest = { description: "extraSecurityRules" };
    expect(rulesOf(asked)).toEqual([
      ...own,
      {
        ...rest,
        name: "extra-tcp-9100-9100-from-198-51-100-0-24",
        appliesTo: "machines",
        protocol: "tcp",
        ports: [9100, 9100],
        from: "198.51.100.0/24",
      },
      {
        name: "extra-udp-5000-5010-from-198-51-100-7-32",
        appliesTo: "masters",
        protocol: "udp",
        ports: [5000, 5010],
        from: "198.51.100.7/32",
        description: "ours",
      },
      { ...rest, name: "extra-icmp-from-0-0-0-0-0", appliesTo: "machines", protocol: "icmp", from: "0.0.0.0/0" },
    ]);
  });

  it.each(["2379", "2380", "22", "6443", "10250", "10249-10260", "8472", "1-65535", "2000-3000", "31000"])(
    "never open what the program promises to keep: %s",
    (ports) => {
      const [problem, ...others] = problemsOf({ extraSecurityRules: [{ from: "198.51.100.0/24", ports }] });
      expect(others).toEqual([]);
      expect(problem).toMatchObject({ key: "extraSecurityRules[0].ports", value: ports });
      expect(problem?.reason).toMatch(/^opens /);
    },
  );

  it.each([
    [{ from: "198.51.100.0/24" }, "extraSecurityRules[0]", "give ports"],
    [{ from: "198.51.100.0/24", protocol: "icmp", ports: "80" }, "extraSecurityRules[0].ports", "remove ports"],
    [{ from: "198.51.100.0/24", ports: "90-80" }, "extraSecurityRules[0].ports", "give a port such as 443"],
    [{ from: "198.51.100.0/24", ports: "0" }, "extraSecurityRules[0].ports", "give a port such as 443"],
    [{ from: "198.51.100.1/24", ports: "80" }, "extraSecurityRules[0].from", "write 198.51.100.0/24"],
  ])("are told what is wrong with them: %j", (rule, key, remedy) => {
    expect(problemsOf({ extraSecurityRules: [rule] })).toMatchObject([
      { key, remedy: expect.stringContaining(remedy) as string },
    ]);
  });

  it("warn where they are for the whole internet", () => {
    const warnings = configurationWarnings(configOf({ extraSecurityRules: [{ from: "0.0.0.0/0", ports: "80" }] }));
    expect(warnings).toContain(
      "extraSecurityRules opens tcp 80 to 0.0.0.0/0, which is the whole internet or a large part of it.",
    );
  });
});

describe("a script of somebody's own", () => {
  const script = "#!/bin/sh\necho hunter2";
  const pool = (userDataExtra: unknown) => ({ nodePools: { default: { userDataExtra } } });
  const unitOf = (when: "beforeKubernetes" | "afterKubernetes"): string => {
    const text = renderNode({ ...nodeDescription, userDataExtra: { script, when, revision: 1 } });
    expect(parseUserData(text).files.get("/opt/kovhernetes/lib/extra")).toMatchObject({
      content: `${script}\n`,
      mode: "0700",
    });
    const units = renderedUnits(text);
    expect(units.get("kovhernetes.target")).toContain(" kovhernetes-extra.service");
    return units.get("kovhernetes-extra.service") ?? "";
  };

  it("runs at the point that is named, and nothing but an order ties the machine to it", () => {
    const early = unitDirectives(unitOf("beforeKubernetes"), "Unit");
    expect(early).toContainEqual(["Before", "kovhernetes-packages.service"]);
    const late = unitDirectives(unitOf("afterKubernetes"), "Unit");
    expect(late).toContainEqual(["After", "network-online.target kubelet.service"]);
    for (const unit of [early, late]) {
      expect(unit.map(([name]) => name)).not.toContain("RequiredBy");
      expect(unit).toContainEqual(["ConditionPathExists", "!/var/lib/kovhernetes/extra-done"]);
    }
  });

  it("is shown nowhere: not in problems, and in no digest", () => {
    const problems = [
      ...problemsOf(pool({ script: "echo hunter2" })),
      ...problemsOf(pool({ script: `#!/bin/sh\n${"hunter2".repeat(5000)}` })),
      ...problemsOf(pool({ script, scirpt: "#!/bin/sh hunter2" })),
      ...problemsOf(pool("#!/bin/sh hunter2")),
    ];
    expect(problems).toHaveLength(4);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
    const madeWith = (changes: object) => plansOf(configOf(pool(changes))).map((plan) => plan.madeWith);
    expect(madeWith({ script })).toEqual(madeWith({ script: "#!/bin/sh\n:" }));
    expect(noticesOf(configOf(pool({ script })), configOf(pool({ script, revision: 2 })))).toContain(
      "dev-default-0: nodePools.default.userDataExtra",
    );
  });
});

describe("issuers of tokens", () => {
  const issuer = { issuer: "https://accounts.example.org", audiences: ["kubernetes"] };
  const problemOf = (oidc: readonly object[], authorization = "RBAC") => problemsOf({ oidc, authorization });

  it("wait for the master's generation", () => {
    const rbac = { authorization: "RBAC" };
    const notices = noticesOf(configOf(rbac), configOf({ ...rbac, oidc: [issuer] }));
    expect(notices).toContain("dev-master-0: oidc");
    expect(notices).not.toContain("dev-default-0");
  });

  it.each([
    [
      [issuer, issuer],
      ["oidc[1].issuer", "oidc[1].prefix"],
    ],
    [[issuer, { ...issuer, issuer: "https://b.example" }], ["oidc[1].prefix"]],
    [[{ ...issuer, issuer: "http://accounts.example.org" }], ["oidc[0].issuer"]],
    [[{ ...issuer, issuer: "https://kubernetes.default.svc.cluster.local" }], ["oidc[0].issuer"]],
    [[{ ...issuer, audiences: [] }], ["oidc[0].audiences"]],
    [[{ ...issuer, prefix: "system:" }], ["oidc[0].prefix"]],
    [[{ ...issuer, prefix: "" }], ["oidc[0].prefix"]],
    [[{ ...issuer, certificateAuthority: "no" }], ["oidc[0].certificateAuthority"]],
  ])("are refused where one could pass for another: %j", (oidc, keys) => {
    expect(problemOf(oidc).map(({ key }) => key)).toEqual(keys);
  });

  it("are refused where everybody may do anything", () => {
    expect(problemOf([issuer])).toEqual([]);
    expect(problemOf([issuer], "AlwaysAllow")).toMatchObject([{ key: "oidc" }]);
  });
});
