import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { versions } from "../../lab/mirror/versions.ts";
import { clusterForTests } from "../cluster/for-tests.ts";
import { testWorkload } from "../cluster/support.ts";

const image = `registry.k8s.io/e2e-test-images/agnhost:${versions.agnhost}`;

const running = clusterForTests();

interface Seen {
  /** Of each machine, its server in the cloud. */
  readonly servers: string;
  readonly boot: string;
  readonly object: string;
}

async function seen(role: "master" | "node"): Promise<Seen> {
  return {
    servers: await running().openstack(
      "server",
      "list",
      "-f",
      "value",
      "-c",
      "ID",
      "-c",
      "Name",
      "--sort-column",
      "Name",
    ),
    boot: await running().ssh(role, "cat /proc/sys/kernel/random/boot_id"),
    object: await running().kubectl(["get", "configmap", "survivor", "-o", "jsonpath={.metadata.uid}"]),
  };
}

/** What `npm run status` says, until it says something. @param drift asks the cloud as well */
async function statusSays(
  pattern: RegExp,
  minutes: number,
  drift = false,
): Promise<{ text: string; exitCode: number }> {
  const options = [...running().sshOptions(), ...(drift ? [] : ["--no-drift"])];
  return running().eventually(`status that says ${String(pattern)}`, minutes, async () => {
    const { stdout, exitCode } = await running().administer("status", ...options);
    if (!pattern.test(stdout)) throw new Error(stdout.slice(-400));
    return { text: stdout, exitCode: exitCode ?? -1 };
  });
}

async function power(action: "start" | "stop", name: string, state: string): Promise<void> {
  await running().openstack("server", action, name);
  await running().eventually(`${name} is ${state}`, 6, async () =>
    (await running().openstack("server", "show", "-f", "value", "-c", "status", name)).trim() === state
      ? true
      : undefined,
  );
}

async function allReady(): Promise<void> {
  await statusSays(/lab is healthy/, 12);
  await running().stack.run(["preview", "--expect-no-changes"]);
}

/** What happens to machines, what their administrator is told, and what brings the cluster back: nothing lost, nothing doubled. */
describe("a running cluster", () => {
  beforeAll(async () => {
    const cluster = running();
    await cluster.kubectl(["create", "configmap", "survivor", "--from-literal=value=kept"]);
    await cluster.kubectl(["apply", "--validate=false", "-f", "-"], testWorkload("on-node", "lab-default-0", image));
    await cluster.kubectl(["rollout", "status", "statefulset/on-node", "--timeout=10m"]);
  });

  describe("whose node is powered off", () => {
    let before: Seen;

    beforeAll(async () => {
      before = await seen("node");
      await power("stop", "lab-default-0", "SHUTOFF");
    });

    it("is told of by status, with what the cloud has", async () => {
      const { text, exitCode } = await statusSays(/lab-default-0 is not Ready/, 5, true);
      expect(text).toMatch(
        /lab-default-0 \(\S*Instance\) is not as configured: `pulumi up` would update it for powerState/,
      );
      expect(exitCode).toBe(1);
    });

    it("is told of by `up`, with the command that helps", async () => {
      const { output, exitCode } = await running().upUntil(/its server is SHUTOFF/);
      expect(output).toContain(
        "warning: lab-default-0: its server is SHUTOFF: `openstack server start lab-default-0` lets it run again",
      );
      expect(exitCode).not.toBe(0);
      // A failed update takes the stack's outputs away, and leaves what status needs.
      await statusSays(/lab-default-0 is not Ready/, 3);
    });

    describe("after `up --refresh`", () => {
      let output: string;

      beforeAll(async () => {
        output = await running().stack.run(["up", "--refresh", "--yes", "--skip-preview"], { show: true });
      });

      it("has the same machine again, powered on", async () => {
        expect(output).toContain("Instance lab-default-0 updated");
        await allReady();
        const after = await seen("node");
        expect({ ...after, boot: before.boot }).toEqual(before);
        expect(after.boot).not.toBe(before.boot);
      });
    });
  });

  describe("whose master is powered off", () => {
    let before: Seen;

    beforeAll(async () => {
      before = await seen("master");
      await power("stop", "lab-master-0", "SHUTOFF");
    });

    it("is told of by status, which cannot ask the API", async () => {
      const { exitCode } = await statusSays(/the API at \S+: /, 3);
      expect(exitCode).toBe(2);
    });

    it("leaves the pods of its nodes running", async () => {
      expect(await running().ssh("node", "pgrep --list-full agnhost")).toContain("netexec");
    });

    it("has every object once it is started again", async () => {
      await power("start", "lab-master-0", "ACTIVE");
      await allReady();
      const after = await seen("master");
      expect({ ...after, boot: before.boot }).toEqual(before);
    });
  });

  describe("whose node has a full disk", () => {
    beforeAll(() =>
      running().ssh("node", "fallocate --length $(df --block-size=1 --output=avail / | tail -n 1) /full || true"),
    );
    afterAll(() => running().ssh("node", "rm -f /full"));

    it("is told of by status, and by itself takes no more pods there", async () => {
      const { exitCode } = await statusSays(/lab-default-0 has DiskPressure/, 5);
      expect(exitCode).toBe(1);
      const { spec } = await running().json<{ spec: { taints?: { key: string }[] } }>(["get", "node", "lab-default-0"]);
      expect(spec.taints?.map(({ key }) => key)).toContain("node.kubernetes.io/disk-pressure");
    });

    it("is well again once there is room", async () => {
      await running().ssh("node", "rm -f /full");
      await allReady();
      await running().kubectl(["rollout", "status", "statefulset/on-node", "--timeout=10m"]);
    });
  });

  describe("whose etcd volume is full", () => {
    const write = (name: string) =>
      running().kubectl(["create", "configmap", name, `--from-literal=value=${"x".repeat(100_000)}`]);

    beforeAll(async () => {
      const fill = "cd /var/lib/etcd && dd if=/dev/zero of=full bs=1M 2>/dev/null; sync";
      await running().ssh("master", fill);
    });
    afterAll(() => running().ssh("master", "rm -f /var/lib/etcd/full"));

    it("is told of by status", async () => {
      const { exitCode } = await statusSays(/etcd on lab-master-0 has a disk that is nearly full/, 3);
      expect(exitCode).toBe(1);
    });

    it("has every object, and takes new ones, once there is room", async () => {
      // Until etcd, which ends at the first page that has no room, answers no more.
      const isWritten = (count: number): Promise<boolean> =>
        write(`filler-${String(count)}`).then(
          () => true,
          () => false,
        );
      let written = 0;
      while (written < 100 && (await isWritten(written))) written += 1;
      expect(written).toBeLessThan(100);
      await running().ssh("master", "rm -f /var/lib/etcd/full");
      await running().eventually("the API writes again", 10, () => write("afterwards"));
      await allReady();
      expect(await running().kubectl(["get", "configmap", "survivor", "-o", "jsonpath={.data.value}"])).toBe("kept");
    });
  });

  describe("that gets a node while the cloud gives no addresses by DHCP", () => {
    let output: Promise<string>;
    let agents: readonly string[];

    const dhcp = async (state: "disable" | "enable"): Promise<void> => {
      for (const agent of agents) {
        await running().openstackAsAdministrator("network", "agent", "set", `--${state}`, agent);
      }
    };

    beforeAll(async () => {
      const list = await running().openstackAsAdministrator(
        ...["network", "agent", "list", "--agent-type", "dhcp", "-f", "value", "-c", "ID"],
      );
      agents = list.split("\n").filter(Boolean);
      expect(agents).not.toEqual([]);
      await dhcp("disable");
      await running().configure({ nodes: 2 });
      output = running().up();
      output.catch(() => undefined);
    });
    afterAll(() => dhcp("enable"));

    it("waits for the machine, which has come up without a network and got its files from its own drive", async () => {
      await running().eventually("the machine has booted", 10, async () => {
        const log = await running().openstack("console", "log", "show", "lab-default-1");
        return /cloud-init\[\d+\]|login:/.test(log) ? true : undefined;
      });
      expect(await running().kubectl(["get", "nodes", "-o", "name"])).not.toContain("lab-default-1");
    });

    it("has the node once there are addresses again", async () => {
      await dhcp("enable");
      await output;
      await allReady();
      expect(await running().kubectl(["get", "nodes", "-o", "name"])).toContain("lab-default-1");
    });
  });
});
