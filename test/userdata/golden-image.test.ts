import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builderUserData } from "../../golden-image/builder";
import { validateImageSettings } from "../../golden-image/settings";
import { chrootRun, type ChrootResult } from "../../lab/guest/chroot.ts";
import { ensureGuestImage } from "../../lab/guest/guest.ts";
import { ensureHostPackages } from "../../lab/lib/host.ts";
import { parseUserData } from "../support/user-data";

/** The user data of the machine that becomes an image, put to the programs that will read it, in the image that will run it. */
describe("user data of the machine that becomes an image", () => {
  let root: string;
  let rendered: string;

  beforeAll(async () => {
    await ensureHostPackages(console.log);
    ({ root } = await ensureGuestImage(console.log));
    rendered = fs.mkdtempSync(path.join(os.tmpdir(), "kovhernetes-userdata-"));
    const result = validateImageSettings({ image: "Debian 12", flavor: "b3-8", externalNetwork: "Ext-Net" });
    if ("problems" in result) throw new Error(JSON.stringify(result.problems));
    const text = builderUserData(result.settings, "builder");
    fs.writeFileSync(path.join(rendered, "user-data"), text);
    for (const [file, { content, mode }] of parseUserData(text).files) {
      // What is in memory on the machine: the guest's /run is not ours here.
      const target = path.join(rendered, "tree", file.replace(/^\/run\/systemd/, "/etc/systemd"));
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.writeFileSync(target, content, { mode: parseInt(mode, 8) });
    }
  });

  afterAll(() => {
    fs.rmSync(rendered, { recursive: true, force: true });
  });

  const inGuest = (script: string): Promise<ChrootResult> =>
    chrootRun(root, ["bash", "-c", `cp -a /rendered/tree/. / && ${script}`], {
      binds: [{ source: rendered, target: "/rendered" }],
    });

  it("satisfies cloud-init's schema", async () => {
    const { exitCode, stdout, stderr } = await inGuest("cloud-init schema --config-file /rendered/user-data");
    expect([exitCode, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining("Valid schema")]);
  });

  it("has a unit that systemd accepts without a warning", async () => {
    const { stdout, stderr } = await inGuest(
      "systemd-analyze verify --man=no --recursive-errors=no /etc/systemd/system/kovhernetes-image.service",
    );
    const lines = `${stdout}\n${stderr}`.split("\n");
    expect(lines.filter((line) => line !== "" && !/^Unit \S+ is masked\.$/.test(line))).toEqual([]);
  });

  it("removes what no image may hold, with the image's own programs, and leaves what was prepared", async () => {
    // No journal runs here.
    const { exitCode, stdout, stderr } = await inGuest(`
      mkdir -p /fake /root/.ssh /home/debian/.ssh /var/lib/cloud/instances/i-1 /var/lib/cloud/seed/nocloud /var/lib/containerd/kept \
        /opt/kovhernetes/release /opt/kovhernetes/bin
      ln -s /bin/true /fake/journalctl; ln -s /bin/true /fake/fstrim
      for file in /root/.ssh/authorized_keys /home/debian/.ssh/authorized_keys /etc/ssh/ssh_host_ed25519_key /var/log/secret.log \
        /var/lib/cloud/instances/i-1/user-data.txt /var/lib/cloud/seed/nocloud/user-data /home/debian/.bash_history \
        /var/lib/systemd/random-seed /opt/kovhernetes/release/kubelet-1.sha256 /opt/kovhernetes/bin/kubelet
      do echo PLANTED >"$file"; done
      echo 0123456789abcdef0123456789abcdef >/etc/machine-id
      ln -sfn /var/lib/cloud/instances/i-1 /var/lib/cloud/instance
      PATH=/fake:$PATH /opt/kovhernetes/lib/clean-image.sh >/dev/null || exit 3
      echo "machine-id: $(wc -c </etc/machine-id)"
      [ ! -e /etc/containerd ] && echo "no containerd settings"
      grep -rl PLANTED /root /home /etc /var /opt 2>/dev/null | sort`);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout.trim().split("\n")).toEqual([
      "machine-id: 0",
      "no containerd settings",
      "/opt/kovhernetes/bin/kubelet",
      "/opt/kovhernetes/release/kubelet-1.sha256",
    ]);
  });
});
