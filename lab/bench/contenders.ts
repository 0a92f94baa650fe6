import * as fs from "node:fs";
import * as path from "node:path";
import { buildTerraformProvider } from "../engine/build.ts";
import type { Engine } from "../engine/engine.ts";
import { repositoryRoot } from "../lib/paths.ts";
import { capture, type Report } from "../lib/process.ts";
import { LabStack } from "../lib/stack.ts";
import type { Cloud } from "../openstack/cloud.ts";
import type { ContenderName, Work } from "./options.ts";

/** A command to be measured. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly reject?: boolean };
}

/** One way to make the same resources. */
export interface Contender {
  readonly name: ContenderName;
  /** Sets how many nodes the next commands are about. */
  configure(nodes: number): Promise<void>;
  /** How a work is done; `undefined` where there is no such thing. */
  command(work: Work): Command | undefined;
  /** How many resources its state has, and how large it is. */
  state(): Promise<{ readonly resources: number; readonly bytes: number }>;
  forget(): void;
}

/** What contenders need of the lab. */
export interface BenchLab {
  readonly engine: Engine;
  readonly cloud: Pick<Cloud, "environment" | "incarnation" | "externalNetwork"> & {
    readonly addresses: Pick<Cloud["addresses"], "linkCidr">;
  };
  readonly externalNetworkId: string;
  readonly parallel: number | undefined;
  /** What the names of stacks begin with: two at the same time must not have the same. */
  readonly prefix: string;
}

/** What does without a cloud: enough for previews from nothing. */
export function offlineLab(engine: Engine, prefix: string, parallel?: number): BenchLab {
  return {
    engine,
    prefix,
    cloud: {
      // The program asks no cloud; the plugin, and Terraform's provider, have an address and never call it.
      environment: { KOVHERNETES_OFFLINE: "true", OS_AUTH_URL: "https://offline.invalid/v3" },
      incarnation: "offline",
      externalNetwork: "ext",
      addresses: { linkCidr: "10.99.1.0/24" },
    },
    externalNetworkId: "00000000-0000-0000-0000-000000000000",
    parallel,
  };
}

const pulumiWorks: Readonly<Record<Work, readonly string[]>> = {
  start: ["preview"],
  preview: ["preview"],
  "preview-unchanged": ["preview"],
  up: ["up", "--yes", "--skip-preview"],
  "up-unchanged": ["up", "--yes", "--skip-preview"],
  "one-more": ["up", "--yes", "--skip-preview"],
  destroy: ["destroy", "--yes", "--skip-preview"],
};

/** The state of the cloud is not asked for, as `pulumi` does not: plans compare with the state. */
const terraformWorks: Readonly<Partial<Record<Work, readonly string[]>>> = {
  preview: ["plan", "-refresh=false"],
  "preview-unchanged": ["plan", "-refresh=false"],
  up: ["apply", "-refresh=false", "-auto-approve"],
  "up-unchanged": ["apply", "-refresh=false", "-auto-approve"],
  "one-more": ["apply", "-refresh=false", "-auto-approve"],
  destroy: ["destroy", "-refresh=false", "-auto-approve"],
};

/** The program of this repository, making machines without waiting for them: pretended ones never become nodes. */
export async function program(lab: BenchLab): Promise<Contender> {
  const stack = new LabStack(lab.prefix, lab.engine, lab.cloud);
  const settings = {
    image: "pretended",
    flavor: "lab.master",
    hostCidr: "192.168.0.0/22",
    podCidr: "172.16.0.0/12",
    access: "floatingIp",
    externalNetwork: lab.cloud.externalNetwork,
    adminCidrs: [lab.cloud.addresses.linkCidr],
    sshPublicKey: await stack.sshPublicKey(),
    etcdVolume: { enabled: true, sizeGiB: 1 },
    readinessTimeoutMinutes: 0,
    protectData: false,
  };
  // Read, checked and refused, the program does nothing but begin.
  const refused = new LabStack(`${lab.prefix}-start`, lab.engine, lab.cloud);
  await refused.configure({ ...settings, nodes: "none" });
  return {
    ...pulumiContender("program", stack, lab, {}, (nodes) => stack.configure({ ...settings, nodes })),
    command: (work) =>
      work === "start"
        ? {
            ...pulumiCommand(refused, work, lab, {}),
            options: { ...refused.command(["preview"]).options, reject: false },
          }
        : pulumiCommand(stack, work, lab, {}),
    forget: () => {
      stack.forget();
      refused.forget();
    },
  };
}

/** The engine's floor: a loop over the same resources. */
export async function bareLoop(lab: BenchLab): Promise<Contender> {
  const folder = (name: string): string => path.join(repositoryRoot, "lab/bench", name);
  const stack = new LabStack(`${lab.prefix}-bare`, lab.engine, lab.cloud, folder("bare-loop"));
  await stack.configure({});
  const empty = new LabStack(`${lab.prefix}-empty`, lab.engine, lab.cloud, folder("empty"));
  await empty.configure({});
  const environment: Record<string, string> = {
    EXTERNAL_NETWORK_ID: lab.externalNetworkId,
    SSH_PUBLIC_KEY: await stack.sshPublicKey(),
  };
  return {
    ...pulumiContender("bare-loop", stack, lab, environment, (nodes) => {
      environment["NODES"] = String(nodes);
      return Promise.resolve();
    }),
    command: (work) => pulumiCommand(work === "start" ? empty : stack, work, lab, environment),
    forget: () => {
      stack.forget();
      empty.forget();
    },
  };
}

function pulumiContender(
  name: ContenderName,
  stack: LabStack,
  lab: BenchLab,
  environment: Readonly<Record<string, string>>,
  configure: Contender["configure"],
): Contender {
  return {
    name,
    configure,
    command: (work) => pulumiCommand(stack, work, lab, environment),
    state: async () => {
      const text = await stack.run(["stack", "export"]);
      const { deployment } = JSON.parse(text) as { deployment: { resources?: { custom?: boolean }[] } };
      const custom = (deployment.resources ?? []).filter((resource) => resource.custom === true);
      return { resources: custom.length, bytes: Buffer.byteLength(text) };
    },
    forget: () => {
      stack.forget();
    },
  };
}

function pulumiCommand(
  stack: LabStack,
  work: Work,
  { parallel }: BenchLab,
  environment: Readonly<Record<string, string>>,
): Command {
  const limit = parallel === undefined ? [] : ["--parallel", String(parallel)];
  return stack.command([...pulumiWorks[work], ...limit], { ...environment });
}

/** Terraform with the provider that the OpenStack plugin is made from. @throws Error when there is no `terraform`. */
export async function terraform(lab: BenchLab, report: Report): Promise<Contender> {
  const version = await capture("terraform", ["version", "-json"]).catch((cause: unknown) => {
    throw new Error("there is no `terraform` in PATH: leave it out with --contenders program,bare-loop", { cause });
  });
  report(`terraform ${(JSON.parse(version) as { terraform_version: string }).terraform_version}`);
  const provider = await buildTerraformProvider(report);
  const keys = new LabStack(`${lab.prefix}-terraform`, lab.engine, lab.cloud);
  const sshPublicKey = await keys.sshPublicKey();
  const directory = keys.directory;
  fs.cpSync(path.join(repositoryRoot, "lab/bench/terraform"), directory, { recursive: true });
  const settings = path.join(directory, "terraform.rc");
  fs.writeFileSync(
    settings,
    `provider_installation {\n  dev_overrides {\n    "terraform-provider-openstack/openstack" = "${provider}"\n  }\n}\n`,
  );
  const env: Record<string, string> = {
    ...lab.cloud.environment,
    TF_CLI_CONFIG_FILE: settings,
    TF_IN_AUTOMATION: "true",
    TF_INPUT: "false",
    CHECKPOINT_DISABLE: "true",
    TF_VAR_external_network_id: lab.externalNetworkId,
    TF_VAR_ssh_public_key: sshPublicKey,
  };
  // Modules are put into place; `init` would ask a registry for the provider, too.
  await capture("terraform", ["get"], { cwd: directory, env });
  return {
    name: "terraform",
    configure: (nodes) => {
      env["TF_VAR_nodes"] = String(nodes);
      return Promise.resolve();
    },
    command: (work) => {
      const args = terraformWorks[work];
      const limit = lab.parallel === undefined ? [] : [`-parallelism=${String(lab.parallel)}`];
      return args && { program: "terraform", args: [...args, ...limit], options: { cwd: directory, env } };
    },
    state: () => {
      const text = fs.readFileSync(path.join(directory, "terraform.tfstate"), "utf8");
      const { resources } = JSON.parse(text) as { resources: { instances: unknown[] }[] };
      const count = resources.reduce((sum, { instances }) => sum + instances.length, 0);
      return Promise.resolve({ resources: count, bytes: Buffer.byteLength(text) });
    },
    forget: () => {
      keys.forget();
    },
  };
}
