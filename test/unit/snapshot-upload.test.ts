import * as fs from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { renderMaster } from "../../cloudinit";
import { masterDescription } from "../support/descriptions";
import { MachineRoot } from "../support/machine-root";

// With a real object storage, the same script is tested in test/control-plane.
let machine: MachineRoot;

beforeEach(() => {
  machine = new MachineRoot();
  return () => {
    machine.remove();
  };
});

const bucket = "run/bucket";
const past = ["snapshot-20240101T000000Z", "snapshot-20240101T060000Z", "snapshot-20240101T120000Z"] as const;
const future = ["snapshot-99990101T000000Z", "snapshot-99991231T000000Z"];

/** The name of a snapshot that began so many minutes from now. */
function minutesFromNow(minutes: number): string {
  const time = new Date(Date.now() + minutes * 60_000).toISOString();
  return `snapshot-${time.replace(/\.\d+/, "").replaceAll(/[-:]/g, "")}`;
}

/** Installs the script on a master with these snapshots, and a folder that stands for the bucket with others in it. */
function install(here: readonly string[], there: readonly string[], keep: number): void {
  const storage = {
    ...{ endpoint: "https://s3.example", region: "r", bucket: "bucket", prefix: "p", keep },
    ...{ accessKey: "a", secretKey: "s", passphrase: "correct horse battery staple" },
  };
  const backup = { snapshots: { intervalHours: 6, keep: 28 }, storage };
  machine.install(renderMaster({ ...masterDescription, backup }));
  machine.program(
    "opt/kovhernetes/lib/object-storage.py",
    `cd /${bucket}
     case $1 in
       list) for name in *; do echo "s3://bucket/p/$name"; done ;;
       put) cp "$2" "$3" ;;
       delete) rm "$2" ;;
     esac`,
  );
  fs.mkdirSync(machine.at(bucket), { recursive: true });
  for (const name of here) {
    machine.write(`var/lib/etcd/snapshots/${name}.db`, "a snapshot");
    machine.write(`var/lib/etcd/snapshots/${name}.encryption-config.yaml`, "its keys");
  }
  for (const name of there) machine.write(`${bucket}/${name}.sealed`, "sealed before");
}

/** Runs it, and gives the snapshots that are in the bucket then. */
async function upload(): Promise<readonly string[]> {
  expect(await machine.run("upload-snapshots.sh")).toMatchObject({ code: 0 });
  return fs
    .readdirSync(machine.at(bucket))
    .map((name) => name.replace(/\.sealed$/, ""))
    .sort();
}

describe("upload-snapshots.sh", () => {
  it("stores what is newer than the newest there, and keeps as many as it is told", async () => {
    install(past, [past[0]], 2);
    expect(await upload()).toEqual(past.slice(1));
    expect(machine.console()).toBe("");
  });

  it("is not kept from it by names of a time to come, and counts none of them", async () => {
    install(past, [...past.slice(0, 2), ...future], 2);
    expect(await upload()).toEqual([...past.slice(1), ...future]);
    expect(machine.console()).toMatch(
      /problem: etcd snapshot snapshot-99991231T000000Z in the object storage is named after a time to come and does not count: see who/,
    );
  });

  it("stores none that a clock set ahead has named, before its time", async () => {
    install([...past, ...future], [], 28);
    expect(await upload()).toEqual(past);
  });

  it("stores the one that was taken just now, whatever is named after it", async () => {
    const [taken, bogus] = [minutesFromNow(-1), minutesFromNow(1)];
    install([past[0], taken], [past[0], bogus], 28);
    expect(await upload()).toEqual([past[0], taken, bogus]);
    expect(machine.console()).toBe("");
  });
});
