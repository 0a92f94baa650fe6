import * as fs from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderMaster, renderNode } from "../../cloudinit";
import type { Backup } from "../../components/model/backup";
import type { ChrootResult } from "../../lab/guest/chroot.ts";
import { fakePair, machineExtras, masterDescription, masterExtras, nodeDescription } from "../support/descriptions";
import { GuestFiles } from "../support/guest-files";

const { etcdVolumeId: _volume, ...withoutVolume } = masterDescription;

const backup: Backup = {
  snapshots: { intervalHours: 6, keep: 28 },
  storage: {
    ...{ endpoint: "https://s3.example", region: "r", bucket: "bucket", prefix: "p", keep: 28 },
    ...{ accessKey: "a", secretKey: "s", passphrase: "correct horse battery staple" },
  },
  restore: "s3://bucket/p/snapshot-20261127T145800Z.sealed",
};

/** The user data of each kind of machine, put to the programs that will read it, in the image that will run it. */
describe.each([
  ["master", renderMaster(masterDescription)],
  ["master with the API on loopback", renderMaster({ ...masterDescription, localhostApi: fakePair("localhost API") })],
  ["master without a volume", renderMaster(withoutVolume)],
  ["master that is restored", renderMaster({ ...masterDescription, backup })],
  ["node", renderNode(nodeDescription)],
  ["master with all that can be added", renderMaster({ ...masterDescription, ...masterExtras, ...machineExtras })],
  ["node with all that can be added", renderNode({ ...nodeDescription, ...machineExtras })],
])("user data of a %s", (_kind, text) => {
  let files: GuestFiles;

  beforeAll(async () => {
    files = await GuestFiles.write(text);
  });

  afterAll(() => {
    files.remove();
  });

  const inGuest = (script: string): Promise<ChrootResult> => files.run(script);

  it("satisfies cloud-init's schema", async () => {
    const { exitCode, stdout, stderr } = await inGuest("cloud-init schema --config-file /rendered/user-data");
    expect([exitCode, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining("Valid schema")]);
  });

  it("lets the SSH key log in as the image's own user, who is an administrator, and as nobody else", async () => {
    const program = fs.readFileSync("test/userdata/log-in.py", "utf8");
    const { exitCode, stdout, stderr } = await files.run("python3 -", program);
    expect([exitCode, stderr]).toEqual([0, ""]);
    const [root, user, rights, ...others] = stdout.trim().split("\n");
    expect(root).toMatch(/^root 600 .*command="echo 'Please login as the user \\"debian\\" .*exit 142" ssh-ed25519 /);
    expect(user).toBe(`debian 600 ${nodeDescription.sshPublicKey}`);
    expect([rights, ...others]).toEqual(["debian ALL=(ALL) NOPASSWD:ALL"]);
  });

  /** What systemd says of the units, without the image's own masked ones, which no unit of ours can help. */
  const verifyUnits = async (before: string): Promise<string[]> => {
    // Release files are fetched later: verify only asks that what a unit starts can be executed.
    const { stdout, stderr } = await inGuest(`
      mkdir -p /opt/kovhernetes/bin
      for name in $(grep -hoE '/opt/kovhernetes/bin/[a-z-]+' /etc/systemd/system/*.service | sort -u); do cp /bin/true "$name"; done
      ${before}
      systemd-analyze verify --man=no --recursive-errors=no $(ls /etc/systemd/system/*.{service,mount,target,timer} 2>/dev/null | grep -v @)`);
    return `${stdout}\n${stderr}`.split("\n").filter((line) => line !== "" && !/^Unit \S+ is masked\.$/.test(line));
  };

  it("has units that systemd accepts without a warning", async () => {
    expect(await verifyUnits("")).toEqual([]);
  });

  it("would be told of a unit that systemd does not accept", async () => {
    const complaints = await verifyUnits("sed -i 's/^Restart=/Restrat=/' /etc/systemd/system/kubelet.service");
    expect(complaints.join()).toContain("Restrat");
  });

  it("has udev rules that udev accepts", async () => {
    const { exitCode, stdout } = await inGuest(
      "set -- /etc/udev/rules.d/*kovhernetes*; [ ! -e $1 ] || udevadm verify $1",
    );
    expect([exitCode, stdout]).toEqual([0, expect.not.stringContaining("Fail: 1")]);
  });
});
