import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { renderMaster, renderNode } from "../../cloudinit";
import type { MasterDescription } from "../../cloudinit/machine";
import { components } from "../../lab/mirror/components.ts";
import { ensureGoComponent } from "../../lab/mirror/go.ts";
import { masterDescription, nodeDescription } from "../support/descriptions";
import { issueTable } from "../support/issued-pki.ts";
import { parseUserData, renderedUnits, splitCommand, unitDirectives } from "../support/user-data";
import { described, type Ended } from "./support.ts";

type Formation = MasterDescription["etcdFormation"];

const hostNameOf = (ordinal: number): string => `test-master-${ordinal}`;
const addressOf = (ordinal: number): string => `192.168.0.${10 + ordinal}`;
/** Addresses of the masters' network as the test itself has one there. */
const clientAddress = "192.168.0.1/27";

/** A program in its machine's network. */
interface Running {
  kill(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  readonly hasEnded: () => boolean;
}

/**
 * etcd of several masters as their user data has it: the same files, command lines, addresses and ports, each in a network namespace of its own on
 * one bridge, which has a namespace too, so that nothing of this machine's network is touched.
 */
export class EtcdMembers {
  private readonly members = new Map<number, Member>();

  private constructor(
    readonly directory: string,
    private readonly programs: string,
    private readonly issued: Awaited<ReturnType<typeof issueTable>>,
    private readonly network: string,
    private readonly isHasty: boolean,
  ) {}

  /**
   * Makes the network and the certificates for as many masters; none runs yet.
   * @param isHasty whether members wait a fifth of the time for each other that their units give, so that tests need not wait for elections
   */
  static async prepare(count: number, isHasty = true): Promise<EtcdMembers> {
    const programs = await ensureGoComponent(components.etcd, console.log);
    const masters = Array.from({ length: count }, (_, ordinal) => ({
      hostName: hostNameOf(ordinal),
      address: addressOf(ordinal),
    }));
    const { apiServiceAddress, clusterDomain } = masterDescription;
    const issued = await issueTable({ masters, nodes: [], apiServiceAddress, clusterDomain, localhostApi: false });
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "kovhernetes-etcd-"));
    const network = `kovh-${path.basename(directory).slice(-6)}`;
    const all = new EtcdMembers(directory, programs, issued, network, isHasty);
    await ip("netns", "add", network);
    await ip("-n", network, "link", "set", "lo", "up");
    await ip("-n", network, "link", "add", "bridge", "type", "bridge");
    await ip("-n", network, "address", "add", clientAddress, "dev", "bridge");
    await ip("-n", network, "link", "set", "bridge", "up");
    return all;
  }

  /** Ends everything, and removes what was made. */
  async stop(): Promise<void> {
    for (const member of this.members.values()) await member.end("SIGKILL");
    for (const name of [...[...this.members.keys()].map((ordinal) => `${this.network}-${ordinal}`), this.network]) {
      await execa("ip", ["netns", "delete", name], { reject: false });
    }
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  /** A master with user data of its own; one that is there already gets other user data, as with its next generation, and keeps its volume. */
  async describe(ordinal: number, masters: readonly number[], formation?: Formation): Promise<Member> {
    const description: MasterDescription = {
      ...described(this.issued, hostNameOf(ordinal)),
      address: addressOf(ordinal),
      masters: masters.map((one) => ({ hostName: hostNameOf(one), address: addressOf(one) })),
      ...(formation === undefined ? {} : { etcdFormation: formation }),
    };
    const known = this.members.get(ordinal);
    const member = known ?? new Member(this.directory, this.programs, this.network, this.isHasty, ordinal);
    if (known === undefined) await member.plugIn();
    this.members.set(ordinal, member);
    member.install(renderMaster(description));
    return member;
  }

  /** Runs curl in the masters' network as an administrator of the API. */
  async curl(url: string, ...args: readonly string[]): Promise<Ended> {
    const files = await this.administrator();
    const command = ["curl", "--silent", "--show-error", "--fail", ...files, ...args, url];
    return execa("ip", ["netns", "exec", this.network, ...command], { reject: false, stdin: "ignore" });
  }

  private async administrator(): Promise<readonly string[]> {
    const file = (name: string): string => path.join(this.directory, `administrator.${name}`);
    if (!fs.existsSync(file("key"))) {
      const { kubernetes } = this.issued.authorities;
      const pair = await kubernetes.issue({
        ...{ commonName: "test", organization: "system:masters", dnsNames: [], ipAddresses: [] },
        usages: ["client_auth"],
      });
      fs.writeFileSync(file("ca"), kubernetes.pair.certificate);
      fs.writeFileSync(file("crt"), pair.certificate);
      fs.writeFileSync(file("key"), pair.privateKey, { mode: 0o600 });
    }
    return ["--cacert", file("ca"), "--cert", file("crt"), "--key", file("key")];
  }

  /** Runs etcdctl in the masters' network, as a client with the health client's certificate. */
  async etcdctl(ordinals: readonly number[], ...args: readonly string[]): Promise<Ended> {
    const pki = path.join(this.directory, hostNameOf(0), "etc/etcd/pki");
    const endpoints = ordinals.map((ordinal) => `https://${addressOf(ordinal)}:2379`).join(",");
    const files = [
      "--cacert",
      `${pki}/ca.crt`,
      "--cert",
      `${pki}/health-client.crt`,
      "--key",
      `${pki}/health-client.key`,
    ];
    const command = [
      path.join(this.programs, "etcdctl"),
      "--endpoints",
      endpoints,
      "--dial-timeout=2s",
      ...files,
      ...args,
    ];
    return execa("ip", ["netns", "exec", this.network, ...command], { reject: false, stdin: "ignore" });
  }

  /** The proxy of a node of this cluster, which knows these masters' addresses. */
  proxy(ordinals: readonly number[]): ApiProxy {
    return new ApiProxy(path.join(this.directory, "node"), this.network, this.issued, ordinals.map(addressOf));
  }

  /** Names of those that vote, and of those that only learn, as a member says. */
  async membership(asked: number): Promise<{ readonly voters: string[]; readonly learners: string[] }> {
    const { stdout } = await this.etcdctl([asked], "member", "list");
    const rows = stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split(", "));
    const named = (learner: string): string[] =>
      rows.flatMap(([, , name = "", , , isLearner]) => (isLearner === learner ? [name] : [])).sort();
    return { voters: named("false"), learners: named("true") };
  }
}

/** One master's etcd. */
export class Member {
  private running: Running | undefined;
  private vote: Running | undefined;
  private api: Running | undefined;
  private units: ReadonlyMap<string, string> = new Map();
  readonly root: string;

  constructor(
    directory: string,
    private readonly programs: string,
    private readonly network: string,
    private readonly isHasty: boolean,
    readonly ordinal: number,
  ) {
    this.root = path.join(directory, hostNameOf(ordinal));
  }

  get name(): string {
    return hostNameOf(this.ordinal);
  }

  private get place(): string {
    return `${this.network}-${this.ordinal}`;
  }

  /** Makes the machine's network. */
  async plugIn(): Promise<void> {
    await ip("netns", "add", this.place);
    await ip(
      "-n",
      this.network,
      "link",
      "add",
      `master-${this.ordinal}`,
      "type",
      "veth",
      "peer",
      "name",
      "eth0",
      "netns",
      this.place,
    );
    await ip("-n", this.network, "link", "set", `master-${this.ordinal}`, "master", "bridge", "up");
    await ip("-n", this.place, "link", "set", "lo", "up");
    await ip("-n", this.place, "address", "add", `${addressOf(this.ordinal)}/27`, "dev", "eth0");
    await ip("-n", this.place, "link", "set", "eth0", "up");
  }

  /** Cuts the machine off its network, or ends that. */
  async cutOff(isCut: boolean): Promise<void> {
    await ip("-n", this.network, "link", "set", `master-${this.ordinal}`, isCut ? "down" : "up");
  }

  /** Writes what the user data writes. */
  install(userData: string): void {
    const moved = (text: string): string =>
      text
        .replaceAll(/(?<![\w.])\/(etc|var|run|opt\/kovhernetes)\//g, `${this.root}/$1/`)
        .replaceAll("/dev/console", `${this.root}/console`);
    for (const [name, { content, mode }] of parseUserData(userData).files) {
      const file = path.join(this.root, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, moved(content), { mode: parseInt(mode, 8) });
    }
    fs.mkdirSync(path.join(this.root, "opt/kovhernetes/bin"), { recursive: true });
    for (const program of ["etcd", "etcdctl", "etcdutl"]) {
      const link = path.join(this.root, "opt/kovhernetes/bin", program);
      fs.rmSync(link, { force: true });
      fs.symlinkSync(path.join(this.programs, program), link);
    }
    this.units = new Map([...renderedUnits(userData)].map(([name, text]) => [name, moved(text)]));
  }

  /** Starts etcd as its unit does, once, and what gives it a vote. @returns how its preparation ended */
  async start(): Promise<Ended> {
    for (const name of ["etcd-votes", "reported"])
      fs.rmSync(path.join(this.root, "run/kovhernetes", name), { force: true });
    const [, ...preparations] = this.directives("etcd", "ExecStartPre").map(splitCommand);
    for (const [program = "", ...args] of preparations) {
      const ended = await execa("ip", ["netns", "exec", this.place, program, ...args], {
        reject: false,
        stdin: "ignore",
      });
      if (ended.exitCode !== 0) return ended;
    }
    const [, ...own] = splitCommand(this.directives("etcd", "ExecStart")[0] ?? "");
    const args = this.isHasty ? [...own, "--heartbeat-interval=100", "--election-timeout=1000"] : own;
    this.running = this.run("etcd", [path.join(this.programs, "etcd"), ...args], this.environment());
    const [vote] = this.directives("kovhernetes-etcd-vote", "ExecStart").map(splitCommand);
    if (vote !== undefined) this.vote = this.run("vote", vote, {});
    return { exitCode: 0, stdout: "", stderr: "" };
  }

  /** The same again and again, as systemd does, until its preparation ends well. @throws Error with what it said last */
  async startInTime(seconds = 60): Promise<void> {
    let ended: Ended | undefined;
    for (let attempt = 0; attempt < seconds; attempt += 1) {
      ended = await this.start();
      if (ended.exitCode === 0) return;
      await delay(1_000);
    }
    throw new Error(`${this.name} does not start: ${ended?.stdout ?? ""} ${ended?.stderr ?? ""}`);
  }

  /** Whether it votes, as its machine knows. */
  get votes(): boolean {
    return fs.existsSync(path.join(this.root, "run/kovhernetes/etcd-votes"));
  }

  /** Starts its API server as its unit does. @param programs folder of Kubernetes' programs */
  startApiServer(programs: string): void {
    const [, ...own] = splitCommand(this.directives("kube-apiserver", "ExecStart")[0] ?? "");
    fs.mkdirSync(path.join(this.root, "var/log/kubernetes/audit"), { recursive: true });
    this.api = this.run("kube-apiserver", [path.join(programs, "kube-apiserver"), ...own], {});
  }

  /** Ends its API server alone, as when it is killed. */
  async endApiServer(): Promise<void> {
    await this.api?.kill("SIGKILL");
    this.api = undefined;
  }

  /** Waits until it votes. @throws Error with etcd's last words when it does not */
  async untilVoting(seconds = 60): Promise<void> {
    for (let waited = 0; waited < seconds * 5; waited += 1) {
      if (this.votes) return;
      if (this.running?.hasEnded() === true) break;
      await delay(200);
    }
    throw new Error(`${this.name} does not vote: ${this.log().slice(-2000)}`);
  }

  get hasEnded(): boolean {
    return this.running?.hasEnded() ?? true;
  }

  /** Ends what runs, by power loss or in order. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    await this.vote?.kill("SIGKILL");
    await this.endApiServer();
    await this.running?.kill(signal);
    this.running = undefined;
  }

  /** Has etcd stand still, as on a disk that answers nothing, or go on. */
  hold(isHeld: boolean): void {
    this.running?.signal(isHeld ? "SIGSTOP" : "SIGCONT");
  }

  /** Gives it a new volume: what was on the old one is gone. */
  loseVolume(): void {
    fs.rmSync(path.join(this.root, "var/lib/etcd"), { recursive: true, force: true });
  }

  /** Runs one of its scripts on the machine. */
  async execute(script: string, ...args: readonly string[]): Promise<Ended> {
    const program = path.join(this.root, "opt/kovhernetes/lib", script);
    return execa("ip", ["netns", "exec", this.place, program, ...args], { reject: false, stdin: "ignore" });
  }

  /** Runs etcdctl on the machine, against its own etcd. */
  async etcdctl(...args: readonly string[]): Promise<Ended> {
    const pki = path.join(this.root, "etc/etcd/pki");
    const files = [
      "--cacert",
      `${pki}/ca.crt`,
      "--cert",
      `${pki}/health-client.crt`,
      "--key",
      `${pki}/health-client.key`,
    ];
    const command = [path.join(this.programs, "etcdctl"), "--endpoints=https://127.0.0.1:2379", ...files, ...args];
    return execa("ip", ["netns", "exec", this.place, ...command], { reject: false, stdin: "ignore" });
  }

  /** What etcd said. */
  log(): string {
    return fs.readFileSync(path.join(this.root, "etcd.log"), "utf8");
  }

  /** What was put on its console. */
  console(): string {
    const file = path.join(this.root, "console");
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  }

  private directives(unit: string, name: string): readonly string[] {
    const text = this.units.get(`${unit}.service`) ?? "";
    return unitDirectives(text, "Service").flatMap(([found, value]) => (found === name ? [value] : []));
  }

  /** What the unit's environment files set, as systemd reads them. */
  private environment(): Readonly<Record<string, string>> {
    const files = this.directives("etcd", "EnvironmentFile").map((file) => file.replace(/^-/, ""));
    const texts = files.filter((file) => fs.existsSync(file)).map((file) => fs.readFileSync(file, "utf8"));
    const lines = texts.flatMap((text) => text.split("\n")).filter(Boolean);
    return Object.fromEntries(
      lines.map((line) => {
        const [, name = "", value = ""] = /^(\w+)="(.*)"$/.exec(line) ?? [];
        return [name, value];
      }),
    );
  }

  private run(name: string, command: readonly string[], env: Readonly<Record<string, string>>): Running {
    return runIn(this.place, path.join(this.root, `${name}.log`), command, env);
  }
}

/** The proxy of a machine that is no master, in the masters' network. */
export class ApiProxy {
  private running: Running | undefined;

  constructor(
    private readonly root: string,
    private readonly network: string,
    private readonly issued: Awaited<ReturnType<typeof issueTable>>,
    private readonly apiServers: readonly string[],
  ) {}

  /** Writes its configuration as user data has it, and starts it by its unit's command. @throws ExecaError when it refuses its configuration */
  async start(): Promise<void> {
    const files = parseUserData(renderNode({ ...nodeDescription, apiServers: this.apiServers })).files;
    const pki = path.join(this.root, "pki");
    fs.mkdirSync(pki, { recursive: true });
    const moved = (text: string): string => text.replaceAll("/etc/kubernetes/pki", pki);
    const { authorities } = this.issued;
    const kubelet = await authorities.kubernetes.issue({
      ...{ commonName: "system:node:test-default-0", organization: "system:nodes", dnsNames: [], ipAddresses: [] },
      usages: ["client_auth"],
    });
    fs.writeFileSync(path.join(pki, "ca.crt"), authorities.kubernetes.pair.certificate);
    fs.writeFileSync(path.join(pki, "kubelet.crt"), kubelet.certificate);
    fs.writeFileSync(path.join(pki, "kubelet.key"), kubelet.privateKey, { mode: 0o600 });
    const configuration = path.join(this.root, "api-proxy.cfg");
    fs.writeFileSync(configuration, moved(files.get("/etc/kovhernetes/api-proxy.cfg")?.content ?? ""));
    await execa("/usr/sbin/haproxy", ["-c", "-f", configuration]);
    // `-Ws` tells systemd, which is not here.
    this.running = runIn(this.network, this.logFile, ["/usr/sbin/haproxy", "-W", "-f", configuration], {});
  }

  async stop(): Promise<void> {
    await this.running?.kill("SIGTERM");
  }

  /** What it said. */
  log(): string {
    return fs.readFileSync(this.logFile, "utf8");
  }

  private get logFile(): string {
    return path.join(this.root, "haproxy.log");
  }
}

function runIn(
  place: string,
  file: string,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Running {
  const log = { file, append: true };
  const child = execa("ip", ["netns", "exec", place, ...command], {
    ...{ reject: false, stdin: "ignore", stdout: log, stderr: log, env },
  });
  let ended = false;
  const end = child.then(() => {
    ended = true;
  });
  return {
    kill: async (signal) => {
      child.kill(signal);
      await end;
    },
    signal: (signal) => child.kill(signal),
    hasEnded: () => ended,
  };
}

async function ip(...args: readonly string[]): Promise<void> {
  await execa("ip", args);
}
