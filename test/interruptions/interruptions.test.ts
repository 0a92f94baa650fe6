import * as fs from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { LabStack } from "../../lab/lib/stack.ts";
import { FaultyCloud, type Fault } from "../../lab/openstack/faulty-cloud.ts";
import {
  attempt,
  machinesOnly,
  namesInProject,
  openstackClient,
  previewChanges,
  refusal,
  startPretendedLab,
  type OpenStackClient,
  type PretendedLab,
} from "../program/support.ts";

const up = ["up", "--yes", "--skip-preview"] as const;
const generous = { instances: 10, cores: 20, ports: 50, floatingAddresses: 10, volumes: 10 };

let lab: PretendedLab;
let cloud: FaultyCloud;
let openstack: OpenStackClient;
let stack: LabStack;
let before: Record<string, string[]>;

const configure = async (changes: Readonly<Record<string, unknown>> = {}): Promise<void> =>
  stack.configure({ ...(await machinesOnly(stack, lab.cloud)), nodes: 2, ...changes });

const inProject = (): Promise<Record<string, string[]>> => namesInProject(lab.cloud);

/** Everything by name that the cluster is, beside what was there before. */
function wholeCluster(): Record<string, string[]> {
  const machines = ["failures-default-0", "failures-default-1", "failures-master-0"];
  // Neutron's own: of DHCP and of the router.
  const ports = ["", "", ...machines];
  return {
    ...before,
    servers: machines,
    ports,
    volumes: ["failures-master-0-etcd"],
    networks: ["failures-network"],
    routers: ["failures-network"],
    floatingips: machines,
    security_groups: [...(before["security_groups"] ?? []), "failures-security-machines", "failures-security-masters"],
  };
}

/** Runs `up` until a request has met a fault; then something is done to the engine. Gives what it printed. */
async function interrupt(fault: Fault, act: (engine: number) => void): Promise<string> {
  const { program, args, options } = stack.command(up);
  const { met } = cloud.put(fault);
  const running = execa(program, args, { ...options, stdin: "ignore", all: true, reject: false });
  const { pid } = running;
  if (pid === undefined) throw new Error("the engine did not start");
  const early = running.then(({ all }) => {
    throw new Error(`the engine ended before it was interrupted:\n${all}`);
  });
  early.catch(() => undefined);
  await Promise.race([met, early]);
  act(pid);
  const { all } = await running;
  cloud.heal();
  await cloud.settle();
  return all;
}

/** Ends a process and all that it started at once, as a power failure does. */
function kill(pid: number): void {
  const family = new Set([pid]);
  const parents = fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(name)] as const);
  let size = 0;
  while (size < family.size) {
    size = family.size;
    for (const [child, parent] of parents) if (family.has(parent)) family.add(child);
  }
  for (const one of family) process.kill(one, "SIGKILL");
}

function parentOf(pid: string): number {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Runs the `openstack` commands that a message names, as its reader would. Gives each without its identifier. */
async function obey(text: string): Promise<readonly string[]> {
  const commands = [...text.matchAll(/`openstack ([^`]+) ([0-9a-f-]{36})`/g)].map(([, what = "", id = ""]) => ({
    what,
    id,
  }));
  const once = commands.filter(({ id }, index) => commands.findIndex((other) => other.id === id) === index);
  for (const { what, id } of once) await openstack.run(...what.split(" "), id);
  return once.map(({ what }) => what);
}

/**
 * The provider asks again when a connection breaks, and it depends on its other connections whether the second request arrives: an answer
 * that was lost ends as that, or as a second server that cannot have the port.
 */
const lostOrTwice = /OpenStack connection error, retries exhausted|unexpected state 'ERROR'/;

/** Removes what the preview says is in the project beside the state, and servers in ERROR as docs/troubleshooting.md has it. Gives what it said. */
async function clearAway(): Promise<string> {
  const { text } = await attempt(stack, ["preview"]);
  expect(await obey(text)).toEqual(["server delete --wait"]);
  const broken = await openstack.run("server", "list", "--status", "ERROR", "-f", "value", "-c", "ID");
  for (const id of broken.split("\n").filter(Boolean)) await openstack.run("server", "delete", "--wait", id);
  await stack.run(["refresh", "--yes", "--skip-preview"]);
  return text;
}

/** How many operations the engine remembers to have begun without knowing how they ended. */
async function pendingOperations(): Promise<number> {
  const { deployment } = JSON.parse(await stack.run(["stack", "export"])) as {
    readonly deployment: { readonly pending_operations?: readonly unknown[] };
  };
  return deployment.pending_operations?.length ?? 0;
}

beforeAll(async () => {
  lab = await startPretendedLab("small");
  openstack = openstackClient(lab.cloud);
  await lab.cloud.setSmallQuota(generous);
  cloud = await FaultyCloud.start(lab.cloud.environment);
  stack = new LabStack("failures", lab.engine, { ...lab.cloud, environment: cloud.environment });
  before = await inProject();
});

afterAll(async () => {
  await cloud.stop();
  await lab.cloud.setSmallQuota(generous);
  stack.forget();
});

// A test that failed leaves its faults to no other.
afterEach(() => {
  cloud.heal();
});

const server = /\/servers\/[0-9a-f-]{36}$/;
const servers = /\/servers$/;

describe("a cloud that fails for a moment", () => {
  it("is told from one that refuses: the preview says to wait", async () => {
    await configure();
    cloud.put({ method: "POST", path: /\/auth\/tokens$/, outcome: { kind: "answer", status: 503 } });
    const text = await refusal(stack, ["preview"]);
    cloud.heal();
    expect(text).toMatch(/openstack:\*\n.*\n.*temporary.*\n.*run the command again in a few/);
    expect(text).toContain("has 1 problem; nothing was created or changed");
  });
});

describe("an answer that was lost", () => {
  it("of a port: the next update names it and the command that removes it", async () => {
    const images = cloud.put({
      method: "GET",
      path: /^\/v2\/images$/,
      outcome: { kind: "answer", status: 503 },
      times: 1,
    });
    const busy = cloud.put({
      method: "POST",
      path: /^\/v2\.0\/networks$/,
      outcome: { kind: "answer", status: 429, headers: { "retry-after": "1" } },
      times: 2,
    });
    const lost: Fault = { method: "POST", path: /^\/v2\.0\/ports$/, outcome: { kind: "answerLost", status: 504 } };
    cloud.put({ ...lost, body: /failures-default-1/, times: 1 });
    expect(await refusal(stack, up)).toContain("Gateway Timeout");
    // What is only asked is asked again, and a cloud that asks for patience gets it.
    expect([images.count(), busy.count()]).toEqual([1, 2]);
    const text = await refusal(stack, up);
    expect(text).toMatch(/the port failures-default-1 .*address 192\.168\.0\.16, which failures-default-1 is to have/);
    expect(await obey(text)).toEqual(["port delete"]);
  });
});

describe("an update whose engine was killed while servers were made", () => {
  it("leaves them in the cloud and not in the state, and the next one names them before it makes anything", async () => {
    await interrupt({ method: "GET", path: server, outcome: { kind: "held" } }, kill);
    const made = await inProject();
    expect(made["servers"]).not.toEqual([]);
    expect(await refusal(stack, up)).toContain("the stack is currently locked");
    await stack.run(["cancel", "--yes"]);
    const text = await refusal(stack, up);
    for (const name of made["servers"] ?? []) expect(text).toContain(`the server ${name} (`);
    expect(await inProject()).toEqual(made);
    // Floating addresses are made beside servers, and the engine may have been killed before it wrote one down.
    const removed = (await obey(text)).filter((what) => what !== "floating ip delete");
    expect(removed).toEqual(made["servers"]?.map(() => "server delete --wait"));
    expect((await inProject())["servers"]).toEqual([]);
  });

  it("is gone on from, and of a server whose answer is lost the preview names the one that nobody knows", async () => {
    const lost = cloud.put({ method: "POST", path: servers, outcome: { kind: "connectionLost" }, times: 1 });
    expect(await refusal(stack, up)).toMatch(lostOrTwice);
    expect(lost.count()).toBe(1);
    expect(await clearAway()).toMatch(/server failures-\S+ \([0-9a-f-]{36}\)/);
  });
});

describe("a quota that others used up after it was checked", () => {
  it("stops the update with the cloud's words", async () => {
    const instances = (await inProject())["servers"]?.length ?? 0;
    const text = await interrupt({ method: "POST", path: servers, outcome: { kind: "held" } }, () => {
      void lab.cloud.setSmallQuota({ ...generous, instances }).then(() => {
        cloud.heal();
      });
    });
    expect(text).toMatch(/Quota exceeded for instances/);
    await lab.cloud.setSmallQuota(generous);
  });
});

describe("an update that was stopped with Ctrl-C once", () => {
  it("writes down what the cloud had begun to make, and the next one ends with the whole cluster, nothing twice", async () => {
    const text = await interrupt({ method: "GET", path: server, outcome: { kind: "held" } }, (engine) => {
      process.kill(engine, "SIGINT");
      setTimeout(() => {
        cloud.heal();
      }, 2_000);
    });
    expect(text).toContain("^C received; cancelling");
    await stack.run(up);
    expect(await inProject()).toEqual(wholeCluster());
    expect(await pendingOperations()).toBeGreaterThan(0);
    await stack.run(["refresh", "--yes", "--skip-preview", "--clear-pending-creates"]);
    expect(await pendingOperations()).toBe(0);
    expect(await previewChanges(stack)).toEqual([]);
  });

  it("is none the worse for another number of retries", async () => {
    await stack.run(["config", "set", "openstack:maxRetries", "5"]);
    expect(await previewChanges(stack)).toEqual([]);
  });
});

describe("a node that is replaced, when the answer about its new server is lost", () => {
  it("is there once in the end, whether or not the provider asked for a second one", async () => {
    await configure({ nodePools: { default: { generation: 2 } } });
    cloud.put({ method: "POST", path: servers, outcome: { kind: "connectionLost" }, times: 1 });
    expect(await refusal(stack, up)).toMatch(lostOrTwice);
    expect(await clearAway()).toMatch(/server failures-default-\d \([0-9a-f-]{36}\)/);
    await stack.run(up);
    expect(await inProject()).toEqual(wholeCluster());
    expect(await previewChanges(stack)).toEqual([]);
  });

  it("leaves nothing behind when all of it is destroyed", async () => {
    await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(await inProject()).toEqual(before);
  });
});

describe("a cloud that takes ten requests a second", () => {
  it("gets no more of them, and has the whole cluster in the end, nothing twice", async () => {
    await configure();
    const refused = cloud.limit(10);
    await stack.run(up);
    console.log(`${String(refused.count())} requests were refused`);
    expect(refused.count()).toBeGreaterThan(0);
    expect(await inProject()).toEqual(wholeCluster());
  });

  it("is left as it was", async () => {
    cloud.limit(10);
    await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(await inProject()).toEqual(before);
  });
});

describe("a cluster whose hypervisor is dead", () => {
  const isDown = async (): Promise<boolean> => {
    const list = ["openstack", "compute", "service", "list", "--service", "nova-compute", "-f", "value", "-c", "State"];
    return (await lab.cloud.exec(list, { environment: lab.cloud.adminEnvironment })).includes("down");
  };

  /** Starts or stops the only hypervisor, and waits until the cloud knows. */
  const compute = async (action: "start" | "stop"): Promise<void> => {
    await lab.cloud.exec(["supervisorctl", action, "agent:nova-compute"]);
    while ((await isDown()) !== (action === "stop")) await delay(5_000);
  };

  beforeAll(async () => {
    await configure();
    await stack.run(up);
    await compute("stop");
  });

  afterAll(() => compute("start"));

  it("gets its master back with etcd's volume, where there is another one, once its server is deleted", async () => {
    const list = ["volume", "list", "--name", "failures-master-0-etcd", "-f", "value", "-c", "ID"] as const;
    const volume = await openstack.run(...list);
    await openstack.run("server", "delete", "--wait", "failures-master-0");
    expect((await inProject())["servers"]).not.toContain("failures-master-0");
    // There is one in the lab: the other one.
    await compute("start");
    await stack.run(["up", "--refresh", "--yes", "--skip-preview"]);
    expect(await inProject()).toEqual(wholeCluster());
    expect(await openstack.run(...list)).toBe(volume);
    expect(await previewChanges(stack)).toEqual([]);
  });

  it("is destroyed all the same, by a second command once the first has waited for its machines to stop", async () => {
    await compute("stop");
    const destroy = ["destroy", "--yes", "--skip-preview"];
    expect(await refusal(stack, destroy)).toMatch(/deleting failed|context deadline exceeded|timeout/);
    await stack.run(destroy);
    expect(await inProject()).toEqual(before);
  });
});
