import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { components } from "../../lab/mirror/components.ts";
import { ensureGoComponent } from "../../lab/mirror/go.ts";
import { plain, pretendCloud, runProgram } from "../support/mocks";
import { ControlPlane } from "./support.ts";

const breakGlass = { name: "kubernetes-break-glass", group: "system:masters" };
const account = "system:serviceaccount:kube-system:kube-network-policies";

interface Container {
  readonly name: string;
  readonly command: readonly string[];
  readonly args?: readonly string[];
  readonly startupProbe?: { readonly exec: { readonly command: readonly string[] } };
  readonly lifecycle: { readonly preStop: { readonly exec?: { readonly command: readonly string[] } } };
}

/** With the objects that the program makes, and the agent itself, in network and process namespaces of its own. */
describe("the agent that enforces network policies, under RBAC", () => {
  let plane: ControlPlane | undefined;
  let containers: readonly Container[];
  let netpol: string;

  beforeAll(async () => {
    plane = await ControlPlane.start({ authorization: { mode: "RBAC" } });
    await pretendCloud();
    const { NetworkPolicies } = await import("../../components/addons/network-policies.ts");
    const images = { networkPolicies: "registry.example/netpol:1", flannel: "registry.example/flannel:1" };
    const { resources } = await runProgram(
      (options) => new NetworkPolicies("policies", { apiAddress: "127.0.0.1", images }, options),
    );
    const objects = resources
      .filter(({ type }) => /^kubernetes:/.test(type))
      .map(
        ({ inputs }) => plain(inputs) as { kind: string; spec?: { template: { spec: { containers: Container[] } } } },
      );
    for (const object of objects)
      await byHand("create", "--validate=strict", "-f", running().file("object.json", object));
    containers = objects.flatMap(({ spec }) => spec?.template.spec.containers ?? []);
    netpol = await ensureGoComponent(components.networkPolicies, console.log);
  });

  afterAll(() => plane?.stop());

  function running(): ControlPlane {
    if (plane === undefined) throw new Error("no control plane runs");
    return plane;
  }

  async function byHand(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await running().kubectl(breakGlass, ...args);
    expect(exitCode, stderr).toBe(0);
    return stdout;
  }

  it("may read what policies select by, and nothing else", async () => {
    const may = async (verb: string, resource: string): Promise<string> =>
      (await running().kubectl(breakGlass, "auth", "can-i", verb, resource, "-A", `--as=${account}`)).stdout.trim();
    for (const resource of ["pods", "namespaces", "networkpolicies.networking.k8s.io"]) {
      for (const verb of ["list", "watch"]) expect(await may(verb, resource), `${verb} ${resource}`).toBe("yes");
      for (const verb of ["get", "create", "update", "patch", "delete"])
        expect(await may(verb, resource), `${verb} ${resource}`).toBe("no");
    }
    for (const resource of ["secrets", "configmaps", "nodes", "services"])
      expect(await may("list", resource), resource).toBe("no");
  });

  it("asks the API for what it needs, listens at its queue and at no port, and leaves when its watcher tells it to", async () => {
    const [agent, watcher] = containers;
    const mounted = "/var/run/secrets/kubernetes.io/serviceaccount";
    const token = await byHand("create", "token", "kube-network-policies", "-n", "kube-system");
    const root = path.join(running().root, "agent");
    fs.mkdirSync(root);
    fs.writeFileSync(path.join(root, "token"), token.trim());
    fs.writeFileSync(path.join(root, "ca.crt"), running().issued.authorities.kubernetes.pair.certificate);
    const { port } = new URL(running().apiUrl);
    const command = [`${netpol}/netpol`, ...(agent?.args ?? []).map((arg) => arg.replace("$(NODE_NAME)", "here"))];
    // The API is on this machine's loopback, of which the namespace has none of its own: a socket between them.
    const bridge = path.join(root, "api.sock");
    const outside = net
      .createServer((client) => {
        relay(client, net.connect(Number(port), "127.0.0.1"));
      })
      .listen(bridge);
    const script = `set -e
mkdir -p ${mounted}
mount --bind ${root} ${mounted}
ip link set lo up
${process.execPath} -e '
const net = require("node:net");
net.createServer((client) => client.pipe(net.connect("${bridge}")).pipe(client)).listen(${port}, "127.0.0.1");
' &
export KUBERNETES_SERVICE_HOST=127.0.0.1 KUBERNETES_SERVICE_PORT=${port}
${command.map((word) => `'${word}'`).join(" ")} 2>${root}/log &
agent=$!
tries=0
until grep -Eq '^ *98 ' /proc/net/netfilter/nfnetlink_queue; do tries=$((tries + 1)); test $tries -lt 300; sleep 0.1; done
echo "listeners: $(ss -Hlntup | grep -c netpol || true)"
${probe(watcher)} && echo "in force" || echo "not in force"
${leave(watcher)}
wait $agent
echo "left: $?"
grep -E '^ *98 ' /proc/net/netfilter/nfnetlink_queue || echo "nobody listens"
`;
    const unshare = ["--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "/bin/sh", "-c", script];
    const { stdout, stderr, exitCode } = await execa("unshare", unshare, { reject: false, timeout: 60_000 });
    outside.close();
    const log = fs.readFileSync(path.join(root, "log"), "utf8");
    expect(exitCode, `${stderr}\n${log}`).toBe(0);
    expect(log).not.toMatch(/forbidden|Unauthorized/i);
    const queue = fs.existsSync("/proc/modules") && /^nft_queue /m.test(fs.readFileSync("/proc/modules", "utf8"));
    // A kernel that takes no rule with a queue is one on which nothing is in force, though the agent listens.
    const expected = queue ? "in force" : "not in force";
    expect(stdout.split("\n")).toEqual(["listeners: 0", expected, "left: 0", "nobody listens"]);
  });
});

function relay(client: net.Socket, server: net.Socket): void {
  client.pipe(server).pipe(client);
  for (const socket of [client, server]) {
    socket.on("error", () => {
      client.destroy();
      server.destroy();
    });
  }
}

function quoted(words: readonly string[] | undefined): string {
  if (words === undefined) throw new Error("the watcher has no such command");
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}

const probe = (watcher: Container | undefined): string => quoted(watcher?.startupProbe?.exec.command);
const leave = (watcher: Container | undefined): string => quoted(watcher?.lifecycle.preStop.exec?.command);
