import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drain, release } from "../../components/rollout/drain";
import type { MarkedNode, DrainedPod, DrainingCluster } from "../../components/rollout/draining-cluster";
import { drainingClient } from "../../components/rollout/draining-client";
import { plainKubeconfig } from "../support/plain-kubeconfig";

const pod = (name: string, more: Partial<DrainedPod> = {}): DrainedPod => ({
  namespace: "shop",
  name,
  stays: false,
  ending: false,
  ...more,
});

/** A cluster in memory: an evicted pod ends at the next look, unless its machine does not answer. */
function cluster(
  state: "absent" | "ready" | "notReady",
  pods: readonly DrainedPod[],
  refusals: Readonly<Record<string, number>> = {},
  served: readonly (readonly string[])[] = [],
) {
  const calls: string[] = [];
  const refusalsLeft = { ...refusals };
  const serving = [...served];
  let left = [...pods];
  let time = 0;
  const running: DrainingCluster = {
    cordon: (node) => {
      calls.push(`cordon ${node}`);
      return Promise.resolve(state);
    },
    marked: () => Promise.resolve([]),
    open: () => Promise.resolve([]),
    uncordon: (node) => {
      calls.push(`uncordon ${node}`);
      return Promise.resolve();
    },
    pods: () => {
      const seen = left;
      if (state === "ready") left = left.filter(({ ending }) => !ending);
      return Promise.resolve(seen);
    },
    evict: ({ name }) => {
      const times = refusalsLeft[name] ?? 0;
      if (times > 0) {
        refusalsLeft[name] = times - 1;
        return Promise.resolve({ refused: "it would violate the pod's disruption budget" });
      }
      calls.push(`evict ${name}`);
      left = left.map((one) => (one.name === name ? { ...one, ending: true } : one));
      return Promise.resolve({});
    },
    served: () => Promise.resolve(serving.shift() ?? []),
    deleteNode: (node) => {
      calls.push(`delete ${node}`);
      return Promise.resolve();
    },
  };
  const args = {
    minutes: 1,
    report: () => undefined,
    pause: (milliseconds: number) => Promise.resolve((time += milliseconds)),
    now: () => time,
  };
  return {
    run: (more: object = {}) => drain(running, "dev-web-0", { ...args, ...more }),
    calls,
    looks: () => serving.length,
  };
}

describe("draining a node", () => {
  it("cordons it, evicts what does not go with the machine, and removes the node once all have ended", async () => {
    const { run, calls } = cluster("ready", [pod("a"), pod("flannel", { stays: true }), pod("b")]);
    expect(await run()).toBe(true);
    expect(calls).toEqual(["cordon dev-web-0", "evict a", "evict b", "delete dev-web-0"]);
  });

  it("asks again for a pod whose disruption budget does not allow it yet", async () => {
    const { run, calls } = cluster("ready", [pod("a"), pod("b")], { a: 3 });
    await run();
    expect(calls).toEqual(["cordon dev-web-0", "evict b", "evict a", "delete dev-web-0"]);
  });

  it("waits until no service sends clients to a pod that has left, but to those that go with the machine", async () => {
    const served = [["shop/a", "shop/flannel"], ["shop/a"], ["shop/flannel"]];
    const { run, calls, looks } = cluster("ready", [pod("a"), pod("flannel", { stays: true })], {}, served);
    await run();
    expect([calls.at(-1), looks()]).toEqual(["delete dev-web-0", 0]);
  });

  it("removes the node at once where pods have no time to go: the next machine takes no earlier one's place", async () => {
    const { run, calls } = cluster("ready", [pod("a")], { a: 1000 });
    expect(await run({ minutes: 0 })).toBe(true);
    expect(calls).toEqual(["cordon dev-web-0", "delete dev-web-0"]);
  });

  it("lets cluster DNS go with the machine once the time is over, where no other took its pods: a lost one never will", async () => {
    const dns = pod("coredns", { lastResort: "no other place became Ready" });
    const { run, calls } = cluster("ready", [dns, pod("a")], { coredns: 1000 });
    const lines: string[] = [];
    expect(await run({ report: (line: string) => lines.push(line) })).toBe(true);
    expect(calls).toEqual(["cordon dev-web-0", "evict a", "delete dev-web-0"]);
    expect(lines).toContain("dev-web-0: no other place became Ready");
  });

  it("takes that for no leave of other pods", async () => {
    const dns = pod("coredns", { lastResort: "no other place became Ready" });
    const { run } = cluster("ready", [dns, pod("a")], { coredns: 1000, a: 1000 });
    await expect(run()).rejects.toThrow(/Left on it:\n  shop\/a: [^\n]*\nIts machine/);
  });

  it("gives up with every pod that is left and why, and leaves the node", async () => {
    const { run, calls } = cluster("ready", [pod("a"), pod("b")], { a: 1000 });
    await expect(run()).rejects.toThrow(
      /not drained within 1 minutes[^]*shop\/a: it would violate[^]*kubectl uncordon dev-web-0[^]*drainMinutes/,
    );
    expect(calls).not.toContain("delete dev-web-0");
  });

  it("does not wait for the end of pods on a machine that does not answer, but for their budgets", async () => {
    const { run, calls } = cluster("notReady", [pod("a"), pod("b", { ending: true })], { a: 2 });
    await run();
    expect(calls).toEqual(["cordon dev-web-0", "evict a", "delete dev-web-0"]);
  });

  it("does nothing for a node that is not there", async () => {
    const { run, calls } = cluster("absent", []);
    expect(await run()).toBe(false);
    expect(calls).toEqual(["cordon dev-web-0"]);
  });
});

describe("draining by an API server that fails at times", () => {
  /** Answers as an API server with one pod, `shop/a`, but every second time to each question with a failure. */
  const server = http.createServer((request, response) => {
    const question = `${request.method ?? ""} ${(request.url ?? "").split("?")[0] ?? ""}`;
    const count = (asked.get(question) ?? 0) + 1;
    asked.set(question, count);
    const answer = count % 2 === 1 ? failure : (answers[question] ?? [404, {}]);
    request.resume().on("end", () => {
      const [code, body] = answer;
      if (code === 0) return request.socket.destroy();
      response.writeHead(code, { "Content-Type": "application/json" }).end(JSON.stringify(body));
      return undefined;
    });
  });
  const asked = new Map<string, number>();
  const metadata = { name: "dev-web-0" };
  const answers: Record<string, readonly [number, object]> = {};
  let failure: readonly [number, object] = [504, {}];
  let kubeconfig: string;

  beforeAll(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    kubeconfig = plainKubeconfig(port);
  });
  afterAll(() => server.close());

  const run = async (): Promise<boolean> => {
    asked.clear();
    Object.assign(answers, {
      "GET /api/v1/nodes": [200, { items: [{ metadata, spec: {}, status: {} }] }],
      "PATCH /api/v1/nodes/dev-web-0": [200, {}],
      "GET /api/v1/pods": [200, { items: [{ metadata: { namespace: "shop", name: "a" } }] }],
      "POST /api/v1/namespaces/shop/pods/a/eviction": [201, {}],
      "GET /apis/discovery.k8s.io/v1/endpointslices": [200, { items: [] }],
      "DELETE /api/v1/nodes/dev-web-0": [200, {}],
    });
    const client = await drainingClient(kubeconfig);
    let time = 0;
    const pause = (milliseconds: number) => Promise.resolve((time += milliseconds));
    return drain(client, "dev-web-0", { minutes: 1, report: () => undefined, pause, now: () => time });
  };

  it.each([
    ["504", [504, {}]],
    ["500", [500, { message: "etcdserver: request timed out" }]],
    ["a broken connection", [0, {}]],
  ] as const)("asks again after %s", async (_, answer) => {
    failure = answer;
    expect(await run()).toBe(true);
    expect(asked.get("POST /api/v1/namespaces/shop/pods/a/eviction")).toBe(2);
    expect(asked.get("DELETE /api/v1/nodes/dev-web-0")).toBe(2);
  });

  it("does not ask again what is refused", async () => {
    failure = [403, { message: "pods is forbidden" }];
    await expect(run()).rejects.toThrow();
    expect([...asked]).toEqual([["GET /api/v1/nodes", 1]]);
  });
});

describe("letting pods on nodes again", () => {
  const released = async (staying: readonly string[], marked: readonly MarkedNode[]) => {
    const calls: string[] = [];
    const cluster = {
      marked: () => Promise.resolve(marked),
      uncordon: (node: string) => {
        calls.push(node);
        return Promise.resolve();
      },
    };
    const lines: string[] = [];
    await release(cluster, staying, (line) => lines.push(line));
    return { calls, told: lines.map((line) => line.split(":")[0]) };
  };
  const node = (name: string, cordoned = true): MarkedNode => ({ name, cordoned });

  it("is for those that an update cordoned and that stay, and for no other", async () => {
    const { calls, told } = await released(["dev-web-0", "dev-web-1"], [node("dev-web-1"), node("dev-web-2")]);
    expect([calls, told]).toEqual([["dev-web-1"], ["dev-web-1"]]);
    expect((await released(["dev-web-0"], [])).calls).toEqual([]);
  });

  it("forgets its cordon of a node that an administrator uncordoned, without a word", async () => {
    expect(await released(["dev-web-0"], [node("dev-web-0", false)])).toEqual({ calls: ["dev-web-0"], told: [] });
  });
});

describe("cluster DNS that has no other place", () => {
  it("goes with its machine, though its budget would never let the last of its pods go, and that is told once", async () => {
    const reason = "cluster DNS goes with the machine";
    const dns = (name: string) => pod(name, { stays: true, reason });
    const lines: string[] = [];
    const { run, calls } = cluster("ready", [dns("coredns-1"), dns("coredns-2"), pod("shop")], { "coredns-1": 99 });
    await run({ report: (line: string) => lines.push(line) });
    expect(calls).toEqual(["cordon dev-web-0", "evict shop", "delete dev-web-0"]);
    expect(lines.filter((line) => line.includes(reason))).toHaveLength(1);
  });
});
