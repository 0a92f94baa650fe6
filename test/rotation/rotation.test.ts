import * as fs from "node:fs";
import * as path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { versions } from "../../lab/mirror/versions.ts";
import { clusterForTests } from "../cluster/for-tests.ts";
import { RunningCluster, testWorkload } from "../cluster/support.ts";
import { Administrator, ask } from "./administrator.ts";

const image = `registry.k8s.io/e2e-test-images/agnhost:${versions.agnhost}`;
const roles = ["master", "node"] as const;

/** What a component writes that does not trust another, or is not trusted by it. */
const refusal = "x509:|unknown certificate authority|bad certificate|Unauthorized|Unable to authenticate the request";

const running = clusterForTests(() => RunningCluster.start({ authorization: "RBAC" }));

/** A copy of the stack's kubeconfig of now, since the next update writes another. */
function keepKubeconfig(name: string, change: (cluster: Record<string, unknown>) => void = () => undefined): string {
  const { stack } = running();
  const kubeconfig = parse(fs.readFileSync(stack.kubeconfigFile, "utf8")) as {
    clusters: { cluster: Record<string, unknown> }[];
  };
  for (const entry of kubeconfig.clusters) change(entry.cluster);
  const file = path.join(stack.directory, `kubeconfig-${name}`);
  fs.writeFileSync(file, stringify(kubeconfig), { mode: 0o600 });
  return file;
}

describe("authorities that change while a cluster runs", () => {
  let first: string;

  beforeAll(async () => {
    const cluster = running();
    // As somebody would who keeps an old kubeconfig and does not care whom it talks to.
    first = keepKubeconfig("first", (entry) => {
      delete entry["certificate-authority-data"];
      entry["insecure-skip-tls-verify"] = true;
    });
    await cluster.kubectl(["create", "secret", "generic", "survivor", "--from-literal=value=kept"]);
    await cluster.kubectl(["apply", "--validate=false", "-f", "-"], testWorkload("on-node", "lab-default-0", image));
    await cluster.kubectl(["rollout", "status", "statefulset/on-node", "--timeout=10m"]);
  });

  describe.each([
    ["1+2", 2],
    ["2+1", 3],
    ["2", 4],
  ] as const)("to %s", (authorities, generation) => {
    let output: string;
    let seen: Awaited<ReturnType<Administrator["stop"]>>;

    beforeAll(async () => {
      const administrator = new Administrator(running(), keepKubeconfig(authorities));
      try {
        await running().configure({
          authorities,
          master: { generation },
          nodePools: { default: { generation } },
        });
        output = await running().up();
      } finally {
        seen = await administrator.stop();
      }
    });

    it("replaced both machines, the master first", () => {
      const order = [
        "lab-master-0: drained",
        "lab-master-0: shutting down",
        "Instance lab-master-0 deleting",
        "lab-master-0: the API answers again",
        "lab-default-0: drained",
        "Instance lab-default-0 deleting",
        "lab-default-0: the new machine is Ready",
      ];
      const places = order.map((line) => output.indexOf(line));
      expect(places).not.toContain(-1);
      expect(places).toEqual([...places].sort((a, b) => a - b));
    });

    it("refused no request of the administrator, whose kubeconfig is that of the step before", () => {
      expect(seen.refusals).toEqual([]);
      expect(seen.answered).toBeGreaterThan(20);
    });

    it.each(roles)("had nobody refuse anybody on the %s", async (role) => {
      const lines = await running().ssh(
        role,
        // Without what sudo notes of this very question.
        `{ journalctl --no-pager --output=cat; cat /var/log/pods/*/*/*.log; } | grep -v COMMAND= | grep -E '${refusal}' | head -n 20 || true`,
      );
      expect(lines.split("\n").filter(Boolean)).toEqual([]);
    });

    it("has a healthy cluster, which kept what was in etcd", async () => {
      await running().eventually("a healthy cluster", 10, async () => {
        const { exitCode, stdout } = await running().administer("status", ...running().sshOptions());
        if (exitCode !== 0) throw new Error(stdout.slice(-500));
        return true;
      });
      expect(await running().kubectl(["get", "secret", "survivor", "-o", "jsonpath={.data.value}"])).toBe("a2VwdA==");
    });

    it("has an API server that reaches kubelets, and pods that reach DNS and the API", async () => {
      await running().kubectl(["rollout", "status", "statefulset/on-node", "--timeout=10m"]);
      const target = "kubernetes.default.svc.cluster.local:443";
      await running().eventually("the pod reaches the API by its name", 5, () =>
        running().kubectl(["exec", "on-node-0", "--", "/agnhost", "connect", "--timeout=10s", target]),
      );
      expect(await running().kubectl(["logs", "on-node-0"])).toContain("Started HTTP server");
    });
  });

  describe("once the old ones are gone", () => {
    it("lets nobody in with a kubeconfig of theirs", async () => {
      expect(await ask(running(), first)).toMatch(/Unauthorized|must be logged in/);
    });

    it("holds its matrix of who may reach what", async () => {
      const { exitCode, stdout } = await running().administer("verify", "--json", ...running().sshOptions());
      const { findings } = JSON.parse(stdout) as { findings: readonly { readonly holds: boolean }[] };
      expect(findings.filter(({ holds }) => !holds)).toEqual([]);
      expect([exitCode, findings.length > 50]).toEqual([0, true]);
    });

    it("has nothing left to do", async () => {
      await running().stack.run(["preview", "--expect-no-changes"]);
    });
  });
});
