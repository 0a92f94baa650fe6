import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { repositoryRoot, stateRoot } from "../../lab/lib/paths.ts";
import type { PretendedLab } from "./support.ts";

/** Somebody with a fresh clone, a home of their own with an SSH key, a state on their own disk, and the commands of the documents. */
export class NewUser {
  /** The clone, or the project that `pulumi new` made of it. */
  readonly folder: string;
  private readonly home: string;
  private readonly lab: PretendedLab;

  constructor(name: string, lab: PretendedLab) {
    this.lab = lab;
    this.home = path.join(stateRoot, "new-users", name);
    this.folder = path.join(this.home, "kovhernetes");
  }

  /** Clones what is in the checkout, changes that are not committed included, and makes a key. */
  async arrive(): Promise<void> {
    this.leave();
    fs.mkdirSync(path.join(this.home, ".ssh"), { recursive: true, mode: 0o700 });
    const { stdout } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
      cwd: repositoryRoot,
    });
    for (const file of stdout.split("\n").filter((name) => fs.existsSync(path.join(repositoryRoot, name)))) {
      fs.cpSync(path.join(repositoryRoot, file), path.join(this.folder, file));
    }
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path.join(this.home, ".ssh", "id_ed25519")]);
  }

  /** Stands for `npm ci` in a folder, whose packages are those of the checkout. */
  install(folder = this.folder): void {
    fs.symlinkSync(path.join(repositoryRoot, "node_modules"), path.join(folder, "node_modules"));
  }

  /** The line of the key that was made. */
  get sshPublicKey(): string {
    return fs.readFileSync(path.join(this.home, ".ssh", "id_ed25519.pub"), "utf8").trim();
  }

  /** Another folder of the home. */
  folderCalled(name: string): string {
    const folder = path.join(this.home, name);
    fs.mkdirSync(folder, { recursive: true });
    return folder;
  }

  /**
   * Types commands into a shell, with the cloud's credentials in the environment unless others are given.
   * @throws ExecaError with both outputs
   */
  async type(
    commands: string,
    {
      folder = this.folder,
      credentials = this.lab.cloud.environment,
    }: { folder?: string; credentials?: NodeJS.ProcessEnv } = {},
  ): Promise<string> {
    const backend = path.join(this.home, "backend");
    fs.mkdirSync(backend, { recursive: true });
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("OS_"));
    const result = await execa("bash", ["-euo", "pipefail", "-c", commands], {
      cwd: folder,
      stdin: "ignore",
      extendEnv: false,
      env: {
        ...Object.fromEntries(inherited),
        ...this.lab.engine.environment,
        PATH: [path.dirname(this.lab.engine.pulumi), this.lab.engine.environment["PATH"] ?? process.env["PATH"]].join(
          path.delimiter,
        ),
        HOME: this.home,
        PULUMI_BACKEND_URL: `file://${backend}`,
        PULUMI_CONFIG_PASSPHRASE: "of a new user",
        ...credentials,
      },
    });
    return result.stdout;
  }

  leave(): void {
    fs.rmSync(this.home, { recursive: true, force: true });
  }
}
