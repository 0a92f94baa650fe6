import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { stringify } from "yaml";
import { renderMaster } from "../../cloudinit";
import type { KeyPair, MasterDescription } from "../../cloudinit/machine";
import { components, kubernetesComponent, kubernetesOfSuites } from "../../lab/mirror/components.ts";
import { ensureGoComponent } from "../../lab/mirror/go.ts";
import type { CertificateTableArgs } from "../../components/pki/certificates";
import { masterDescription } from "../support/descriptions";
import { issueTable, serviceAccountPair, type TestAuthority } from "../support/issued-pki.ts";
import { roomyStat } from "../support/machine-root";
import { parseUserData, renderedUnits, splitCommand, unitDirectives } from "../support/user-data";

const hostName = masterDescription.hostName;
const address = "127.0.0.1";

/** What the API server says of itself in the cluster. Since 1.37 it takes no loopback address here; nothing asks this one (RFC 5737). */
const advertised = "192.0.2.10";

type Issued = Awaited<ReturnType<typeof issueTable>>;

/** The one machine, as its certificates have it. */
export const certificateArgs: CertificateTableArgs = {
  masters: [{ hostName, address }],
  nodes: [],
  apiServiceAddress: masterDescription.apiServiceAddress,
  clusterDomain: masterDescription.clusterDomain,
  localhostApi: false,
};

/** Who issues a client's certificate, and by what it knows the API server. */
export interface Trust {
  readonly issuer: TestAuthority;
  /** PEM. */
  readonly trusted: string;
}

/** What a client certificate says of its holder. */
interface User {
  readonly name: string;
  readonly group?: string;
}

/** How a command ended. */
export interface Ended {
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs until it is stopped. */
interface Program {
  readonly name: string;
  readonly pid: number;
  hasEnded(): boolean;
  /** @returns its exit status, or the signal that ended it */
  stop(): Promise<number | string | undefined>;
}

/**
 * etcd and the API server of a master, as its user data has them, run from a folder on this machine's loopback: the same files and
 * command lines, but for where the files are and for the ports.
 */
export class ControlPlane {
  private readonly programsRunning: Program[] = [];
  private trust: Trust;

  private constructor(
    /** Stands for `/` of the master. */
    readonly root: string,
    readonly issued: Issued,
    private readonly ports: { readonly api: number; readonly etcd: number; readonly peer: number },
    private readonly programs: { readonly kubernetes: string; readonly etcd: string },
    private readonly environment: Readonly<Record<string, string>>,
  ) {
    const { kubernetes } = issued.authorities;
    this.trust = { issuer: kubernetes, trusted: kubernetes.pair.certificate };
  }

  /**
   * @param environment further variables for the master's scripts
   * @throws Error with the last words of the program that did not come up.
   */
  static async start(
    changes: Partial<MasterDescription>,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<ControlPlane> {
    const programs = {
      kubernetes: await ensureGoComponent(kubernetesComponent(kubernetesOfSuites()), console.log),
      etcd: await ensureGoComponent(components.etcd, console.log),
    };
    const issued = await issueTable(certificateArgs);
    const [api = 0, etcd = 0, peer = 0] = await freePorts(3);
    const root = fs.mkdtempSync(path.join(os.tmpdir(), "kovhernetes-control-plane-"));
    fs.mkdirSync(path.join(root, "bin"));
    fs.writeFileSync(path.join(root, "bin/stat"), `#!/bin/sh\n${roomyStat}\n`, { mode: 0o755 });
    const PATH = `${root}/bin:${process.env["PATH"] ?? ""}`;
    const plane = new ControlPlane(root, issued, { api, etcd, peer }, programs, { ...environment, PATH });
    try {
      await plane.make(changes);
      return plane;
    } catch (error) {
      await plane.stop();
      throw error;
    }
  }

  /**
   * Ends what runs, and starts it from new user data on the same volume: a master's next generation.
   * @param trust of clients from now on, where they go by other authorities
   * @param meanwhile what happens while nothing runs
   */
  async replace(
    changes: Partial<MasterDescription>,
    trust: Trust = this.trust,
    meanwhile: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<void> {
    await this.end();
    await meanwhile();
    this.trust = trust;
    await this.make(changes);
  }

  /** Writes the files of other user data, while what runs goes on. */
  configure(changes: Partial<MasterDescription>): void {
    this.write(renderMaster({ ...described(this.issued), ...changes }));
  }

  private async make(changes: Partial<MasterDescription>): Promise<void> {
    this.configure(changes);
    await this.boot();
  }

  private async end(): Promise<void> {
    for (const program of this.programsRunning.splice(0).reverse()) await program.stop();
  }

  /** Ends what was started and removes its folder. @param before what has to happen in between */
  async stop(before: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    await this.end();
    await before();
    fs.rmSync(this.root, { recursive: true, force: true });
  }

  /** Runs kubectl with a client certificate of the kubernetes authority. */
  async kubectl(user: User, ...args: readonly string[]): Promise<Ended> {
    return this.kubectlWith(this.trust, user, ...args);
  }

  /** The same for a client of other authorities. */
  async kubectlWith(trust: Trust, user: User, ...args: readonly string[]): Promise<Ended> {
    const file = this.file("client.kubeconfig", await this.kubeconfigOf(user, trust));
    const all = ["--kubeconfig", file, `--cache-dir=${this.root}/cache`, ...args];
    return execa(path.join(this.programs.kubernetes, "kubectl"), all, { reject: false, stdin: "ignore" });
  }

  /** Writes a file that kubectl can read, and gives the path. */
  file(name: string, content: object | string): string {
    const file = path.join(this.root, name);
    fs.writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
    return file;
  }

  /** Runs a script that was made for the master. @throws ExecaError when it fails */
  async runScript(script: string): Promise<string> {
    const { stdout } = await execa("sh", ["-s"], { input: this.moved(script), env: this.environment });
    return stdout;
  }

  /** Asks this master's etcd whether it works, as a client with this pair. @param trusted PEM of the authorities by which it knows etcd */
  async askEtcd({ certificate, privateKey }: KeyPair, trusted: string): Promise<Ended> {
    const files = [
      `--cacert=${this.file("etcd-ca.crt", trusted)}`,
      `--cert=${this.file("etcd-client.crt", certificate)}`,
      `--key=${this.file("etcd-client.key", privateKey)}`,
    ];
    const args = ["endpoint", "health", `--endpoints=https://${address}:${this.ports.etcd}`, ...files];
    return execa(path.join(this.programs.etcd, "etcdctl"), args, { reject: false, stdin: "ignore" });
  }

  /** Runs what a unit has before its command, but for the check of its files. @throws ExecaError when a command fails */
  async prepare(unit: string): Promise<void> {
    const [, ...preparations] = this.directives(unit, "ExecStartPre");
    for (const [program = "", ...args] of preparations) await execa(program, args, { env: this.environment });
  }

  /** Starts the master's controller manager with some of its controllers, until the control plane ends. */
  async runControllers(...controllers: readonly string[]): Promise<void> {
    await this.prepare("kube-controller-manager");
    const changes = ["--secure-port=0", `--controllers=${controllers.join(",")}`];
    this.run("kube-controller-manager", this.programs.kubernetes, changes);
  }

  /** Starts another of the master's components, until the control plane ends. @returns the port of loopback that it listens on */
  async runComponent(name: "kube-controller-manager" | "kube-scheduler"): Promise<number> {
    const [port = 0] = await freePorts(1);
    await this.prepare(name);
    this.run(name, this.programs.kubernetes, [`--secure-port=${port}`]);
    return port;
  }

  /** HTTP status of an address of loopback, asked for with or without a client certificate. */
  async statusOf(url: string, user?: User): Promise<number> {
    const pair = user === undefined ? undefined : await this.trust.issuer.issue(clientOf(user));
    const shown =
      pair === undefined
        ? []
        : ["--cert", this.file("asking.crt", pair.certificate), "--key", this.file("asking.key", pair.privateKey)];
    const asked = ["--silent", "--insecure", "--output", "/dev/null", "--write-out", "%{http_code}", ...shown, url];
    const { stdout } = await execa("curl", asked, { reject: false, stdin: "ignore" });
    return Number(stdout);
  }

  /** What runs: process numbers by unit. */
  get running(): ReadonlyMap<string, number> {
    return new Map(this.programsRunning.map(({ name, pid }) => [name, pid]));
  }

  /** Values of a directive in the `[Service]` section of a unit. */
  service(unit: string, name: string): readonly string[] {
    return unitDirectives(this.units.get(`${unit}.service`) ?? "", "Service").flatMap(([found, value]) =>
      found === name ? [value] : [],
    );
  }

  /** Runs one of the master's own scripts. */
  async execute(script: string, ...args: readonly string[]): Promise<Ended> {
    const program = path.join(this.root, "opt/kovhernetes/lib", script);
    return execa(program, args, { reject: false, stdin: "ignore", env: this.environment });
  }

  private async kubeconfigOf(user: User, trust: Trust): Promise<string> {
    return this.kubeconfig(await trust.issuer.issue(clientOf(user)), trust.trusted);
  }

  /** Kubeconfig of the break-glass identity. */
  administrator(): Promise<string> {
    return this.kubeconfigOf({ name: "kubernetes-break-glass", group: "system:masters" }, this.trust);
  }

  get apiUrl(): string {
    return `https://${address}:${this.ports.api}`;
  }

  private kubeconfig(pair: KeyPair, trusted: string): string {
    const base64 = (text: string): string => Buffer.from(text).toString("base64");
    return stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: "test",
          cluster: {
            server: this.apiUrl,
            "certificate-authority-data": base64(trusted),
          },
        },
      ],
      users: [
        {
          name: "test",
          user: {
            "client-certificate-data": base64(pair.certificate),
            "client-key-data": base64(pair.privateKey),
          },
        },
      ],
      contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
      "current-context": "test",
    });
  }

  /** A text of the master's, with its folders below the root and its ports the ones that are free here. */
  private moved(text: string): string {
    return text
      .replaceAll(/(?<![\w.])\/(etc|var|run|opt\/kovhernetes)\//g, `${this.root}/$1/`)
      .replaceAll("/dev/console", `${this.root}/console`)
      .replaceAll(":2379", `:${this.ports.etcd}`)
      .replaceAll(":2380", `:${this.ports.peer}`)
      .replaceAll(`https://${address}:6443`, this.apiUrl)
      .replaceAll(`--advertise-address=${address}`, `--advertise-address=${advertised}`)
      .replaceAll("--secure-port=6443", `--secure-port=${this.ports.api}`)
      .replaceAll("--bind-address=0.0.0.0", `--bind-address=${address}`);
  }

  private write(userData: string): void {
    for (const [name, { content, mode }] of parseUserData(userData).files) {
      const file = path.join(this.root, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, this.moved(content), { mode: parseInt(mode, 8) });
    }
    for (const directory of ["var/log/kubernetes/audit", "var/tmp", "opt/kovhernetes/bin"]) {
      fs.mkdirSync(path.join(this.root, directory), { recursive: true });
    }
    for (const program of ["etcd", "etcdctl", "etcdutl"]) {
      const link = path.join(this.root, "opt/kovhernetes/bin", program);
      fs.rmSync(link, { force: true });
      fs.symlinkSync(path.join(this.programs.etcd, program), link);
    }
    this.units = new Map([...renderedUnits(userData)].map(([name, text]) => [name, this.moved(text)]));
  }

  private units: ReadonlyMap<string, string> = new Map();

  private async boot(): Promise<void> {
    await this.prepare("etcd");
    this.run("etcd", this.programs.etcd);
    this.run("kube-apiserver", this.programs.kubernetes);
    await this.untilReady();
  }

  /** Ends the API server and starts it anew. @throws Error with its last words when it does not come up */
  async restartApiServer(): Promise<void> {
    await this.programsRunning.pop()?.stop();
    this.run("kube-apiserver", this.programs.kubernetes);
    await this.untilReady();
  }

  private async untilReady(): Promise<void> {
    const administrator = { name: "test", group: "system:masters" };
    for (let attempt = 0; attempt < 120; attempt += 1) {
      if (this.programsRunning.some((program) => program.hasEnded())) break;
      const { stdout } = await this.kubectl(administrator, "get", "--raw", "/readyz", "--request-timeout=5s");
      if (stdout === "ok") return;
      await delay(500);
    }
    const words = ["etcd", "kube-apiserver"].map((name) => `── ${name}\n${this.log(name).slice(-2000)}`);
    throw new Error(`the API did not come up:\n${words.join("\n")}`);
  }

  /** What a program said. */
  log(name: string): string {
    return fs.readFileSync(path.join(this.root, `${name}.log`), "utf8");
  }

  /** Commands of a unit's directive. */
  private directives(unit: string, name: string): readonly (readonly string[])[] {
    return this.service(unit, name).map(splitCommand);
  }

  /** Variables that a unit reads from a file made at boot. */
  private environmentOf(unit: string): Record<string, string> {
    const files = this.service(unit, "EnvironmentFile").map((file) => file.replace(/^-/, ""));
    const lines = files.flatMap((file) =>
      fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim().split("\n") : [],
    );
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
  }

  /** Tells a program to end as systemd does. @returns its exit status, or the signal that ended it */
  async endProgram(name: string): Promise<number | string | undefined> {
    const program = this.programsRunning.find((one) => one.name === name);
    if (program === undefined) throw new Error(`${name} does not run`);
    this.programsRunning.splice(this.programsRunning.indexOf(program), 1);
    return program.stop();
  }

  private run(name: string, programs: string, changes: readonly string[] = []): void {
    const [, ...own] = this.directives(name, "ExecStart")[0] ?? [];
    const args = [...own, ...changes];
    const log = { file: path.join(this.root, `${name}.log`) };
    const env = this.environmentOf(name);
    const child = execa(path.join(programs, name), args, {
      reject: false,
      stdin: "ignore",
      stdout: log,
      stderr: log,
      env,
    });
    const { pid } = child;
    if (pid === undefined) throw new Error(`${name} cannot be started`);
    let ended = false;
    const end = child.then(({ exitCode, signal }) => {
      ended = true;
      return exitCode ?? signal;
    });
    this.programsRunning.push({
      name,
      pid,
      hasEnded: () => ended,
      stop: async () => {
        child.kill("SIGTERM");
        return end;
      },
    });
  }
}

/** What a client's certificate is made from. */
function clientOf({ name, group }: User) {
  return {
    ...{ commonName: name, dnsNames: [], ipAddresses: [], usages: ["client_auth"] as const },
    ...(group === undefined ? {} : { organization: group }),
  };
}

/** A master's user data with the certificates that were issued to it. */
export function described({ authorities, pair }: Issued, name = hostName): MasterDescription {
  const own = (purpose: Parameters<typeof pair>[1]): KeyPair => pair(name, purpose);
  const { etcdVolumeId: _volume, ...rest } = masterDescription;
  return {
    ...rest,
    hostName: name,
    address,
    masters: [{ hostName, address }],
    kubernetesAuthority: authorities.kubernetes.pair.certificate,
    etcdAuthority: authorities.etcd.pair.certificate,
    frontProxyAuthority: authorities["front-proxy"].pair.certificate,
    kubernetesAuthorityPair: authorities.kubernetes.pair,
    kubeletServer: own("kubeletServer"),
    kubeletClient: own("kubeletClient"),
    kubeProxy: own("kubeProxy"),
    etcdServer: own("etcdServer"),
    etcdPeer: own("etcdPeer"),
    etcdHealthClient: own("etcdHealthClient"),
    apiServer: own("apiServer"),
    apiServerEtcdClient: own("apiServerEtcdClient"),
    apiServerKubeletClient: own("apiServerKubeletClient"),
    frontProxyClient: own("frontProxyClient"),
    controllerManager: own("controllerManager"),
    scheduler: own("scheduler"),
    serviceAccount: serviceAccountPair(),
  };
}

/** Ports of loopback that nothing listens on, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = net.createServer();
      await new Promise<void>((resolve) => server.listen(0, address, resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
