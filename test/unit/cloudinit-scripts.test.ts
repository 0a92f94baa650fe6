import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { renderMaster } from "../../cloudinit";
import type { ReleaseFile } from "../../cloudinit/machine";
import { masterDescription } from "../support/descriptions";
import { MachineRoot } from "../support/machine-root";

let machine: MachineRoot;
let server: http.Server;
let requests = 0;
const served = new Map<string, Buffer>();

beforeAll(async () => {
  server = http.createServer((request, response) => {
    requests++;
    const body = served.get(request.url ?? "");
    response.writeHead(body ? 200 : 404).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterAll(() => server.close());

beforeEach(() => {
  served.clear();
  machine = new MachineRoot();
  return () => {
    machine.remove();
  };
});

const at = (name: string): string => machine.at(name);
const read = (name: string): string => machine.read(name);
const run = (script: string): ReturnType<MachineRoot["run"]> => machine.run(script);
const sha256 = (content: Buffer | string): string => createHash("sha256").update(content).digest("hex");

function install(releases: readonly ReleaseFile[]): void {
  machine.install(renderMaster({ ...masterDescription, releases: [...releases, ...masterDescription.releases] }));
}

describe("fetch.sh", () => {
  const content = Buffer.from("#!/bin/sh\necho tool\n");
  const address = (name: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${name}`;
  const fetch = (): ReturnType<typeof run> =>
    machine.run("fetch.sh", { environmentFile: "etc/kovhernetes/release/tool.env" });
  const console = (): string => machine.console();

  function tool(checksum: ReleaseFile["checksum"]): ReleaseFile {
    const place = { kind: "binary", path: `${at("opt/kovhernetes/bin")}/tool` } as const;
    return { name: "tool", version: "1.0", url: address("/tool"), checksum, install: place };
  }

  it.each([
    ["a bare hash", () => sha256(content)],
    ["a hash with its file name", () => `${sha256(content)}  tool\n`],
    ["a list in binary mode", () => `${"0".repeat(64)} *other\n${sha256(content).toUpperCase()} *./dist/tool\r\n`],
  ])("installs what matches %s", async (_, checksums) => {
    served.set("/tool", content).set("/sums", Buffer.from(checksums()));
    install([tool({ url: address("/sums") })]);
    expect(await fetch()).toMatchObject({ code: 0 });
    expect(read("opt/kovhernetes/bin/tool")).toBe(content.toString());
    expect(fs.statSync(at("opt/kovhernetes/bin/tool")).mode & 0o777).toBe(0o755);
    expect(read("opt/kovhernetes/release/tool-1.0.sha256")).toBe(`${sha256(content)}\n`);
    expect(fs.realpathSync(at("usr/local/bin/tool"))).toBe(fs.realpathSync(at("opt/kovhernetes/bin/tool")));
    expect(console()).toMatch(/^kovhernetes: test-master-0: fetched tool 1\.0 in \d+ s\r\n$/);
  });

  it.each([
    ["waits for the packages where they bring what fetches", false],
    ["waits for no package where it can fetch", true],
  ])("%s", async (_, hasCurl) => {
    served.set("/tool", content);
    install([tool({ sha256: sha256(content) })]);
    // All programs of this machine but curl, which comes with the packages.
    const curl = execFileSync("sh", ["-c", "command -v curl"], { encoding: "utf8" }).trim();
    for (const name of fs.readdirSync("/usr/bin").filter((one) => one !== "curl")) {
      if (!fs.existsSync(at(`bin/${name}`))) fs.symlinkSync(`/usr/bin/${name}`, at(`bin/${name}`));
    }
    const bring = `ln -s ${curl} ${at("bin/curl")}`;
    if (hasCurl) execFileSync("sh", ["-c", bring]);
    fs.rmSync(at("bin/systemctl"), { force: true });
    machine.program("bin/systemctl", `echo "asked: $*"\n[ -e ${at("bin/curl")} ] || ${bring}`);
    const { code, output } = await machine.run("fetch.sh", {
      environmentFile: "etc/kovhernetes/release/tool.env",
      onlyOwnPrograms: true,
    });
    expect(code, output).toBe(0);
    expect(output.includes("asked: start kovhernetes-packages.service\n")).toBe(!hasCurl);
    expect(read("opt/kovhernetes/bin/tool")).toBe(content.toString());
  });

  it("does not fetch again what a prepared image holds, unless another hash is pinned", async () => {
    served.set("/tool", content);
    install([tool({ sha256: sha256(content) })]);
    expect(await fetch()).toMatchObject({ code: 0 });
    served.clear();
    expect(await fetch()).toEqual({ code: 0, output: "tool 1.0 is in the image\n" });
    install([tool({ sha256: sha256("other") })]);
    expect(await fetch()).toMatchObject({ code: 1 });
  });

  it.each([
    [
      "a wrong file",
      { "/tool": "evil" },
      /wrong checksum of http.*\/tool: SHA-256 is [0-9a-f]{64}, expected [0-9a-f]{64}/,
    ],
    ["no file", {}, /no download from http.*\/tool/],
  ])("gives up on %s after six attempts, saying so once, and installs nothing", async (_, pages, message) => {
    for (const [name, text] of Object.entries(pages)) served.set(name, Buffer.from(text));
    install([tool({ sha256: sha256(content) })]);
    requests = 0;
    expect(await fetch()).toMatchObject({ code: 1 });
    expect(requests).toBe(6);
    const lines = console().trim().split("\r\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^kovhernetes: test-master-0: problem: /);
    expect(lines[0]).toMatch(message);
    expect(lines[1]).toMatch(/^kovhernetes: test-master-0: problem: giving up on tool 1\.0 for now: /);
    expect(fs.existsSync(at("opt/kovhernetes/bin/tool"))).toBe(false);
    expect(fs.readdirSync(at("opt/kovhernetes/release"))).toEqual([]);
  });

  it("refuses a list that does not name the file", async () => {
    served.set("/tool", content).set("/sums", Buffer.from(`${sha256(content)}  other\n`));
    install([tool({ url: address("/sums") })]);
    expect(await fetch()).toMatchObject({ code: 1 });
    expect(console()).toContain("/sums has no SHA-256 for tool");
  });

  it.each([
    ["named members", ["a", "sub/b"], ["a", "sub/b"]],
    ["all members", [], ["a", "c", "sub/b"]],
  ])("takes %s out of an archive", async (_, members, expected) => {
    for (const name of ["a", "c", "sub/b"]) {
      fs.mkdirSync(path.dirname(at(`tree/v1/${name}`)), { recursive: true });
      fs.writeFileSync(at(`tree/v1/${name}`), name, { mode: 0o755 });
    }
    const archive = execFileSync("tar", ["-cz", "-C", at("tree"), "v1"]);
    served.set("/tool", archive);
    const place = { kind: "archive", directory: at("opt/kovhernetes/bin"), stripComponents: 1, members } as const;
    install([{ ...tool({ sha256: sha256(archive) }), install: place }]);
    expect(await fetch()).toMatchObject({ code: 0 });
    const found = fs.readdirSync(at("opt/kovhernetes/bin"), { recursive: true }).map(String);
    expect(found.filter((name) => fs.statSync(at(`opt/kovhernetes/bin/${name}`)).isFile()).sort()).toEqual(expected);
  });
});

describe("format-etcd-volume.sh", () => {
  const device = "dev/kovhernetes/etcd";
  const blank = (size: number): void => {
    fs.writeFileSync(at(device), "");
    fs.truncateSync(at(device), size);
  };

  it("formats a blank volume once", async () => {
    install([]);
    blank(16 * 1024 * 1024);
    expect((await run("format-etcd-volume.sh")).output).toContain("etcd volume formatted");
    const formatted = sha256(fs.readFileSync(at(device)));
    expect((await run("format-etcd-volume.sh")).output).toContain("etcd volume found with its data");
    expect(sha256(fs.readFileSync(at(device)))).toBe(formatted);
  });

  /** How much of what mkfs writes is on the disk when the power goes, and in which order it came there. */
  const swept = [0, 1, 2, 3, 5, 8, 20].flatMap((writes) => [
    [writes, "first", "sort -n"] as const,
    [writes, "last", "sort -rn"] as const,
  ]);
  it.each(swept)(
    "ends what a power loss cut short when mkfs had written its %d %s blocks",
    async (writes, _which, order) => {
      install([]);
      blank(64 * 1024 * 1024);
      // The real mkfs on a copy, of which only the first writes reach the disk, in the order of their places or in the contrary one.
      const all = "/usr/sbin:/sbin:/usr/bin:/bin";
      machine.program(
        "bin/mkfs.ext4",
        `for device; do :; done
PATH=${all}
cp "$device" "$device.whole"
set -- "$@"
mkfs.ext4 -q -F -E nodiscard -L kovhernetes-etcd "$device.whole"
cmp -l "$device" "$device.whole" | awk '{ print int(($1 - 1) / 4096) }' | uniq | ${order} |
  head -n ${writes} | while read -r block; do dd if="$device.whole" of="$device" bs=4096 skip=$block seek=$block count=1 conv=notrunc status=none; done
kill -9 $PPID`,
      );
      await run("format-etcd-volume.sh");
      fs.rmSync(at("bin/mkfs.ext4"));
      const next = await run("format-etcd-volume.sh");
      expect(next).toMatchObject({ code: 0, output: expect.stringContaining("etcd volume formatted") as string });
      expect((await run("format-etcd-volume.sh")).output).toContain("etcd volume found with its data");
      const check = execFileSync("e2fsck", ["-fn", at(device)], { env: { PATH: all }, stdio: "pipe" });
      expect(check.toString()).not.toContain("kovhernetes-etcd is being made");
      expect(fs.readFileSync(at(device)).includes("is being made")).toBe(false);
    },
  );

  it("leaves a marked volume alone that somebody gave another file system meanwhile", async () => {
    install([]);
    blank(16 * 1024 * 1024);
    execFileSync("mkfs.ext4", ["-q", "-L", "other", at(device)], { env: { PATH: "/usr/sbin:/sbin" } });
    const file = fs.openSync(at(device), "r+");
    fs.writeSync(file, "kovhernetes-etcd is being made", 14 * 1024 * 1024);
    fs.closeSync(file);
    expect((await run("format-etcd-volume.sh")).output).toContain(
      "the etcd volume is left alone: it holds ext4 labelled 'other'",
    );
  });

  it.each([
    [
      "another file system",
      () => execFileSync("mkfs.ext4", ["-q", "-L", "other", at(device)], { env: { PATH: "/usr/sbin:/sbin" } }),
    ],
    [
      "bytes that nobody knows",
      () => {
        fs.writeFileSync(at(device), "precious", { flag: "r+" });
      },
    ],
  ])("leaves a volume with %s alone", async (_, write) => {
    install([]);
    blank(16 * 1024 * 1024);
    write();
    const before = sha256(fs.readFileSync(at(device)));
    const { code, output } = await run("format-etcd-volume.sh");
    expect(code).toBe(1);
    expect(output).toContain("the etcd volume is left alone: it ");
    expect(sha256(fs.readFileSync(at(device)))).toBe(before);
  });
});

describe("make-encryption-key.sh", () => {
  const configuration = "var/lib/etcd/encryption-config.yaml";

  it("makes a key of 32 bytes for root alone, once", async () => {
    install([]);
    expect(await run("make-encryption-key.sh")).toEqual({ code: 0, output: "" });
    const first = read(configuration);
    const key = /secret: (\S+)/.exec(first)?.[1] ?? "";
    expect(Buffer.from(key, "base64")).toHaveLength(32);
    expect(fs.statSync(at(configuration)).mode & 0o777).toBe(0o600);
    await run("make-encryption-key.sh");
    expect(read(configuration)).toBe(first);
  });

  it("makes no new key for data that an older key protects", async () => {
    install([]);
    fs.mkdirSync(at("var/lib/etcd/data/member"), { recursive: true });
    expect(await run("make-encryption-key.sh")).toMatchObject({ code: 1 });
    expect(fs.existsSync(at(configuration))).toBe(false);
  });
});
