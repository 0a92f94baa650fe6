import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { renderMaster } from "../../cloudinit";
import type { Backup } from "../../components/model/backup";
import { masterDescription } from "../support/descriptions";
import { MachineRoot } from "../support/machine-root";

// With etcd itself and a real object storage, the same scripts are tested in test/control-plane.
let machine: MachineRoot;

beforeEach(() => {
  machine = new MachineRoot();
  return () => {
    machine.remove();
  };
});

const storage = "var/lib/etcd";
const keys = `${storage}/encryption-config.yaml`;

/** Installs the scripts, and stand-ins for etcd's programs: a snapshot is random bytes with their SHA-256 behind them. */
function install(backup: Backup, whileSnapshotting = ""): void {
  machine.install(renderMaster({ ...masterDescription, backup }));
  machine.program(
    "opt/kovhernetes/bin/etcdctl",
    `for file in "$@"; do :; done
     ${whileSnapshotting}
     head -c 1000 /dev/urandom >"$file"
     sha256sum "$file" | cut -c 1-64 | tr a-f A-F | basenc --base16 -d >>"$file"`,
  );
  machine.program(
    "opt/kovhernetes/bin/etcdutl",
    `case \${2:-$1} in
       version) echo "etcdutl version: 3.6.8"; echo "API version: 3.6" ;;
       status) echo '{"revision":7,"totalKey":3,"version":"'"$(cat /run/storage-version 2>/dev/null)"'"}' ;;
       restore) mkdir "$5" && cp "$3" "$5/db" && echo "$*" >"$5/arguments" ;;
     esac`,
  );
  prepare();
}

/** What etcd's volume holds before. */
function prepare(): void {
  machine.write(`${storage}/data/member/snap/db`, "live data");
  machine.write(keys, "live keys\n", 0o600);
}

/** Puts a whole snapshot where one is looked for. */
function put(name: string): void {
  const content = `content of ${name}`;
  const sum = createHash("sha256").update(content).digest();
  machine.write(`${storage}/snapshots/${name}.db`, Buffer.concat([Buffer.from(content), sum]));
  machine.write(`${storage}/snapshots/${name}.encryption-config.yaml`, `keys of ${name}\n`);
}

const names = (directory: string): string[] => fs.readdirSync(machine.at(directory)).sort();

describe("take-snapshot.sh", () => {
  const snapshots = `${storage}/snapshots`;
  const old = ["snapshot-20240101T000000Z", "snapshot-20240101T060000Z", "snapshot-20240102T000000Z"];
  const take = (): ReturnType<MachineRoot["run"]> => machine.run("take-snapshot.sh");

  it("keeps the newest, each with the keys of its Secrets, for root alone", async () => {
    install({ snapshots: { intervalHours: 6, keep: 2 } });
    old.forEach(put);
    machine.write(`${snapshots}/.take.abandoned/db`, "half");
    const { code, output } = await take();
    expect([code, output]).toEqual([0, expect.stringMatching(/^took snapshot-\d{8}T\d{6}Z: \{"revision":7/)]);
    const [taken = ""] = /snapshot-\w+/.exec(output) ?? [];
    const kept = [...old, taken].slice(-2);
    expect(names(snapshots)).toEqual(kept.flatMap((name) => [`${name}.db`, `${name}.encryption-config.yaml`]));
  });

  it("neither counts nor removes one that is named after a time to come, and says so", async () => {
    install({ snapshots: { intervalHours: 6, keep: 2 } });
    const future = ["snapshot-99990101T000000Z", "snapshot-99991231T000000Z"];
    [...old, ...future].forEach(put);
    const { code, output } = await take();
    const [taken = ""] = /took (snapshot-\w+)/.exec(output)?.slice(1) ?? [];
    const kept = [...old, taken].slice(-2);
    const files = [...kept, ...future].flatMap((name) => [`${name}.db`, `${name}.encryption-config.yaml`]);
    expect([code, names(snapshots)]).toEqual([0, files]);
    expect(machine.console()).toContain(
      "problem: etcd snapshot snapshot-99991231T000000Z is named after a time to come and does not count: delete it",
    );
  });

  it("leaves a file mode and content that only root can use", async () => {
    install({ snapshots: { intervalHours: 6, keep: 2 } });
    await take();
    expect(fs.statSync(machine.at(snapshots)).mode & 0o777).toBe(0o700);
    for (const name of names(snapshots))
      expect(fs.statSync(machine.at(`${snapshots}/${name}`)).mode & 0o777).toBe(0o600);
    const keysFile = names(snapshots).find((name) => name.endsWith(".yaml")) ?? "";
    expect(machine.read(`${snapshots}/${keysFile}`)).toBe("live keys\n");
  });

  it("takes another when the keys changed meanwhile, and none when they never rest", async () => {
    const turn = (condition: string): string =>
      `if ${condition}; then echo "$$" >>/var/lib/etcd/encryption-config.yaml; fi`;
    install({ snapshots: { intervalHours: 6, keep: 2 } }, turn(`! [ -e /run/turned ] && : >/run/turned`));
    fs.mkdirSync(machine.at("run"), { recursive: true });
    expect((await take()).code).toBe(0);
    const keysFile = names(snapshots).find((name) => name.endsWith(".yaml")) ?? "";
    expect(machine.read(`${snapshots}/${keysFile}`)).toBe(machine.read(keys));
    fs.rmSync(machine.at(snapshots), { recursive: true });
    install({ snapshots: { intervalHours: 6, keep: 2 } }, turn("true"));
    expect((await take()).code).toBe(1);
    expect(names(snapshots)).toEqual([]);
    expect(machine.console()).toContain("no etcd snapshot: the keys of Secrets changed during each of three attempts");
  });

  it("says what etcd says, and leaves nothing half done", async () => {
    install({ snapshots: { intervalHours: 6, keep: 2 } }, `echo half >"$file"; echo "connection refused" >&2; exit 1`);
    put(old[0] ?? "");
    expect((await take()).code).toBe(1);
    expect(names(snapshots)).toEqual([`${old[0]}.db`, `${old[0]}.encryption-config.yaml`]);
    expect(machine.console()).toContain("no etcd snapshot: etcdctl says: connection refused");
  });

  it("keeps no snapshot that is damaged", async () => {
    install({ snapshots: { intervalHours: 6, keep: 2 } });
    machine.program("opt/kovhernetes/bin/etcdctl", `for file in "$@"; do :; done; head -c 1000 /dev/urandom >"$file"`);
    expect((await take()).code).toBe(1);
    expect(names(snapshots)).toEqual([]);
    expect(machine.console()).toContain("no etcd snapshot: db is damaged");
  });

  it("gives up old snapshots before etcd's own room, and says so", async () => {
    install({ snapshots: { intervalHours: 6, keep: 28 } });
    old.forEach(put);
    // 1000 blocks of a byte, of which 210 are free and one more with each snapshot that goes: etcd's data takes 9, and a fifth stays.
    machine.program(
      "bin/stat",
      `if [ "$1" = -f ]; then echo "$((210 - $(ls /var/lib/etcd/snapshots/*.db | wc -l))) 1000 1"; else exec /usr/bin/stat "$@"; fi`,
    );
    expect((await take()).code).toBe(0);
    expect(names(snapshots).filter((name) => old.some((one) => name === `${one}.db`))).toEqual([`${old[2]}.db`]);
    expect(machine.console()).toMatch(/has no room for 28 snapshots: the oldest go earlier\r\n$/);
    machine.program("bin/stat", `if [ "$1" = -f ]; then echo 100 1000 1; else exec /usr/bin/stat "$@"; fi`);
    expect((await take()).code).toBe(1);
    expect(machine.console()).toContain("is too full; choose a larger etcdVolume.sizeGiB");
    expect(names(snapshots).filter((name) => name.endsWith(".db"))).toHaveLength(1);
  });
});

describe("restore-etcd.sh", () => {
  const snapshot = "snapshot-20270101T000000Z";
  const restore = (): ReturnType<MachineRoot["run"]> => machine.run("restore-etcd.sh");
  const kept = (): string[] => names(storage).filter((name) => name.startsWith("before-restore-"));

  function expectRestored(): void {
    expect(machine.read(`${storage}/data/db`)).toContain(`content of ${snapshot}`);
    expect(machine.read(keys)).toBe(`keys of ${snapshot}\n`);
    expect(new Set(machine.read(`${storage}/restored`).split("\n"))).toEqual(new Set([`${snapshot}.db`, ""]));
    expect(names(storage)).not.toContain("restoring");
    expect(kept()).toHaveLength(1);
    expect(machine.read(`${storage}/${kept()[0]}/data/member/snap/db`)).toBe("live data");
    expect(machine.read(`${storage}/${kept()[0]}/encryption-config.yaml`)).toBe("live keys\n");
  }

  beforeEach(() => {
    install({ restore: `${snapshot}.db` });
    put(snapshot);
  });

  it("puts the snapshot in place with its keys, keeps what there was, and does so once", async () => {
    const { code, output } = await restore();
    expect([code, output]).toEqual([0, expect.stringMatching(/etcd is restored from .*"revision":7.*before-restore-/)]);
    expectRestored();
    expect(machine.read(`${storage}/data/arguments`)).toContain(
      "--name test-master-0 --initial-cluster test-master-0=https://192.168.0.10:2380 --initial-cluster-token test " +
        "--initial-advertise-peer-urls https://192.168.0.10:2380 --bump-revision 1000000000 --mark-compacted",
    );
    machine.write(`${storage}/data/db`, "written since");
    expect(await restore()).toEqual({ code: 0, output: "" });
    expect(machine.read(`${storage}/data/db`)).toBe("written since");
  });

  it.each(["3.5.0", "3.6.0"])("takes one of an etcd that is older or as old: %s", async (version) => {
    machine.write("run/storage-version", version);
    expect((await restore()).code).toBe(0);
    expectRestored();
  });

  it("restores to a volume that holds nothing", async () => {
    fs.rmSync(machine.at(`${storage}/data`), { recursive: true });
    fs.rmSync(machine.at(keys));
    expect((await restore()).code).toBe(0);
    expect(names(storage).sort()).toEqual(["data", "encryption-config.yaml", "restored", "snapshots"]);
  });

  it("ends in the same state wherever it is cut short", { timeout: 240_000 }, async () => {
    // Each command of the script is a moment at which the machine may stop, before it has done anything.
    const stop = `echo x >>/run/steps; if [ "$(wc -l </run/steps)" -eq "$(cat /run/stop)" ]; then kill -9 "$PPID"; exit 1; fi`;
    const commands = ["mkdir", "mv", "cat", "sync", "rm", "rmdir", "date", "grep"];
    let step = 1;
    for (; step < 100; step += 1) {
      fs.rmSync(machine.at(storage), { recursive: true });
      prepare();
      put(snapshot);
      fs.rmSync(machine.at("run"), { recursive: true, force: true });
      machine.write("run/stop", String(step));
      for (const command of commands) {
        machine.program(`bin/${command}`, `PATH=/usr/bin:/bin; ${stop}; exec ${command} "$@"`);
      }
      const first = await restore();
      for (const command of commands) fs.rmSync(machine.at(`bin/${command}`));
      if (first.code === 0) break;
      // At no moment are the old data or its keys gone.
      const places = [storage, ...kept().map((name) => `${storage}/${name}`)];
      for (const [file, content] of [
        ["data/member/snap/db", "live data"],
        ["encryption-config.yaml", "live keys\n"],
      ] as const) {
        const found = places.filter(
          (place) => fs.existsSync(machine.at(`${place}/${file}`)) && machine.read(`${place}/${file}`) === content,
        );
        expect(found, `${file} after step ${step}`).toHaveLength(1);
      }
      expect(await restore(), `after step ${step}`).toMatchObject({ code: 0 });
      expectRestored();
    }
    expect(step).toBeGreaterThan(20);
    expect(step).toBeLessThan(100);
  });

  it.each([
    [
      "is not there",
      (): void => {
        fs.rmSync(machine.at(`${storage}/snapshots/${snapshot}.db`));
      },
      `${snapshot}.db is not in .*/snapshots: copy it there, or name another`,
    ],
    [
      "lacks its keys",
      (): void => {
        fs.rmSync(machine.at(`${storage}/snapshots/${snapshot}.encryption-config.yaml`));
      },
      `${snapshot}.encryption-config.yaml is not in`,
    ],
    [
      "is damaged",
      (): void => {
        machine.write(`${storage}/snapshots/${snapshot}.db`, "x".repeat(100));
      },
      "snapshot.db is damaged",
    ],
    [
      "is of a newer etcd",
      (): void => {
        machine.write("run/storage-version", "3.10.0");
      },
      "snapshot.db is of etcd 3.10, and this is etcd 3.6: restore it with a release of Kubernetes whose etcd is as new",
    ],
    [
      "etcdutl refuses",
      (): void => {
        machine.program("opt/kovhernetes/bin/etcdutl", `[ "$2" = status ] || { echo no good >&2; exit 1; }`);
      },
      "etcdutl says: no good",
    ],
  ])("leaves everything as it was when the snapshot %s", async (_, spoil, words) => {
    spoil();
    const { code, output } = await restore();
    expect(code).toBe(1);
    expect(output).toMatch(new RegExp(`etcd is not restored from ${snapshot}.db: .*${words}`));
    expect(machine.read(`${storage}/data/member/snap/db`)).toBe("live data");
    expect(machine.read(keys)).toBe("live keys\n");
    expect(kept()).toEqual([]);
    expect(names(storage)).not.toContain("restored");
  });
});

describe("authenticate.py", () => {
  const backup: Backup = {
    storage: {
      ...{ endpoint: "https://s3.example", region: "r", bucket: "bucket", prefix: "p", keep: 1 },
      ...{ accessKey: "a", secretKey: "s", passphrase: "correct horse battery staple" },
    },
  };
  const authenticate = (...args: readonly string[]): ReturnType<MachineRoot["run"]> =>
    machine.run("authenticate.py", { args });

  it("takes off the tag that it put there, and finds any changed byte, missing end and other passphrase", async () => {
    install(backup);
    const content = Buffer.from(`Salted__12345678${"content ".repeat(10)}`);
    const file = machine.at("sealed");
    fs.writeFileSync(file, content);
    expect(await authenticate("add", file)).toEqual({ code: 0, output: "" });
    const tagged = fs.readFileSync(file);
    expect(tagged).toHaveLength(content.length + 32);
    expect(await authenticate("remove", file)).toEqual({ code: 0, output: "" });
    expect(fs.readFileSync(file)).toEqual(content);
    const refused = async (changed: Buffer): Promise<void> => {
      fs.writeFileSync(file, changed);
      expect(await authenticate("remove", file)).toMatchObject({ code: 1 });
      expect(fs.readFileSync(file)).toEqual(changed);
    };
    for (const position of [9, 40, content.length]) {
      const changed = Buffer.from(tagged);
      changed[position] = (changed[position] ?? 0) ^ 1;
      await refused(changed);
    }
    await refused(tagged.subarray(0, -1));
    await refused(tagged.subarray(0, 10));
    machine.write("etc/kovhernetes/snapshot-passphrase", "another one of twenty\n");
    await refused(tagged);
  });
});
