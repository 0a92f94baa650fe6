import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import type { Engine } from "../engine/engine.ts";
import type { Cloud } from "../openstack/cloud.ts";
import { repositoryRoot, stateRoot } from "./paths.ts";

/** A stack of the project's own program, with its state, secrets and keys below the lab's state folder. */
export class LabStack {
  readonly name: string;
  readonly directory: string;
  readonly environment: Record<string, string>;
  private readonly engine: Engine;
  private readonly project: string;
  /** The stack's configuration: `Pulumi.NAME.yaml`, outside the checkout. */
  readonly configFile: string;

  /** @param project folder of the Pulumi program. */
  constructor(
    name: string,
    engine: Engine,
    cloud: Pick<Cloud, "environment" | "incarnation">,
    project: string = repositoryRoot,
  ) {
    this.name = name;
    this.engine = engine;
    this.project = project;
    this.directory = path.join(stateRoot, "stacks", name);
    this.forgetEarlierCloud(cloud.incarnation);
    const backend = path.join(this.directory, "backend");
    fs.mkdirSync(backend, { recursive: true, mode: 0o700 });
    this.configFile = path.join(this.directory, `Pulumi.${name}.yaml`);
    this.environment = {
      ...engine.environment,
      ...cloud.environment,
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: this.secretFile("passphrase", () => crypto.randomBytes(24).toString("base64")),
    };
  }

  /** The public half of an SSH key made for this stack; the private half is `sshKeyFile`. */
  async sshPublicKey(): Promise<string> {
    if (!fs.existsSync(this.sshKeyFile)) {
      await execa("ssh-keygen", [
        "-q",
        "-t",
        "ed25519",
        "-N",
        "",
        "-C",
        `kovhernetes-${this.name}`,
        "-f",
        this.sshKeyFile,
      ]);
    }
    return fs.readFileSync(`${this.sshKeyFile}.pub`, "utf8").trim();
  }

  get sshKeyFile(): string {
    return path.join(this.directory, "id_ed25519");
  }

  get kubeconfigFile(): string {
    return path.join(this.directory, "kubeconfig");
  }

  /** Writes the stack's configuration, keeping the encryption salt that an earlier run put there. */
  async configure(values: Readonly<Record<string, unknown>>): Promise<void> {
    const salt = fs.existsSync(this.configFile)
      ? /^encryptionsalt: .*$/m.exec(fs.readFileSync(this.configFile, "utf8"))?.[0]
      : undefined;
    const projectFile = path.join(this.project, "Pulumi.yaml");
    const { name: namespace } = parse(fs.readFileSync(projectFile, "utf8")) as { readonly name: string };
    const config = Object.fromEntries(Object.entries(values).map(([key, value]) => [`${namespace}:${key}`, value]));
    fs.writeFileSync(this.configFile, `${salt === undefined ? "" : `${salt}\n`}${stringify({ config })}`);
    fs.copyFileSync(projectFile, path.join(this.directory, "Pulumi.yaml"));
    await this.run(["stack", "select", "--create", "--stack", this.name]);
  }

  /** Runs `pulumi` on this stack and gives its standard output. @throws ExecaError with both outputs. */
  async run(
    args: readonly string[],
    settings: { readonly show?: boolean; readonly env?: NodeJS.ProcessEnv } = {},
  ): Promise<string> {
    const { program, args: all, options } = this.command(args, settings.env);
    const output = settings.show === true ? (["inherit", "pipe"] as const) : "pipe";
    const result = await execa(program, all, { ...options, stdin: "ignore", stdout: output, stderr: output });
    return result.stdout;
  }

  /** How `pulumi` is called on this stack. */
  command(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    return {
      program: this.engine.pulumi,
      args: [...args, ...this.configArguments(args)],
      // `pulumi stack` writes the stack file beside the project file: not into the checkout, where a user's own may be.
      options: { cwd: args[0] === "stack" ? this.directory : this.project, env: { ...this.environment, ...env } },
    };
  }

  /** The stack's outputs, secrets in clear. */
  async outputs<T>(): Promise<T> {
    return JSON.parse(await this.run(["stack", "output", "--json", "--show-secrets", "--stack", this.name])) as T;
  }

  /** Forgets the stack with its state and keys; what it made in the cloud is not touched. */
  forget(): void {
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  /** State of a stack in a cloud that was removed since would send the engine after machines that are gone. */
  private forgetEarlierCloud(incarnation: string): void {
    const file = path.join(this.directory, "cloud");
    if (fs.existsSync(file) && fs.readFileSync(file, "utf8") !== incarnation) this.forget();
    fs.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    fs.writeFileSync(file, incarnation);
  }

  private configArguments(args: readonly string[]): string[] {
    const takesConfig = ["up", "preview", "destroy", "refresh", "config"].includes(args[0] ?? "");
    const select = args.includes("--stack") ? [] : ["--stack", this.name];
    return takesConfig ? [...select, "--config-file", this.configFile] : select;
  }

  private secretFile(name: string, make: () => string): string {
    const file = path.join(this.directory, name);
    if (!fs.existsSync(file)) fs.writeFileSync(file, make(), { mode: 0o600 });
    return file;
  }
}
