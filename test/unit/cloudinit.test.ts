import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { renderMaster, renderNode } from "../../cloudinit";
import type { MasterDescription, NodeDescription } from "../../cloudinit/machine";
import { fakePair, masterDescription, nodeDescription } from "../support/descriptions";
import { parseUserData, renderedUnits, splitCommand, unitDirectives } from "../support/user-data";

const machines = [
  ["node", renderNode(nodeDescription)],
  ["master", renderMaster(masterDescription)],
] as const;

function command(text: string, unit: string): readonly string[] {
  const directives = unitDirectives(renderedUnits(text).get(unit) ?? "", "Service");
  return splitCommand(directives.find(([name]) => name === "ExecStart")?.[1] ?? "");
}

function configuration(text: string, path: string): Record<string, unknown> {
  return parse(parseUserData(text).files.get(path)?.content ?? "") as Record<string, unknown>;
}

describe.each(machines)("user data of a %s", (kind, text) => {
  const { document, files } = parseUserData(text);

  it("is cloud-config that names the machine and refuses passwords", () => {
    expect(document).toMatchObject({
      hostname: kind === "node" ? "test-default-0" : "test-master-0",
      manage_etc_hosts: false,
      ssh_pwauth: false,
      // Alone: a list `users` without "default" would take the image's user away.
      ssh_authorized_keys: [nodeDescription.sshPublicKey],
      runcmd: [["/opt/kovhernetes/lib/start.sh"]],
    });
  });

  it("is the same for the same description", () => {
    const again = kind === "node" ? renderNode({ ...nodeDescription }) : renderMaster({ ...masterDescription });
    expect(again).toBe(text);
  });

  it("does not depend on the order of labels and mirrors", () => {
    const reversed = <Value>(record: Readonly<Record<string, Value>>): Record<string, Value> =>
      Object.fromEntries(Object.entries(record).reverse());
    const turn = <Machine extends NodeDescription>(machine: Machine): Machine => ({
      ...machine,
      labels: reversed(machine.labels),
      registryMirrors: reversed(machine.registryMirrors),
    });
    const turned = kind === "node" ? renderNode(turn(nodeDescription)) : renderMaster(turn(masterDescription));
    expect(turned).toBe(text);
  });

  it("gives files of root the modes they need: no key readable by others, scripts executable", () => {
    for (const [path, { content, mode, owner }] of files) {
      expect(owner, path).toBe("root:root");
      if (content.includes("PRIVATE KEY")) expect(mode, path).toBe("0600");
      expect(mode === "0755", path).toBe(/^#!(\/bin\/sh|\/usr\/bin\/python3)\n/.test(content));
      expect(content.endsWith("\n"), path).toBe(true);
    }
  });

  it("has every file that its units and configuration name, or makes it on the machine", () => {
    const made = /^\/(opt\/kovhernetes\/(bin|release)|opt\/cni|run|var|dev|etc\/cni|etc\/systemd\/system\/)/;
    const named = [...files].flatMap(([path, { content }]) =>
      path.endsWith(".sh") || path === "/etc/hosts"
        ? []
        : [...content.matchAll(/(?<![\w:/.])\/(?:etc|opt|run|var|dev)\/[\w./-]+/g)].map(([name]) => name),
    );
    const missing = named.filter((name) => !files.has(name) && !made.test(name));
    const directories = new Set(["/etc/containerd/certs.d"]);
    const external = new Set(["/etc/ssl/certs/ca-certificates.crt"]);
    const templates = (name: string): boolean => name.startsWith("/etc/kovhernetes/release/");
    expect(missing.filter((name) => !directories.has(name) && !external.has(name) && !templates(name))).toEqual([]);
  });

  it("starts every service by one target, and every service that can restart does so without end", () => {
    const units = renderedUnits(text);
    const wants = unitDirectives(units.get("kovhernetes.target") ?? "", "Unit").find(([name]) => name === "Wants")?.[1];
    for (const [name, unit] of units) {
      if (!name.endsWith(".service") || name.endsWith("@.service")) continue;
      const timer = name.replace(/service$/, "timer");
      // What a timer starts is not started beside it.
      expect(
        wants?.split(" ").filter((unit) => unit === name || unit === timer),
        name,
      ).toEqual([units.has(timer) ? timer : name]);
      expect(unitDirectives(unit, "Unit"), name).toContainEqual(["StartLimitIntervalSec", "0"]);
    }
  });

  it("lets each daemon wait for its own release files alone", () => {
    const after = (unit: string): string =>
      unitDirectives(renderedUnits(text).get(unit) ?? "", "Unit").find(([name]) => name === "After")?.[1] ?? "";
    const fetches = (unit: string): readonly string[] =>
      after(unit)
        .split(" ")
        .filter((name) => name.includes("@"));
    expect(fetches("kubelet.service")).toEqual(["kovhernetes-fetch@kubelet.service"]);
    expect(fetches("containerd.service")).toEqual([
      "kovhernetes-fetch@containerd.service",
      "kovhernetes-fetch@runc.service",
    ]);
    if (kind === "master") expect(fetches("etcd.service")).toEqual(["kovhernetes-fetch@etcd.service"]);
  });

  it("fetches beside the packages, once its networks are in order", () => {
    const template = new Map(unitDirectives(renderedUnits(text).get("kovhernetes-fetch@.service") ?? "", "Unit"));
    expect(template.get("Wants")).toContain("kovhernetes-packages.service");
    expect(template.get("After")?.split(" ")).toEqual(["network-online.target", "kovhernetes-networks.service"]);
  });

  it("fetches what the API and then the kubelet starts from before the rest", () => {
    const units = renderedUnits(text);
    const earlier = (name: string): string =>
      [...(units.get(`kovhernetes-fetch@${name}.service.d/order.conf`) ?? "").matchAll(/@([\w-]+)\.service/g)]
        .map(([, earlierName]) => earlierName)
        .sort()
        .join(" ");
    const api = kind === "master" ? "etcd kube-apiserver" : "";
    expect([earlier("etcd"), earlier("kube-apiserver")]).toEqual(["", ""]);
    for (const name of ["containerd", "runc", "kubelet"]) expect(earlier(name), name).toBe(api);
    const rest = ["cni-plugins", "kube-proxy", ...(kind === "master" ? ["kube-scheduler", "kubectl"] : [])];
    const all = ["containerd", "kubelet", "runc", ...(kind === "master" ? ["etcd", "kube-apiserver"] : [])].sort();
    for (const name of rest) expect(earlier(name), name).toBe(all.join(" "));
  });
});

describe("a node", () => {
  const text = renderNode(nodeDescription);

  it("has no key, unit or file of a master", () => {
    expect(text).not.toMatch(/key of (etcd|apiserver|kubernetes authority|front-proxy|controller|scheduler|accounts)/);
    expect([...renderedUnits(text).keys()].filter((name) => /etcd|api|controller|scheduler/.test(name))).toEqual([]);
  });

  it("registers with its own name, address and labels, by arguments that reach the kubelet unchanged", () => {
    expect(command(text, "kubelet.service")).toEqual([
      "/opt/kovhernetes/bin/kubelet",
      "--config=/etc/kubernetes/kubelet.yaml",
      "--config-dir=/run/kovhernetes/kubelet.d",
      "--hostname-override=test-default-0",
      "--kubeconfig=/etc/kubernetes/kubelet.kubeconfig",
      "--node-ip=192.168.0.15",
      "--node-labels=example.com/disk=ssd,node.kubernetes.io/pool=default",
      "--provider-id=${PROVIDER_ID}",
    ]);
  });

  it("has nothing that is killed before a pod when memory is short", () => {
    const daemons = [...renderedUnits(text).values()].filter((unit) =>
      unit.includes("\nExecStopPost=-/opt/kovhernetes/lib/report-failure.sh"),
    );
    expect(daemons.length).toBeGreaterThan(2);
    for (const unit of daemons) expect(unitDirectives(unit, "Service")).toContainEqual(["OOMScoreAdjust", "-999"]);
  });

  it("has a kubelet that refuses anonymous clients and serves nothing in clear", () => {
    expect(configuration(text, "/etc/kubernetes/kubelet.yaml")).toMatchObject({
      authentication: { anonymous: { enabled: false }, webhook: { enabled: true } },
      authorization: { mode: "Webhook" },
      readOnlyPort: 0,
      healthzPort: 0,
      clusterDNS: ["10.0.0.10"],
      registerWithTaints: nodeDescription.taints,
      tlsMinVersion: "VersionTLS12",
    });
  });

  it("sets every kernel setting that protectKernelDefaults checks", () => {
    const settings = parseUserData(text).files.get("/etc/sysctl.d/zz-kovhernetes.conf")?.content ?? "";
    for (const setting of [
      "vm.overcommit_memory = 1",
      "vm.panic_on_oom = 0",
      "kernel.panic = 10",
      "kernel.panic_on_oops = 1",
    ]) {
      expect(settings).toContain(`${setting}\n`);
    }
    expect(settings).toMatch(/root_maxbytes = 25000000\n[^]*root_maxkeys = 1000000\n/);
  });

  it("blocks the metadata service for pods before the kubelet can start one", () => {
    const steps = unitDirectives(renderedUnits(text).get("kubelet.service") ?? "", "Service");
    expect(steps).toContainEqual(["ExecStartPre", "/opt/kovhernetes/lib/guard.sh"]);
    expect(parseUserData(text).files.get("/etc/kovhernetes/machine.env")?.content).toContain(
      'POD_CIDR="172.17.0.0/16"\n',
    );
  });

  it("puts those rules back when something takes them away, for as long as it runs", () => {
    const service = unitDirectives(renderedUnits(text).get("kovhernetes-guard.service") ?? "", "Service");
    expect(service).toContainEqual(["ExecStart", "/opt/kovhernetes/lib/guard.sh watch"]);
    expect(service).toContainEqual(["Restart", "always"]);
    expect(renderedUnits(text).get("kovhernetes.target")).toContain(" kovhernetes-guard.service ");
  });

  it("says by what kube-proxy works, which later releases choose otherwise where nothing is said", () => {
    const service = unitDirectives(renderedUnits(text).get("kube-proxy.service") ?? "", "Service");
    expect(service.find(([name]) => name === "ExecStart")?.[1]).toMatch(/ --proxy-mode=iptables( |$)/);
  });

  it("leaves kube-proxy no plain port that answers", () => {
    const service = unitDirectives(renderedUnits(text).get("kube-proxy.service") ?? "", "Service");
    const flags = splitCommand(service.find(([name]) => name === "ExecStart")?.[1] ?? "");
    expect(flags).toEqual(expect.arrayContaining(["--healthz-port=0", "--metrics-bind-address=127.0.0.1:10249"]));
    expect(service).toContainEqual(["ExecStartPre", "/opt/kovhernetes/lib/guard.sh"]);
  });

  it("points containerd at the mirrors, and at the registry behind them", () => {
    const { files } = parseUserData(text);
    expect(files.get("/etc/containerd/certs.d/docker.io/hosts.toml")?.content).toBe(
      'server = "https://registry-1.docker.io"\n\n[host."http://192.168.0.1:5000"]\ncapabilities = ["pull", "resolve"]\n',
    );
    expect(files.get("/etc/containerd/certs.d/registry.k8s.io/hosts.toml")?.content).toContain(
      "override_path = true\n",
    );
    expect(files.get("/etc/containerd/config.toml")?.content).toContain('sandbox = "registry.k8s.io/pause:3.10"\n');
  });

  it("cannot be rendered without a release file that one of its daemons executes", () => {
    const releases = nodeDescription.releases.filter((release) => release.name !== "runc");
    expect(() => renderNode({ ...nodeDescription, releases })).toThrow(
      "no release file installs /opt/kovhernetes/bin/runc",
    );
  });
});

describe("a master", () => {
  const withoutVolume = (): MasterDescription => {
    const { etcdVolumeId: _, ...rest } = masterDescription;
    return rest;
  };
  const text = renderMaster(masterDescription);

  it("never starts etcd on the root disk in place of its volume", () => {
    expect(unitDirectives(renderedUnits(text).get("etcd.service") ?? "", "Unit")).toContainEqual([
      "RequiresMountsFor",
      "/var/lib/etcd",
    ]);
    expect(renderedUnits(text).get("var-lib-etcd.mount")).toContain(
      "What=/dev/kovhernetes/etcd\nWhere=/var/lib/etcd\n",
    );
  });

  it("finds the volume by the first 20 characters of its identifier, which is what virtio keeps", () => {
    const rule = parseUserData(text).files.get("/etc/udev/rules.d/90-kovhernetes-etcd.rules")?.content;
    expect(rule).toContain('ENV{ID_SERIAL}=="4daa8f09-7fd2-4e4c-a*|*_4daa8f09-7fd2-4e4c-a*"');
  });

  it("has no mount, format or udev rule when etcd stays on the root disk", () => {
    const paths = [...parseUserData(renderMaster(withoutVolume())).files.keys()];
    expect(paths.filter((path) => /mount|format|udev|device/.test(path))).toEqual([]);
    expect(paths).toContain("/etc/systemd/system/etcd.service");
  });

  it("lets only certificates reach the API server and etcd", () => {
    expect(command(text, "kube-apiserver.service")).toEqual(
      expect.arrayContaining([
        "--anonymous-auth=false",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction,DenyServiceExternalIPs",
      ]),
    );
    const etcd = command(text, "etcd.service");
    expect(etcd).toEqual(expect.arrayContaining(["--client-cert-auth=true", "--peer-client-cert-auth=true"]));
    expect(etcd.filter((argument) => argument.includes("http://"))).toEqual([]);
  });

  it("runs under AlwaysAllow without plug-ins that would refuse an authenticated client", () => {
    const open = command(
      renderMaster({ ...masterDescription, authorization: { mode: "AlwaysAllow" } }),
      "kube-apiserver.service",
    );
    expect(open).toContain("--authorization-mode=AlwaysAllow");
    expect(open.join(" ")).not.toContain("NodeRestriction");
  });

  it("refuses Services that take addresses of their own choice, unless told otherwise", () => {
    const plugins = (changes: Partial<MasterDescription>) =>
      command(renderMaster({ ...masterDescription, ...changes }), "kube-apiserver.service").filter((argument) =>
        argument.startsWith("--enable-admission-plugins="),
      );
    const open: Partial<MasterDescription> = { authorization: { mode: "AlwaysAllow" } };
    expect(plugins(open)).toEqual(["--enable-admission-plugins=DenyServiceExternalIPs"]);
    expect(plugins({ ...open, serviceExternalIps: true })).toEqual([]);
    expect(plugins({ serviceExternalIps: true })).toEqual(["--enable-admission-plugins=NodeRestriction"]);
  });

  it("has no component ask for its own listener what AlwaysAllow would grant to everybody", () => {
    for (const unit of ["kube-controller-manager.service", "kube-scheduler.service"]) {
      const asks = (authorization: MasterDescription["authorization"]) =>
        command(renderMaster({ ...masterDescription, authorization }), unit).some((argument) =>
          argument.startsWith("--authorization-kubeconfig="),
        );
      expect([asks({ mode: "AlwaysAllow" }), asks({ mode: "RBAC" })]).toEqual([false, true]);
    }
  });

  it("puts a policy or a webhook behind the authorizers that the cluster's components need, whatever they hold", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (user, namespace) => {
        const policy = [
          { user, namespace },
          { group: "viewers", readonly: true },
        ];
        const text = renderMaster({ ...masterDescription, authorization: { mode: "ABAC", policy } });
        const file = parseUserData(text).files.get("/etc/kubernetes/abac-policy.jsonl");
        const lines = (file?.content ?? "").trimEnd().split("\n");
        expect(lines.map((line) => (JSON.parse(line) as { spec: unknown }).spec)).toEqual(policy);
      }),
      { numRuns: 30 },
    );
    const webhook = renderMaster({ ...masterDescription, authorization: { mode: "Webhook", kubeconfig: "token: t" } });
    expect(command(webhook, "kube-apiserver.service")).toEqual(
      expect.arrayContaining([
        "--authorization-mode=Node,RBAC,Webhook",
        "--authorization-webhook-config-file=/etc/kubernetes/authorization-webhook.kubeconfig",
        "--enable-admission-plugins=NodeRestriction,DenyServiceExternalIPs",
      ]),
    );
    expect(parseUserData(webhook).files.get("/etc/kubernetes/authorization-webhook.kubeconfig")).toMatchObject({
      content: "token: t\n",
      mode: "0600",
    });
  });

  it("knows all masters as members of etcd", () => {
    const masters = [0, 1, 2].map((ordinal) => ({
      hostName: `test-master-${ordinal}`,
      address: `192.168.0.1${ordinal}`,
    }));
    const second = { ...masterDescription, hostName: "test-master-1", address: "192.168.0.11", masters };
    const settings = (formation: "new" | "join"): string =>
      parseUserData(renderMaster({ ...second, etcdFormation: formation })).files.get("/etc/kovhernetes/etcd-member.env")
        ?.content ?? "";
    const founders =
      "test-master-0=https://192.168.0.10:2380,test-master-1=https://192.168.0.11:2380,test-master-2=https://192.168.0.12:2380";
    expect(settings("new")).toContain(`FORMATION="new"\nFOUNDERS="${founders}"\n`);
    expect(settings("new")).toContain('OTHERS="https://192.168.0.10:2379 https://192.168.0.12:2379"\n');
    expect(settings("join")).toContain('FORMATION="join"\n');
    // With whom it forms a cluster is found out on the machine: a flag would win over that.
    const flags = command(renderMaster({ ...second, etcdFormation: "new" }), "etcd.service");
    expect(flags.filter((flag) => /^--initial-cluster(-state)?=/.test(flag))).toEqual([]);
    expect(command(renderMaster(masterDescription), "etcd.service")).toEqual(
      expect.arrayContaining([
        ...["--initial-cluster=test-master-0=https://192.168.0.10:2380", "--initial-cluster-state=new"],
      ]),
    );
    expect(() => renderMaster({ ...second, backup: { restore: "snapshot-20260101T000000Z.db" } })).toThrow(
      /several masters restore a snapshot/,
    );
  });

  it("of several makes the key of Secrets only as the first of a new cluster: all others get that one's", () => {
    const masters = [0, 1].map((ordinal) => ({ hostName: `test-master-${ordinal}`, address: `192.168.0.1${ordinal}` }));
    const makesKey = (changes: Partial<MasterDescription>): boolean =>
      /ExecStartPre=.*make-encryption-key\.sh/.test(
        renderedUnits(renderMaster({ ...masterDescription, ...changes })).get("etcd.service") ?? "",
      );
    expect(makesKey({})).toBe(true);
    expect(makesKey({ masters, etcdFormation: "new" })).toBe(true);
    expect(makesKey({ masters, etcdFormation: "new", hostName: "test-master-1" })).toBe(false);
    expect(makesKey({ masters, etcdFormation: "join" })).toBe(false);
  });

  it("signs with the authority's own certificate even while it trusts two authorities", () => {
    const kubernetesAuthority = `${nodeDescription.kubernetesAuthority}${nodeDescription.kubernetesAuthority}`;
    const { files } = parseUserData(renderMaster({ ...masterDescription, kubernetesAuthority }));
    expect(files.get("/etc/kubernetes/pki/ca-signing.crt")?.content).toBe(
      masterDescription.kubernetesAuthorityPair.certificate,
    );
    expect(files.get("/etc/kubernetes/pki/ca.crt")?.content).toBe(kubernetesAuthority);
  });
});

describe("the API on the master's loopback", () => {
  const unit = "kovhernetes-localhost-api.service";

  it("is not there unless asked for", () => {
    expect(renderMaster(masterDescription)).not.toMatch(/localhost-api|8080/);
  });

  it("is a proxy on 127.0.0.1 with an identity of its own, and takes no request that names another host", () => {
    const text = renderMaster({ ...masterDescription, localhostApi: fakePair("localhost API") });
    const [executable, subcommand, ...flags] = command(text, unit);
    expect([executable, subcommand]).toEqual(["/opt/kovhernetes/bin/kubectl", "proxy"]);
    expect(flags).toEqual(
      expect.arrayContaining([
        "--address=127.0.0.1",
        "--port=8080",
        "--accept-hosts=^(localhost|127\\.0\\.0\\.1)$",
        "--kubeconfig=/etc/kubernetes/localhost-api.kubeconfig",
      ]),
    );
    expect(parseUserData(text).files.get("/etc/kubernetes/pki/localhost-api.key")?.content).toContain("localhost API");
  });
});

describe("leader election", () => {
  const elects = (masters: MasterDescription["masters"]) => {
    const text = renderMaster({ ...masterDescription, masters });
    const scheduler = configuration(text, "/etc/kubernetes/kube-scheduler.yaml") as {
      leaderElection: { leaderElect: boolean };
    };
    const flags = command(text, "kube-controller-manager.service");
    return [flags.includes("--leader-elect=true"), scheduler.leaderElection.leaderElect];
  };

  it("is among several masters alone: a single one must not depose itself when the API is slow", () => {
    const [own] = masterDescription.masters;
    if (own === undefined) throw new Error("no master");
    expect(elects([own])).toEqual([false, false]);
    expect(elects([own, { hostName: "test-master-1", address: "192.168.0.11" }])).toEqual([true, true]);
  });
});
