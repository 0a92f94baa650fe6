import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builderUserData } from "../../golden-image/builder";
import { validateImageSettings } from "../../golden-image/settings";
import type { ChrootResult } from "../../lab/guest/chroot.ts";
import { GuestFiles } from "../support/guest-files";

/** The user data of the machine that becomes an image, put to the programs that will read it, in the image that will run it. */
describe("user data of the machine that becomes an image", () => {
  let files: GuestFiles;

  beforeAll(async () => {
    const result = validateImageSettings({ image: "Debian 12", flavor: "b3-8", externalNetwork: "Ext-Net" });
    if ("problems" in result) throw new Error(JSON.stringify(result.problems));
    files = await GuestFiles.write(builderUserData(result.settings, "builder"));
  });

  afterAll(() => {
    files.remove();
  });

  const inGuest = (script: string): Promise<ChrootResult> => files.run(script);

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
