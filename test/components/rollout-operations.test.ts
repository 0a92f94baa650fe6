import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ProgressLog } from "../../components/readiness/progress-log";
import type { ExpectedMachine } from "../../components/readiness/stages";
import { rolloutOperations, type RolloutOperations } from "../../components/rollout/operations";
import { plainKubeconfig, severalServers } from "../support/plain-kubeconfig";

interface Node {
  readonly ready: boolean;
  readonly providerID?: string;
  readonly systemUUID?: string;
}

const machine: ExpectedMachine = {
  ...{ hostName: "dev-web-0", role: "node", sshCommand: "ssh debian@203.0.113.7" },
  ...{ publicAddress: undefined, serverId: "the-new-one" },
};

describe("the steps of a rollout", () => {
  const nodes = new Map<string, Node>();
  const deleted: string[] = [];
  let kubeconfig: string;
  let port: number;
  const server = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://api");
    const answer = (body: object | string): void => {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      response.writeHead(200, { "Content-Type": "application/json" }).end(text);
    };
    if (pathname === "/readyz") {
      answer("ok");
      return;
    }
    if (request.method === "DELETE") {
      const name = pathname.split("/").at(-1) ?? "";
      deleted.push(name);
      nodes.delete(name);
      answer({});
      return;
    }
    const [, wanted] = searchParams.get("fieldSelector")?.split("=") ?? [];
    const items = [...nodes]
      .filter(([name]) => wanted === undefined || name === wanted)
      .map(([name, { ready, providerID, systemUUID = "" }]) => ({
        metadata: { name },
        spec: { providerID, unschedulable: true },
        status: {
          nodeInfo: { systemUUID },
          conditions: [{ type: "Ready", status: ready ? "True" : "False", message: "not yet" }],
        },
      }));
    answer({ items });
  });

  beforeAll(async () => {
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
      call: () => {
        throw new Error("no consoles here");
      },
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    ({ port } = server.address() as AddressInfo);
    kubeconfig = plainKubeconfig(port);
  });
  afterAll(() => server.close());
  beforeEach(() => {
    nodes.clear();
    deleted.length = 0;
  });

  /** Waits a moment alone: what is not there at the first looks does not come. */
  const operations = (): RolloutOperations =>
    rolloutOperations({
      ...{ drainMinutes: 0, readyMinutes: 0.02, log: new ProgressLog() },
      resource: new pulumi.ComponentResource("kovhernetes:index:Cluster", "dev"),
    });

  it("remove the Node object of a machine whose pods have no time to go, so that the new one makes its own", async () => {
    nodes.set("dev-web-0", { ready: true, providerID: "openstack:///the-old-one" });
    await operations().retireNode(kubeconfig, "dev-web-0");
    expect(deleted).toEqual(["dev-web-0"]);
  });

  it.each([
    ["names the new server", { ready: true, providerID: "openstack:///the-new-one" }],
    [
      "is the new server, though its Node object is the earlier one's, as that of a master whose API was down",
      { ready: true, providerID: "openstack:///the-old-one", systemUUID: "THE-NEW-ONE" },
    ],
    ["names none, since its image hides which it is", { ready: true }],
  ])("take a Ready node for the new machine that %s", async (_, node) => {
    nodes.set("dev-web-0", node);
    await operations().awaitNode(kubeconfig, machine);
  });

  it("wait for a new master's API, and until it is a Ready node", async () => {
    nodes.set("dev-master-0", { ready: false, providerID: "openstack:///the-new-one" });
    const master: ExpectedMachine = { ...machine, hostName: "dev-master-0", role: "master" };
    await expect(operations().awaitMaster(kubeconfig, master)).rejects.toThrow(/dev-master-0 .*not Ready: not yet/);
    nodes.set("dev-master-0", { ready: true, providerID: "openstack:///the-new-one" });
    await operations().awaitMaster(kubeconfig, master);
  });

  it("ask another of several masters while the first does not answer, and each of them for itself", async () => {
    // Nobody listens at the port of the first one.
    const several = severalServers({ "dev-master-0": 1, "dev-master-1": port, "dev-master-2": port });
    nodes.set("dev-web-0", { ready: true, providerID: "openstack:///the-old-one" });
    await operations().retireNode(several, "dev-web-0");
    expect(deleted).toEqual(["dev-web-0"]);
    const masters = [1, 2].map((ordinal): ExpectedMachine => {
      const hostName = `dev-master-${ordinal}`;
      nodes.set(hostName, { ready: true, providerID: "openstack:///any" });
      return { ...machine, hostName, role: "master" };
    });
    await operations().awaitServing(several, masters);
    const first: ExpectedMachine = { ...machine, hostName: "dev-master-0", role: "master" };
    nodes.set("dev-master-0", { ready: true, providerID: "openstack:///any" });
    await expect(operations().awaitServing(several, [first])).rejects.toThrow(/API does not answer: no connection to/);
    nodes.set("dev-master-2", { ready: false, providerID: "openstack:///any" });
    await expect(operations().awaitServing(several, masters)).rejects.toThrow(/dev-master-2 .*not Ready/);
  });

  it.each([
    ["is not Ready", { ready: false, providerID: "openstack:///the-new-one" }, /registered, not Ready: not yet/],
    ["is the earlier machine's", { ready: true, providerID: "openstack:///the-old-one" }, /earlier machine is still/],
  ])("take no node for the new machine that %s", async (_, node, words) => {
    nodes.set("dev-web-0", node);
    await expect(operations().awaitNode(kubeconfig, machine)).rejects.toThrow(words);
  });

  it("wait for machines of an earlier update until all are Ready, whichever servers they are", async () => {
    nodes.set("dev-web-0", { ready: true, providerID: "openstack:///whichever" });
    await operations().awaitReady(kubeconfig, [machine]);
    const waiting = operations().awaitReady(kubeconfig, [machine, { ...machine, hostName: "dev-web-1" }]);
    await expect(waiting).rejects.toThrow(
      /machines that have to be Ready first are not\.[^]*dev-web-1 \(node\): server made; its kubelet has not registered/,
    );
  });
});
