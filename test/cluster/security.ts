import { describe, expect, it } from "vitest";
import { datagramTests } from "./datagrams.ts";
import type { RunningCluster } from "./support.ts";

interface Findings {
  readonly findings: readonly {
    readonly server: string;
    readonly attempt: string;
    readonly observed: string;
    readonly holds: boolean;
  }[];
}

const roles = ["master", "node"] as const;

/** `npm run verify` on the lab's stack, as its administrator would call it. */
async function verify(cluster: RunningCluster, ...options: readonly string[]) {
  const { exitCode, stdout, stderr } = await cluster.administer(
    "verify",
    "--json",
    ...cluster.sshOptions(),
    ...options,
  );
  return { exitCode, stderr, findings: exitCode === 2 ? [] : (JSON.parse(stdout) as Findings).findings };
}

/** What an auditor asks of a running cluster. */
export function securityTests(running: () => RunningCluster): void {
  describe("the matrix", () => {
    it("holds: every right client is let in, and every wrong one is refused", async () => {
      const { exitCode, stderr, findings } = await verify(running(), "--with-authority-keys");
      expect(findings.filter(({ holds }) => !holds)).toEqual([]);
      expect([exitCode, stderr]).toEqual([0, expect.stringContaining("attempts")]);
      expect(findings.length).toBeGreaterThanOrEqual(60);
      expect(findings.map(({ attempt }) => attempt)).toEqual(
        expect.arrayContaining(["expired certificate", "forged token", "expired token", "in clear"]),
      );
    });

    it("is found broken when a kubelet takes requests from anybody", async () => {
      const cluster = running();
      // An emulated machine that starts a kubelet does little else meanwhile, which what follows would measure.
      const listens = "timeout 180 sh -c 'until ss -Hltn sport = :10250 | grep -q .; do sleep 1; done'";
      const kubelet = (change: string): Promise<string> =>
        cluster.ssh(
          "node",
          `sed -i '${change}' /etc/kubernetes/kubelet.yaml && systemctl restart kubelet && ${listens}`,
        );
      await kubelet("/anonymous:/,/enabled:/ s/enabled: false/enabled: true/; s/mode: Webhook/mode: AlwaysAllow/");
      try {
        const { exitCode, findings } = await verify(cluster);
        const breaches = findings.filter(({ holds }) => !holds);
        expect(exitCode).toBe(1);
        expect(new Set(breaches.map(({ server }) => server))).toEqual(
          new Set([`kubelet of ${cluster.machine("node").name}`]),
        );
        expect(breaches.map(({ attempt }) => attempt)).toContain("no certificate");
      } finally {
        await kubelet("/anonymous:/,/enabled:/ s/enabled: true/enabled: false/; s/mode: AlwaysAllow/mode: Webhook/");
      }
    });
  });

  describe("the network", () => {
    /** Ports of a machine that take a connection from another: all that it listens on, and some that it must not. */
    const openFrom = async (from: "master" | "node", to: "master" | "node"): Promise<number[]> => {
      const cluster = running();
      const listening = await cluster.ssh(to, "ss -Hltn | sed -E 's/.*:([0-9]+) .*/\\1/'");
      const ports = new Set([
        ...listening.split("\n").map(Number),
        22,
        80,
        2379,
        2380,
        8080,
        10250,
        10255,
        10256,
        10257,
        10259,
      ]);
      const address = cluster.machine(to).address;
      const found = await cluster.ssh(
        from,
        `for port in ${[...ports].join(" ")}; do
           (timeout 15 bash -c "</dev/tcp/${address}/$port" 2>/dev/null && echo $port) &
         done; wait`,
      );
      return found
        .split("\n")
        .filter(Boolean)
        .map(Number)
        .sort((a, b) => a - b);
    };

    it("lets a node reach the API and the kubelet of the master, and the master the kubelet of a node", async () => {
      const open = await Promise.all([openFrom("node", "master"), openFrom("master", "node")]);
      expect(open).toEqual([[6443, 10250], [10250]]);
    });

    datagramTests(running);

    /** Whether a pod's connection to an address is made. */
    const podReaches = async (pod: string, target: string): Promise<boolean> =>
      running()
        .kubectl(["exec", pod, "--", "/agnhost", "connect", "--timeout=15s", target])
        .then(() => true)
        .catch(() => false);

    // Each waits for a connection that is not made.
    it.concurrent.each(roles)(
      "keeps pods on the %s from the metadata service, which its own processes reach",
      async (role) => {
        const ask = "curl -s -m 20 -o /dev/null -w '%{http_code}' http://169.254.169.254/openstack";
        expect(await running().ssh(role, ask)).toBe("200");
        expect(await podReaches(`on-${role}-0`, "169.254.169.254:80")).toBe(false);
      },
    );

    it.concurrent("keeps pods on a node from etcd, and lets them reach the API", async () => {
      const { address } = running().machine("master");
      expect(await podReaches("on-node-0", `${address}:6443`)).toBe(true);
      expect(await podReaches("on-node-0", `${address}:2379`)).toBe(false);
    });
  });

  describe("keys", () => {
    // The API server looks at its keys once a minute: the others look at the machines meanwhile.
    it.concurrent("of Secrets at rest are changed while everything runs, and the old one goes", async () => {
      const cluster = running();
      const keyNames = (): Promise<string> =>
        cluster.ssh("master", "sed -n 's/^ *- name: //p' /var/lib/etcd/encryption-config.yaml");
      const before = await keyNames();
      await cluster.kubectl(["create", "secret", "generic", "rotated", "--from-literal=value=kept"]);
      const { exitCode, stdout } = await cluster.administer("rotate", ...cluster.sshOptions());
      expect([exitCode, stdout]).toEqual([0, expect.stringContaining("no other key is left")]);
      expect(await keyNames()).not.toBe(before);
      expect((await keyNames()).split("\n")).toHaveLength(1);
      expect(await cluster.kubectl(["get", "secret", "rotated", "-o", "jsonpath={.data.value}"])).toBe("a2VwdA==");
      await cluster.kubectl(["delete", "secret", "rotated"]);
    });

    /** Finds private keys, and neither itself in a list of processes nor the command that sudo wrote to the journal. */
    const mark = "'PRIVATE[ ]KEY-----'";
    /** Files with a private key, but for programs, whose error messages speak of them; cloud-init has binary files too. */
    const holders =
      `{ grep -rlsI -e ${mark} /etc /var /run /root /home /opt /tmp /srv; ` +
      `grep -rls -e ${mark} /var/lib/cloud /run/cloud-init; } | sort -u`;

    it.concurrent.each(roles)("of the %s are readable by root alone, on its own paths", async (role) => {
      const found = (await running().ssh(role, `${holders} | xargs stat -c '%a %U %n'`)).split("\n");
      expect(found.length).toBeGreaterThan(3);
      expect(found.filter((line) => !/^[64]00 root /.test(line))).toEqual([]);
      const elsewhere = found.filter(
        (line) => !/ \/(etc\/(kubernetes|etcd)\/pki|etc\/ssh|var\/lib\/cloud|run\/cloud-init)\//.test(line),
      );
      expect(elsewhere).toEqual([]);
    });

    it.concurrent.each(roles)("of the %s are in no log, journal, process list or environment", async (role) => {
      const cluster = running();
      const places = await cluster.ssh(
        role,
        `journalctl --no-pager | grep -c -e ${mark}
         grep -rlsa -e ${mark} /var/log | grep -v '^/var/log/journal/' | head
         cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | grep -ca -e ${mark} || true`,
      );
      expect(places.split("\n")).toEqual(["0", "0"]);
    });

    it("of Secrets, and etcd's data, are root's alone", async () => {
      const modes = "stat -c '%a %U' /var/lib/etcd/data /var/lib/etcd/encryption-config.yaml";
      expect((await running().ssh("master", modes)).split("\n")).toEqual(["700 root", "600 root"]);
    });

    it("of Secrets are not in etcd's files in clear, and those of other objects are", async () => {
      const cluster = running();
      const marks = { secret: "kept-4f1d0a37", plain: "seen-93c2e6b8" };
      await cluster.kubectl(["create", "secret", "generic", "at-rest", `--from-literal=value=${marks.secret}`]);
      await cluster.kubectl(["create", "configmap", "at-rest", `--from-literal=value=${marks.plain}`]);
      // The whole volume, once: by records that end with a zero byte, of which it is full, since in lines a program has to hold all of it.
      const found = await cluster.ssh(
        "master",
        `sync
         { LC_ALL=C grep -zaoF -e ${marks.plain} -e ${marks.secret} /dev/kovhernetes/etcd; echo "ended with $?"; } | tr '\\0' '\\n'`,
      );
      // The first says that the second could have been found, the last that all was looked at.
      expect(found.split("\n")).toEqual(expect.arrayContaining([marks.plain, "ended with 0"]));
      expect(found).not.toContain(marks.secret);
      expect(await cluster.kubectl(["get", "secret", "at-rest", "-o", "jsonpath={.data.value}"])).toBe(
        Buffer.from(marks.secret).toString("base64"),
      );
      await cluster.kubectl(["delete", "secret/at-rest", "configmap/at-rest"]);
    });
  });
}
