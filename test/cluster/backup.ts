import { describe, expect, it } from "vitest";
import type { RunningCluster } from "./support.ts";

const unit = "kovhernetes-etcd-snapshot";

/** What the master's snapshots are good for. */
export function backupTests(running: () => RunningCluster): void {
  describe("snapshots of etcd", () => {
    it("have a timer that waits for its time", async () => {
      const state = await running().ssh(
        "master",
        `systemctl show -p ActiveState -p NextElapseUSecRealtime ${unit}.timer`,
      );
      expect(state).toMatch(/^ActiveState=active$/m);
      expect(state).toMatch(/^NextElapseUSecRealtime=.*\d{4}-\d{2}-\d{2}/m);
    });

    it("are taken by its unit, for root alone", async () => {
      await running().ssh("master", `systemctl start ${unit}.service`);
      const files = await running().ssh("master", "stat -c '%a %U %n' /var/lib/etcd/snapshots/*");
      const [keys, snapshot] = files.split("\n").slice(-2).sort().reverse();
      expect(keys).toMatch(/^600 root \/var\/lib\/etcd\/snapshots\/snapshot-\d{8}T\d{6}Z\.encryption-config\.yaml$/);
      expect(snapshot).toMatch(/^600 root \/var\/lib\/etcd\/snapshots\/snapshot-\d{8}T\d{6}Z\.db$/);
    });

    it("have everything that the cluster has, as a drill shows, which leaves nothing behind", async () => {
      const { exitCode, stdout, stderr } = await running().administer(
        "restore-drill",
        "--json",
        ...running().sshOptions(),
      );
      expect([exitCode, stderr]).toEqual([0, expect.stringContaining("restoring the newest snapshot")]);
      const { totals, whole } = JSON.parse(stdout) as { whole: boolean; totals: Record<string, number> };
      expect(whole).toBe(true);
      expect(totals["same"]).toBeGreaterThan(100);
      expect(await running().ssh("master", "ls /var/tmp | grep kovhernetes || true; pgrep -c etcd")).toBe("1");
    });
  });
}
