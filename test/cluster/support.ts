import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import {
  clusterConfiguration,
  clusterStack,
  saveKubeconfig,
  type ClusterOutputs,
} from "../../lab/lib/cluster-stack.ts";
import type { Mirror } from "../../lab/mirror/mirror.ts";
import { prepareParts, startMachineCloud } from "../../lab/lib/prepare.ts";
import { repositoryRoot } from "../../lab/lib/paths.ts";
import type { LabStack } from "../../lab/lib/stack.ts";
import { Stages } from "../../lab/lib/stages.ts";
import { findCloud, stopCloud, type Cloud } from "../../lab/openstack/cloud.ts";
import { word } from "../../commands/shared/remote.ts";

/** The cluster of `npm start`, and how to act on it as its administrator. */
export class RunningCluster {
  private constructor(
    readonly cloud: Cloud,
    readonly stack: LabStack,
    readonly outputs: ClusterOutputs,
    private readonly mirror: Mirror,
    private readonly wasRunning: boolean,
  ) {}

  /**
   * Uses the lab's cluster when one runs, else makes it.
   * @param changes what its configuration has beyond that of `npm start`
   * @param kubernetes releases of Kubernetes that machines can download, when others than the lab's own
   * @throws Error with the machines' own words when `up` fails.
   */
  static async start(
    changes: Readonly<Record<string, unknown>> = {},
    kubernetes?: readonly string[],
  ): Promise<RunningCluster> {
    const earlier = findCloud("lab")?.incarnation;
    const stages = new Stages();
    const parts = await prepareParts(stages, kubernetes);
    const cloud = await startMachineCloud(parts, stages);
    const wasRunning = earlier === cloud.incarnation;
    try {
      const stack = await clusterStack(parts, cloud, changes);
      await stages.run("pulumi up", () => stack.run(["up", "--yes", "--skip-preview"], { show: true }));
      const outputs = await saveKubeconfig(stack);
      return new RunningCluster(cloud, stack, outputs, parts.mirror, wasRunning);
    } catch (error) {
      const consoles = await machineConsoles(cloud);
      if (!wasRunning) await stopCloud("lab", () => undefined);
      throw new Error(`the cluster did not come up: ${String(error)}\n${consoles}`, { cause: error });
    }
  }

  /** Removes the cluster, unless it was there before. */
  async stop(): Promise<void> {
    await this.endConnections();
    if (!this.wasRunning) {
      await stopCloud("lab", () => undefined);
      this.stack.forget();
    }
  }

  /** Changes the stack's configuration from what `npm start` gives it. */
  async configure(changes: Readonly<Record<string, unknown>>): Promise<void> {
    await this.stack.configure({ ...(await clusterConfiguration(this.mirror, this.cloud, this.stack)), ...changes });
  }

  /** Gives what `up` said. @throws Error with the machines' own words when it fails. */
  async up(): Promise<string> {
    let said: string;
    try {
      said = await this.stack.run(["up", "--yes", "--skip-preview"], { show: true });
    } catch (error) {
      throw new Error(`up failed: ${String(error)}\n${await machineConsoles(this.cloud)}`, { cause: error });
    }
    await saveKubeconfig(this.stack);
    return said;
  }

  /** Runs `up` as somebody who presses Ctrl-C once the output says something. A second time would end it at once and leave its lock. */
  async upUntil(says: RegExp): Promise<{ readonly output: string; readonly exitCode: number | undefined }> {
    const { program, args, options } = this.stack.command(["up", "--yes", "--skip-preview"]);
    const up = execa(program, args, { ...options, stdin: "ignore", all: true, reject: false });
    let isTold = false;
    up.all.on("data", (chunk: Buffer) => {
      process.stdout.write(chunk);
      if (isTold || !says.test(chunk.toString())) return;
      isTold = true;
      up.kill("SIGINT");
    });
    const { all, exitCode } = await up;
    return { output: all, exitCode };
  }

  /** The checksums that the stack pins, with another one for a release file. @param name part of the file's address */
  checksumsWith(name: string, checksum: string): Readonly<Record<string, string>> {
    const pinned = Object.entries(this.mirror.checksums);
    return Object.fromEntries(pinned.map(([file, own]) => [file, file.includes(name) ? checksum : own]));
  }

  /** Runs the cloud's own client as the user of the stack. */
  async openstack(...args: readonly string[]): Promise<string> {
    return this.cloud.exec(["openstack", ...args], { environment: this.cloud.environment, timeout: 60 });
  }

  /** The same as the cloud's own administrator. */
  async openstackAsAdministrator(...args: readonly string[]): Promise<string> {
    return this.cloud.exec(["openstack", ...args], { environment: this.cloud.adminEnvironment, timeout: 60 });
  }

  get kubectlProgram(): string {
    return path.join(this.mirror.bin, "kubectl");
  }

  async kubectl(args: readonly string[], input?: string): Promise<string> {
    const { stdout } = await execa(this.kubectlProgram, ["--kubeconfig", this.stack.kubeconfigFile, ...args], {
      ...(input === undefined ? { stdin: "ignore" } : { input }),
    });
    return stdout;
  }

  /** Starts `kubectl` and leaves it running; the caller ends it. */
  kubectlProcess(args: readonly string[]) {
    return execa(this.kubectlProgram, ["--kubeconfig", this.stack.kubeconfigFile, ...args], { reject: false });
  }

  async json<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.kubectl([...args, "-o", "json"])) as T;
  }

  machine(role: "master" | "node"): ClusterOutputs["machines"][number] & { publicAddress: string } {
    const machine = this.outputs.machines.find((candidate) => candidate.role === role);
    if (machine?.publicAddress === undefined) throw new Error(`no ${role} with a public address`);
    return { ...machine, publicAddress: machine.publicAddress };
  }

  /** Runs a shell command as root on a machine. */
  async ssh(role: "master" | "node", command: string): Promise<string> {
    const { stdout } = await execa("ssh", [
      ...["-i", this.stack.sshKeyFile, "-o", "BatchMode=yes", "-o", "ConnectTimeout=20", "-o", "LogLevel=ERROR"],
      ...["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", ...this.sharedConnection],
      `debian@${this.machine(role).publicAddress}`,
      `sudo sh -c ${word(command)}`,
    ]);
    return stdout;
  }

  /**
   * One connection for all that goes to a machine: an emulated one takes seconds for the keys of each. It ends ten minutes after the last use,
   * and where the machine is gone.
   */
  private get sharedConnection(): readonly string[] {
    const options = [`ControlPath=${this.stack.directory}/ssh-%h`, "ControlMaster=auto", "ControlPersist=600"];
    return [...options, "ServerAliveInterval=10"].map((option) => `-o${option}`);
  }

  private async endConnections(): Promise<void> {
    for (const name of fs.readdirSync(this.stack.directory).filter((one) => one.startsWith("ssh-"))) {
      await execa("ssh", ["-O", "exit", "-o", `ControlPath=${this.stack.directory}/${name}`, "machine"], {
        reject: false,
      });
    }
  }

  /** Runs a command of the administrator's, such as `status`, on the cluster's stack. */
  administer(command: "diagram" | "restore-drill" | "rotate" | "status" | "verify", ...options: readonly string[]) {
    const { name, environment, configFile } = this.stack;
    const args = [
      path.join(repositoryRoot, "commands", command, "main.ts"),
      "--stack",
      name,
      "--config-file",
      configFile,
      ...options,
    ];
    return execa(process.execPath, args, { cwd: repositoryRoot, env: environment, reject: false });
  }

  /** Options by which these commands reach the machines. */
  sshOptions(key = this.stack.sshKeyFile): readonly string[] {
    const shared = key === this.stack.sshKeyFile ? this.sharedConnection : [];
    const options = [`-i${key}`, "-oUserKnownHostsFile=/dev/null", "-oLogLevel=ERROR", ...shared];
    return options.map((option) => `--ssh-option=${option}`);
  }

  /** Waits until `look` gives a value; the last error says why it did not. */
  async eventually<T>(what: string, minutes: number, look: () => Promise<T | undefined>): Promise<T> {
    const deadline = Date.now() + minutes * 60_000;
    let last = "nothing seen";
    while (Date.now() < deadline) {
      try {
        const value = await look();
        if (value !== undefined) return value;
      } catch (error) {
        last = error instanceof Error ? error.message.slice(0, 500) : String(error);
      }
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
    throw new Error(`${what} did not happen within ${String(minutes)} minutes: ${last}`);
  }

  /** The authority's certificate out of the kubeconfig, as a file. */
  authorityFile(): string {
    const data = /certificate-authority-data: (\S+)/.exec(this.outputs.kubeconfig)?.[1] ?? "";
    const file = path.join(this.stack.directory, "authority.pem");
    fs.writeFileSync(file, Buffer.from(data, "base64"));
    return file;
  }
}

/** The last lines of every machine's console, where its stages and failures stand. */
async function machineConsoles(cloud: Cloud): Promise<string> {
  const openstack = (...args: string[]) =>
    cloud.exec(["openstack", ...args], { environment: cloud.environment, timeout: 60 });
  try {
    const servers = JSON.parse(await openstack("server", "list", "-f", "json")) as { Name: string; Status: string }[];
    const logs = servers.map(async ({ Name, Status }) => {
      const log = await openstack("console", "log", "show", "--lines", "60", Name);
      return `── ${Name}, ${Status} ──\n${log}`;
    });
    return (await Promise.all(logs)).join("\n");
  } catch (error) {
    return `no console could be read: ${String(error)}`;
  }
}

/**
 * A workload of one pod, `NAME-0`, of upstream's test image on a given node, and the service `NAME` in front of it. A controller's, since
 * a pod by itself ends for good when its node shuts down in order.
 */
export function testWorkload(name: string, node: string, image: string): string {
  const labels = { test: name };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "List",
    items: [
      {
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        metadata: { name },
        spec: {
          serviceName: name,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              nodeSelector: { "kubernetes.io/hostname": node },
              terminationGracePeriodSeconds: 1,
              containers: [{ name: "agnhost", image, args: ["netexec", "--http-port=8080", "--udp-port=8081"] }],
            },
          },
        },
      },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name },
        spec: { selector: { test: name }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
      },
    ],
  });
}
