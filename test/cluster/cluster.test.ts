import * as net from "node:net";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { versions } from "../../lab/mirror/versions.ts";
import { findCloud } from "../../lab/openstack/cloud.ts";
import { backupTests } from "./backup.ts";
import { networkTests } from "./networks.ts";
import { policyTests } from "./policies.ts";
import { securityTests } from "./security.ts";
import { statusTests } from "./status.ts";
import { RunningCluster, testWorkload } from "./support.ts";

interface NodeList {
  items: {
    metadata: { name: string };
    spec: { podCIDR: string; providerID: string };
    status: {
      addresses: { type: string; address: string }[];
      conditions: { type: string; status: string }[];
      nodeInfo: { bootID: string };
    };
  }[];
}

const agnhost = `registry.k8s.io/e2e-test-images/agnhost:${versions.agnhost}`;
const services = { master: "on-master", node: "on-node" } as const;
const pods = { master: "on-master-0", node: "on-node-0" } as const;
const roles = ["master", "node"] as const;

/** A cluster that somebody has running keeps its configuration. */
const isSomebodys = findCloud("lab") !== undefined;

let cluster: RunningCluster;
let remove: () => Promise<void> = () => Promise.resolve();

beforeAll(async () => {
  cluster = await RunningCluster.start(
    isSomebodys ? {} : { access: "direct", authorization: "RBAC", localhostApi: true },
  );
  remove = () => cluster.stop();
});

afterAll(() => remove());

/** Everything a working cluster does; it must hold after `up` and after a reboot alike. */
function worksAsACluster(): void {
  beforeAll(async () => {
    // Checking against the whole API's description takes an emulated API server longer than kubectl waits.
    for (const role of roles) {
      await cluster.kubectl(
        ["apply", "--validate=false", "-f", "-"],
        testWorkload(services[role], cluster.machine(role).name, agnhost),
      );
    }
    // By what they do, not by what the API remembers of them from before a reboot.
    await cluster.eventually("test pods run and reach cluster DNS and the API", 12, async () => {
      await cluster.kubectl([
        "wait",
        "--for=condition=Ready",
        "--timeout=60s",
        ...roles.map((role) => `pod/${pods[role]}`),
      ]);
      for (const role of roles) {
        const target = "kubernetes.default.svc.cluster.local:443";
        await cluster.kubectl(["exec", pods[role], "--", "/agnhost", "connect", "--timeout=10s", target]);
      }
      return true;
    });
  });

  it("has both nodes Ready at their planned addresses", async () => {
    const { items } = await cluster.json<NodeList>(["get", "nodes"]);
    const seen = items.map(({ metadata, status }) => ({
      name: metadata.name,
      address: status.addresses.find(({ type }) => type === "InternalIP")?.address,
      ready: status.conditions.find(({ type }) => type === "Ready")?.status,
    }));
    expect(seen.sort((a, b) => a.name.localeCompare(b.name))).toEqual([
      { name: "lab-default-0", address: "192.168.0.15", ready: "True" },
      { name: "lab-master-0", address: "192.168.0.10", ready: "True" },
    ]);
    const roles = await cluster.kubectl(["get", "nodes", "--no-headers"]);
    expect(roles).toMatch(/^lab-default-0 +Ready +default /m);
    expect(roles).toMatch(/^lab-master-0 +Ready +control-plane /m);
    for (const { spec } of items) expect(spec.providerID).toMatch(/^openstack:\/\/\/[0-9a-f-]{36}$/);
  });

  it("gives each pod an address of its node's /24", async () => {
    const { items } = await cluster.json<NodeList>(["get", "nodes"]);
    for (const role of roles) {
      const pod = await cluster.json<{ status: { podIP: string } }>(["get", "pod", pods[role]]);
      const cidr = items.find(({ metadata }) => metadata.name === cluster.machine(role).name)?.spec.podCIDR ?? "";
      expect(cidr).toMatch(/^172\.17\.\d+\.0\/24$/);
      expect(pod.status.podIP.split(".").slice(0, 3)).toEqual(cidr.split(".").slice(0, 3));
    }
  });

  it.each([
    ["node", "master"],
    ["master", "node"],
  ] as const)("lets a pod on the %s resolve and reach a service on the %s, through VXLAN", async (from, to) => {
    const capture = cluster.cloud.exec(
      ["timeout", "60", "tcpdump", "-i", "any", "-n", "-c", "4", "udp", "port", "8472"],
      { timeout: 90 },
    );
    const target = `${services[to]}.default.svc.cluster.local:80`;
    const answer = await cluster.eventually(`an answer of ${target}`, 3, () =>
      cluster.kubectl(["exec", pods[from], "--", "/agnhost", "connect", "--timeout=10s", target]),
    );
    expect(answer).toBe("");
    const packets = await capture;
    expect(packets).toMatch(/192\.168\.0\.(10|15)\.\d+ > 192\.168\.0\.(10|15)\.8472/);
  });

  it.each(roles)("serves services by iptables rules on the %s", async (role) => {
    const { spec } = await cluster.json<{ spec: { clusterIP: string } }>(["get", "service", services.master]);
    const rules = await cluster.ssh(role, "iptables-save -t nat");
    expect(rules).toMatch(
      new RegExp(`-A KUBE-SERVICES -d ${spec.clusterIP.replaceAll(".", "\\.")}/32 .* -j KUBE-SVC-`),
    );
  });

  it.each(roles)("shows logs and runs commands on the %s", async (role) => {
    expect(await cluster.kubectl(["logs", pods[role]])).toContain("Started HTTP server on port 8080");
    expect(await cluster.kubectl(["exec", pods[role], "--", "/agnhost", "--version"])).toContain(versions.agnhost);
  });

  it.each(roles)("forwards a port of a pod on the %s", async (role) => {
    const forward = cluster.kubectlProcess(["port-forward", `pod/${pods[role]}`, ":8080"]);
    try {
      const port = await new Promise<string>((resolve, reject) => {
        forward.stdout.on("data", (chunk: Buffer) => {
          const found = /127\.0\.0\.1:(\d+)/.exec(chunk.toString())?.[1];
          if (found !== undefined) resolve(found);
        });
        void forward.then(({ stderr }) => {
          reject(new Error(stderr));
        });
      });
      const response = await fetch(`http://127.0.0.1:${port}/hostname`);
      expect(await response.text()).toBe(pods[role]);
    } finally {
      forward.kill();
      await forward;
    }
  });

  it("refuses anonymous requests to the API", async () => {
    const { stdout } = await execa("curl", [
      ...["--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--cacert", cluster.authorityFile()],
      `${cluster.outputs.apiUrl}/api/v1/namespaces`,
    ]);
    expect(stdout).toBe("401");
  });

  it.each(roles)("refuses anonymous requests to the kubelet of the %s", async (role) => {
    const url = `https://${cluster.machine(role).address}:10250/pods`;
    expect(await cluster.ssh("master", `curl -sk -o /dev/null -w '%{http_code}' ${url}`)).toBe("401");
  });

  it.each(roles)("answers plain HTTP on no port of the %s", async (role) => {
    const { address } = cluster.machine(role);
    // SSH and the resolver's stub are no HTTP servers; an address of all interfaces is asked on the host network.
    const listing = await cluster.ssh(
      role,
      `ss -Hltnp | grep -vE ':(22|53) ' | { while read -r _ _ _ socket _ process; do
        socket=$(echo "$socket" | sed -E 's/%[a-z0-9]+//; s/^(0[.]0[.]0[.]0|[*]|\\[::\\]):/${address}:/')
        (echo "$socket $(curl -s -m 10 -o /dev/null -w '%{http_code}' "http://$socket/") $process") &
      done; wait; }`,
    );
    const seen = listing.split("\n").map((line) => {
      const [socket = "", status = "", process = ""] = line.split(" ");
      return { socket, status, process };
    });
    expect(seen.map(({ socket }) => socket)).toContain(`${address}:10250`);
    // 000: the connection was closed; 400: "client sent an HTTP request to an HTTPS server".
    const answering = seen.filter(({ status }) => status !== "000" && status !== "400");
    // containerd serves the kubelet's exec and logs on loopback, by addresses that hold a token used once: the kubelet has no way to
    // trust a certificate there. Whoever lacks a token finds nothing.
    const streaming = answering.filter(
      ({ socket, status, process }) =>
        socket.startsWith("127.0.0.1:") && status === "404" && process.includes('"containerd"'),
    );
    const asked = answering.filter(
      ({ socket, process }) => !isSomebodys && socket === "127.0.0.1:8080" && process.includes('"kubectl"'),
    );
    expect(answering.filter((answer) => ![...streaming, ...asked].includes(answer))).toEqual([]);
  });

  it("lets etcd answer to clients of its own authority alone", async () => {
    const status = (client: string): Promise<string> =>
      cluster.ssh(
        "master",
        `curl -s -m 10 -o /dev/null -w '%{http_code}' --cacert /etc/etcd/pki/ca.crt ${client} https://127.0.0.1:2379/version || true`,
      );
    const pair = (name: string): string =>
      `--cert /etc/kubernetes/pki/${name}.crt --key /etc/kubernetes/pki/${name}.key`;
    expect(await status(pair("apiserver-etcd-client"))).toBe("200");
    expect(await status("")).toMatch(/^000/);
    expect(await status(pair("apiserver-kubelet-client"))).toMatch(/^000/);
  });

  it("answers from outside on SSH and the API alone", async () => {
    const { publicAddress } = cluster.machine("master");
    const ports = [
      22, 80, 111, 2379, 2380, 4149, 6443, 8080, 8472, 10248, 10249, 10250, 10255, 10256, 10257, 10259, 30000,
    ];
    const answering = await Promise.all(ports.map((port) => connects(publicAddress, port)));
    const open = ports.filter((_port, index) => answering[index] === true);
    expect(open).toEqual([22, 6443]);
  });

  // Somebody's may have another way outside.
  if (!isSomebodys) networkTests(() => cluster);
}

async function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 3_000 });
    const finish = (result: boolean) => (): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", finish(true)).once("error", finish(false)).once("timeout", finish(false));
  });
}

describe("after `pulumi up`", () => {
  worksAsACluster();

  it.skipIf(isSomebodys)("offers the API on the master's loopback, to names of that machine alone", async () => {
    const ask = (...options: readonly string[]): Promise<string> =>
      cluster.ssh(
        "master",
        `curl -s -o /dev/null -w '%{http_code}' ${options.join(" ")} http://127.0.0.1:8080/version`,
      );
    expect(await ask()).toBe("200");
    expect(await ask("-H", "'Host: attacker.example'")).toBe("403");
    expect(await cluster.ssh("master", "ss -Hltn | grep -F :8080")).toMatch(/^LISTEN .* 127\.0\.0\.1:8080 /);
  });

  it.skipIf(isSomebodys)("lets a pod without a binding do nothing, and the administrator everything", async () => {
    const mayDo = (...args: readonly string[]): Promise<string> =>
      cluster.kubectl(["auth", "can-i", "*", "*", "--all-namespaces", ...args]).catch(() => "no");
    expect(await mayDo("--as=system:serviceaccount:default:default")).toBe("no");
    expect(await mayDo()).toBe("yes");
  });

  it("previews no change", async () => {
    const preview = JSON.parse(await cluster.stack.run(["preview", "--json"])) as {
      steps: { op: string; urn: string }[];
    };
    expect(preview.steps.filter(({ op }) => op !== "same")).toEqual([]);
  });
});

describe("after a reboot of both machines", () => {
  beforeAll(async () => {
    const boots = async (): Promise<string[]> =>
      Promise.all(roles.map((role) => cluster.ssh(role, "cat /proc/sys/kernel/random/boot_id")));
    const earlier = await boots();
    for (const role of roles) await cluster.ssh(role, "systemctl reboot --no-block");
    await cluster.eventually("both machines boot anew", 10, async () =>
      (await boots()).every((id) => !earlier.includes(id)) ? true : undefined,
    );
    await cluster.eventually("both nodes are Ready again", 10, async () => {
      const { items } = await cluster.json<NodeList>(["get", "nodes"]);
      const bootIds = await boots();
      return items.every(
        ({ status }) =>
          bootIds.includes(status.nodeInfo.bootID) &&
          status.conditions.some(({ type, status: value }) => type === "Ready" && value === "True"),
      )
        ? true
        : undefined;
    });
  });

  worksAsACluster();
  policyTests(() => cluster, services, pods);
  securityTests(() => cluster);
  statusTests(() => cluster);
  backupTests(() => cluster);
});
