import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubernetesComponent, kubernetesOfSuites } from "../../lab/mirror/components.ts";
import { ensureGoComponent } from "../../lab/mirror/go.ts";
import { ControlPlane } from "./support.ts";

const administrator = { name: "test", group: "system:masters" };
const mebibyte = 1024 ** 2;

/** Not everybody may protect a process; anybody may do the contrary. What counts is the distance, so all are moved up by as much. */
const score = (adjustment = "0"): string => String(Number(adjustment) + 999);

describe("a control plane on a machine whose memory is short", () => {
  const group = fs.mkdtempSync("/sys/fs/cgroup/memory/kovhernetes-test-");
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await ControlPlane.start({});
  });

  afterAll(async () => {
    await plane.stop();
    fs.rmdirSync(group);
  });

  it("goes on answering while pods that may be killed last of all pods take what is left", async () => {
    for (const [unit, pid] of plane.running) {
      fs.writeFileSync(`${group}/cgroup.procs`, String(pid));
      fs.writeFileSync(`/proc/${pid}/oom_score_adj`, score(plane.service(unit, "OOMScoreAdjust")[0]));
    }
    const limit = 700 * mebibyte;
    fs.writeFileSync(`${group}/memory.limit_in_bytes`, String(limit));
    // What a Guaranteed pod, or one of a critical priority class, runs with.
    const fill = `const kept = []; setInterval(() => { kept.push(Buffer.alloc(20 * ${mebibyte}, 1)); }, 20);`;
    const start = `echo $$ >${group}/cgroup.procs; echo ${score("-997")} >/proc/self/oom_score_adj; exec "$@"`;
    const pods = await Promise.all(
      [1, 2, 3].map(() => execa("sh", ["-c", start, "sh", process.execPath, "-e", fill], { reject: false })),
    );
    expect(pods.map(({ signal }) => signal)).toEqual(["SIGKILL", "SIGKILL", "SIGKILL"]);
    const ready = await plane.kubectl(administrator, "get", "--raw", "/readyz", "--request-timeout=10s");
    expect(ready).toMatchObject({ stdout: "ok", exitCode: 0 });
  });

  it("has a kubelet that takes its configuration, with what is reserved for this machine's memory", async () => {
    const directory = path.join(plane.root, "run/kovhernetes/kubelet.d");
    fs.mkdirSync(directory, { recursive: true });
    const kubelet = path.join(
      await ensureGoComponent(kubernetesComponent(kubernetesOfSuites()), console.log),
      "kubelet",
    );
    const reserved = await execa(path.join(plane.root, "opt/kovhernetes/lib/reserve.sh"), ["master"], {
      inputFile: "/proc/meminfo",
    });
    // A kubelet refuses this machine for its old control groups, but for this word; and there is no API for it.
    const words = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfailCgroupV1: false\n";
    fs.writeFileSync(
      `${directory}/test.conf`,
      `${words}authentication: {webhook: {enabled: false}}\nauthorization: {mode: AlwaysAllow}\n`,
    );
    const run = async (sizes: string): Promise<string> => {
      fs.writeFileSync(`${directory}/reserved.conf`, sizes);
      const args = [`--config=${plane.root}/etc/kubernetes/kubelet.yaml`, `--config-dir=${directory}`];
      const { stderr } = await execa(kubelet, [...args, `--root-dir=${plane.root}/kubelet`], {
        reject: false,
        timeout: 20_000,
      });
      return stderr;
    };
    expect(await run(reserved.stdout.replace("cpu: ", "cpu: : "))).toContain("kubelet dropin file");
    // It has read and checked it all, and asks for containerd.
    expect(await run(reserved.stdout)).toMatch(/failed to run Kubelet: validate service connection/);
  });
});
