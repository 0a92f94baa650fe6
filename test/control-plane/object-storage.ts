import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import type { ObjectStorage as Settings } from "../../components/model/backup";
import { objectStorage } from "../../lab/mirror/components.ts";
import { ensureGoComponent } from "../../lab/mirror/go.ts";
import { TestAuthority } from "../support/issued-pki.ts";
import { freePorts } from "./support.ts";

const bucket = "backups";
const credentials = { accessKey: "somebody", secretKey: "not-known-to-others" };

/** An S3 server on loopback, over TLS, with one bucket whose objects are files. */
export class ObjectStorageServer {
  private constructor(
    private readonly root: string,
    readonly settings: Settings,
    private readonly end: () => Promise<void>,
  ) {}

  static async start(): Promise<ObjectStorageServer> {
    const program = path.join(await ensureGoComponent(objectStorage, console.log), "versitygw");
    const root = fs.mkdtempSync(path.join(os.tmpdir(), "kovhernetes-object-storage-"));
    for (const directory of ["objects", "metadata"])
      fs.mkdirSync(path.join(root, directory, bucket), { recursive: true });
    const authority = await TestAuthority.create("storage");
    const pair = await authority.issue({
      commonName: "storage server",
      usages: ["server_auth"],
      dnsNames: ["localhost"],
      ipAddresses: ["127.0.0.1"],
    });
    fs.writeFileSync(path.join(root, "authority.pem"), authority.pair.certificate);
    fs.writeFileSync(path.join(root, "server.crt"), pair.certificate);
    fs.writeFileSync(path.join(root, "server.key"), pair.privateKey, { mode: 0o600 });
    const [port = 0] = await freePorts(1);
    const log = { file: path.join(root, "log") };
    const child = execa(
      program,
      [
        ...["--port", `127.0.0.1:${port}`, "--cert", `${root}/server.crt`, "--key", `${root}/server.key`],
        ...["--region", "test", "posix", "--sidecar", `${root}/metadata`, `${root}/objects`],
      ],
      {
        env: { ROOT_ACCESS_KEY_ID: credentials.accessKey, ROOT_SECRET_ACCESS_KEY: credentials.secretKey },
        reject: false,
        stdin: "ignore",
        stdout: log,
        stderr: log,
      },
    );
    const settings: Settings = {
      endpoint: `https://localhost:${port}`,
      region: "test",
      bucket,
      prefix: "clusters/test",
      keep: 3,
      ...credentials,
      passphrase: "correct horse battery staple",
    };
    const server = new ObjectStorageServer(root, settings, async () => {
      child.kill("SIGTERM");
      await child;
      fs.rmSync(root, { recursive: true });
    });
    await server.untilReady(port);
    return server;
  }

  /** What a client needs to know the server by. */
  get environment(): Readonly<Record<string, string>> {
    return { SSL_CERT_FILE: path.join(this.root, "authority.pem") };
  }

  stop(): Promise<void> {
    return this.end();
  }

  /** Folder in which every object of the bucket is a file. */
  get objects(): string {
    return path.join(this.root, "objects", bucket);
  }

  /** Names of objects right below the prefix of the settings. */
  names(): string[] {
    const directory = path.join(this.objects, this.settings.prefix);
    if (!fs.existsSync(directory)) return [];
    const entries = fs.readdirSync(directory, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isFile() ? [entry.name] : [])).sort();
  }

  /** The file that an object is. */
  file(name: string): string {
    return path.join(this.objects, this.settings.prefix, name);
  }

  private async untilReady(port: number): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const { exitCode } = await execa("curl", ["-s", "-o", "/dev/null", "--insecure", `https://localhost:${port}/`], {
        reject: false,
      });
      if (exitCode === 0) return;
      await delay(200);
    }
    throw new Error(`the object storage did not come up:\n${fs.readFileSync(path.join(this.root, "log"), "utf8")}`);
  }
}
