import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureEngine, type Engine } from "../../lab/engine/engine.ts";
import { repositoryRoot } from "../../lab/lib/paths.ts";
import { ObjectStorageServer } from "../control-plane/object-storage.ts";

/** A program that is at work until it is let go, so that a second person meets it there. */
const program = `
const fs = require("node:fs");
const pulumi = require("@pulumi/pulumi");
module.exports = async () => {
  const { STARTED, RELEASE, PERSON } = process.env;
  if (STARTED) {
    fs.writeFileSync(STARTED, "");
    while (!fs.existsSync(RELEASE)) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  new pulumi.ComponentResource("test:index:Thing", "thing");
  return { by: PERSON, key: new pulumi.Config().requireSecret("key") };
};
`;

const passphrases = { prod: "of the production environment", trial: "of the trial environment" };
const key = crypto.randomBytes(18).toString("hex");

let engine: Engine;
let storage: ObjectStorageServer;
let root: string;

/** Somebody with a checkout of the project and a Pulumi of their own: all that is shared is the bucket. */
class Person {
  readonly folder: string;
  readonly #files: { readonly started: string; readonly release: string };

  constructor(readonly name: string) {
    this.folder = path.join(root, name);
    fs.mkdirSync(this.folder);
    fs.writeFileSync(path.join(this.folder, "Pulumi.yaml"), "name: shared\nruntime: nodejs\n");
    fs.writeFileSync(path.join(this.folder, "package.json"), JSON.stringify({ name: "shared", main: "index.js" }));
    fs.writeFileSync(path.join(this.folder, "index.js"), program);
    fs.symlinkSync(path.join(repositoryRoot, "node_modules"), path.join(this.folder, "node_modules"));
    this.#files = { started: path.join(this.folder, "started"), release: path.join(this.folder, "release") };
  }

  start(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    return execa(engine.pulumi, [...args, "--non-interactive"], {
      cwd: this.folder,
      reject: false,
      stdin: "ignore",
      all: true,
      env: {
        ...engine.environment,
        PULUMI_HOME: path.join(this.folder, "home"),
        PULUMI_BACKEND_URL: backend(),
        PULUMI_CONFIG_PASSPHRASE: passphrases.prod,
        AWS_CA_BUNDLE: storage.environment["SSL_CERT_FILE"],
        AWS_ACCESS_KEY_ID: storage.settings.accessKey,
        AWS_SECRET_ACCESS_KEY: storage.settings.secretKey,
        PERSON: this.name,
        ...environment,
      },
    });
  }

  /** What is printed. @throws Error with it when the command fails */
  async run(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
    const { exitCode, all } = await this.start(args, environment);
    if (exitCode !== 0) throw new Error(`pulumi ${args.join(" ")}: ${all}`);
    return all;
  }

  /** An update that is at work, and its end. */
  async startUpdate() {
    const { started, release } = this.#files;
    fs.rmSync(started, { force: true });
    fs.rmSync(release, { force: true });
    const ended = this.start(updateProd, { STARTED: started, RELEASE: release });
    while (!fs.existsSync(started)) {
      if (ended.exitCode !== null) throw new Error(`the update ended early: ${(await ended).all}`);
      await delay(100);
    }
    return { pid: ended.pid ?? 0, ended };
  }

  letGo(): void {
    fs.writeFileSync(this.#files.release, "");
  }
}

const updateProd = ["up", "--yes", "--skip-preview", "--stack", "prod"];

function backend(): string {
  const { bucket, endpoint, region } = storage.settings;
  return `s3://${bucket}?region=${region}&endpoint=${endpoint}&s3ForcePathStyle=true`;
}

let anna: Person;
let ben: Person;

beforeAll(async () => {
  root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "kovhernetes-shared-state-"));
  engine = await ensureEngine(console.log);
  storage = await ObjectStorageServer.start();
  anna = new Person("anna");
  ben = new Person("ben");
  for (const [stack, passphrase] of Object.entries(passphrases)) {
    const environment = { PULUMI_CONFIG_PASSPHRASE: passphrase };
    await anna.run(["stack", "init", stack, "--secrets-provider", "passphrase"], environment);
    await anna.run(["config", "set", "--secret", "key", key, "--stack", stack], environment);
    const file = `Pulumi.${stack}.yaml`;
    // As git brings it.
    fs.copyFileSync(path.join(anna.folder, file), path.join(ben.folder, file));
  }
});

afterAll(async () => {
  anna.letGo();
  await storage.stop();
  fs.rmSync(root, { recursive: true });
});

describe("the state of a team in object storage", () => {
  it("is locked while somebody updates the stack: who comes second is told who holds it, and goes on afterwards", async () => {
    const first = await anna.startUpdate();
    const { exitCode, all } = await ben.start(updateProd);
    expect(exitCode).not.toBe(0);
    expect(all).toContain("the stack is currently locked by 1 lock(s)");
    expect(all).toMatch(
      new RegExp(
        `created by ${os.userInfo().username}@${os.hostname()} \\(pid ${first.pid}\\) at \\d{4}-\\d\\d-\\d\\dT`,
      ),
    );
    anna.letGo();
    expect((await first.ended).exitCode).toBe(0);
    expect(await ben.run(["stack", "output", "by", "--stack", "prod"])).toBe("anna");
    await ben.run(updateProd);
    expect(await anna.run(["stack", "output", "by", "--stack", "prod"])).toBe("ben");
  });

  it("stays locked when the one who held it was killed, until `pulumi cancel`", async () => {
    const first = await anna.startUpdate();
    first.ended.kill("SIGKILL");
    await first.ended;
    anna.letGo();
    expect((await ben.start(updateProd)).all).toContain(`(pid ${first.pid})`);
    expect(await ben.run(["cancel", "--yes", "--stack", "prod"])).toContain("has been canceled");
    await ben.run(updateProd);
    expect(await anna.run(["stack", "output", "by", "--stack", "prod"])).toBe("ben");
  });

  it("is read by all when one of them packs it, and is never there twice", async () => {
    const states = () =>
      fs
        .readdirSync(path.join(storage.objects, ".pulumi/stacks/shared"))
        .filter((name) => /^prod\.json(\.zst)?$/.test(name));
    await anna.run(updateProd, { PULUMI_DIY_BACKEND_ZSTD: "true" });
    expect(states()).toEqual(["prod.json.zst"]);
    expect(await ben.run(["stack", "output", "by", "--stack", "prod"])).toBe("anna");
    await ben.run(updateProd);
    expect(states()).toEqual(["prod.json"]);
    expect(await anna.run(["stack", "output", "by", "--stack", "prod"], { PULUMI_DIY_BACKEND_ZSTD: "true" })).toBe(
      "ben",
    );
  });

  it("shows no secret to who reads the bucket, nor to who has another environment's passphrase", async () => {
    expect(await ben.run(["stack", "output", "key", "--show-secrets", "--stack", "prod"])).toBe(key);
    const files = fs.readdirSync(storage.objects, { recursive: true, encoding: "utf8", withFileTypes: true });
    const objects = files.filter((file) => file.isFile()).map((file) => path.join(file.parentPath, file.name));
    expect(objects.some((file) => file.endsWith("/stacks/shared/prod.json"))).toBe(true);
    expect(objects.filter((file) => fs.readFileSync(file).includes(key))).toEqual([]);
    const args = ["stack", "output", "key", "--show-secrets", "--stack", "prod"];
    const { exitCode, all } = await ben.start(args, { PULUMI_CONFIG_PASSPHRASE: passphrases.trial });
    expect([exitCode === 0, all]).toEqual([false, expect.stringContaining("incorrect passphrase")]);
  });
});
