import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { lock } from "../lib/cache.ts";
import { stateRoot } from "../lib/paths.ts";
import { capture, type Report } from "../lib/process.ts";
import { addressesOf, instances, type Addresses } from "./addresses.ts";
import { CloudClient, type Environment } from "./client.ts";
import { enterCommand, isRunning, startContainer, stopContainer, type Bind, type Init } from "./container.ts";
import { waitUntilHealthy } from "./health.ts";
import { checkHostCapacity } from "./host-check.ts";
import { authUrlOf, ensureProject, environmentOf } from "./identity.ts";
import { ensureImage, type GuestImage } from "./images.ts";
import { ensureInitialisedLayer, writePrograms } from "./layer.ts";
import { checkAddressesFree } from "./network.ts";
import type { Driver, Program } from "./programs.ts";
import { outsideResolver } from "./resolver.ts";
import {
  createExternalNetwork,
  ensureFlavors,
  externalNetwork,
  setSmallQuota,
  type Flavor,
  type SmallQuota,
} from "./resources.ts";
import { ensureCloudRoot } from "./root.ts";

export { ensureCloudRoot } from "./root.ts";

/** What a cloud is to be. */
export interface CloudOptions {
  /** Decides the addresses; see addresses.ts for the names there are. */
  readonly instance: string;
  readonly driver: Driver;
  /** Directories of the host, shown read-only inside. */
  readonly binds?: readonly Bind[];
  /** Programs run beside the cloud's own, from the moment its namespaces exist. */
  readonly programs?: readonly Program[];
}

/** A running cloud. */
export interface Cloud {
  readonly instance: string;
  /** Differs between two starts: what was made in an earlier cloud of this name is gone. */
  readonly incarnation: string;
  readonly addresses: Addresses;
  readonly authUrl: string;
  /** `OS_*` variables of an unprivileged user (role member) of the project `lab`. */
  readonly environment: Environment;
  readonly adminEnvironment: Environment;
  /** Name of the network that floating addresses come from, and on which machines may have an interface. */
  readonly externalNetwork: string;
  /** Directory of the host with everything the cloud has written; its logs are below `var/log`. */
  readonly files: string;
  /** Runs a command in the cloud's namespaces and root file system; gives its standard output. */
  exec(command: readonly string[], options?: ExecOptions): Promise<string>;
  ensureImage(image: GuestImage, report: Report): Promise<void>;
  ensureFlavors(flavors: readonly Flavor[]): Promise<void>;
  /** Sets the limits of the project `small`. */
  setSmallQuota(quota: SmallQuota): Promise<void>;
  /** The like of `environment` for a project of another name, made when it is not there. */
  project(name: string): Promise<Environment>;
}

/** How {@link Cloud.exec} runs its command. */
export interface ExecOptions {
  /** Added to an otherwise clean environment. */
  readonly environment?: Environment;
  /** In seconds; none by default. */
  readonly timeout?: number;
}

interface State {
  readonly init: Init;
  /** Hash of all that the cloud was started with. */
  readonly fingerprint: string;
  readonly incarnation: string;
}

/**
 * Gives a healthy running cloud: the one there is when it was started with the same settings, else a new and empty one.
 * A new one takes about a minute, and about ten the first time on a machine.
 * @throws Error when the machine lacks disk, memory or the addresses, or when a service does not come up.
 */
export async function startCloud(options: CloudOptions, report: Report): Promise<Cloud> {
  const addresses = addressesOf(options.instance);
  const root = await ensureCloudRoot(report);
  const layer = await ensureInitialisedLayer(root, report);
  const fingerprint = crypto
    .createHash("sha256")
    .update(JSON.stringify([layer, options]))
    .digest("hex");
  return exclusively(options.instance, report, async () => {
    const running = await findHealthy(options.instance, addresses, fingerprint, report);
    if (running !== undefined) return describe(options.instance, addresses, running);
    await remove(options.instance);
    const directory = directoryOf(options.instance);
    checkHostCapacity(path.dirname(directory), options.driver);
    await checkAddressesFree(addresses);
    fs.mkdirSync(directory, { recursive: true });
    const init = await boot(options, addresses, [layer, root], report).catch((error: unknown) => {
      const logs = path.join(directory, "upper/var/log");
      throw new Error(`the cloud "${options.instance}" did not come up: ${String(error)}\nIts logs: ${logs}`, {
        cause: error,
      });
    });
    const state: State = { init, fingerprint, incarnation: crypto.randomUUID() };
    // Only a cloud that came up entirely has this file; anything less is removed by the next start.
    fs.writeFileSync(stateFile(options.instance), JSON.stringify(state));
    return describe(options.instance, addresses, state);
  });
}

/** Gives a cloud that is running, without a look at its health; `undefined` when there is none. */
export function findCloud(instance: string): Cloud | undefined {
  const state = readState(instance);
  return state !== undefined && isRunning(state.init) ? describe(instance, addressesOf(instance), state) : undefined;
}

/** Removes a cloud and everything in it, in whatever state it is: processes, network, disks, databases. */
export async function stopCloud(instance: string, report: Report): Promise<void> {
  await exclusively(instance, report, async () => {
    report(`stopping the cloud "${instance}"`);
    await remove(instance);
  });
}

/** Removes every cloud of the lab. */
export async function stopAllClouds(report: Report): Promise<void> {
  for (const instance of instances) {
    if (instance === "layer") await stopContainer(addressesOf(instance));
    else await stopCloud(instance, report);
  }
}

async function boot(
  options: CloudOptions,
  addresses: Addresses,
  lowers: readonly string[],
  report: Report,
): Promise<Init> {
  const directory = directoryOf(options.instance);
  const programs = [outsideResolver(addresses), ...(options.programs ?? [])];
  writePrograms(path.join(directory, "upper"), addresses, options.driver, programs);
  report("starting the cloud's database and message queue");
  const init = await startContainer({ addresses, directory, lowers, binds: options.binds ?? [] });
  const run = (...command: string[]) => execute(init, command);
  await run("/opt/cloud/start-base.sh");
  await run("/opt/cloud/adopt.sh", addresses.cloud);
  report("starting the cloud's services");
  await run("supervisorctl", "start", "service:*");
  const admin = new CloudClient(environmentOf(addresses, "admin"));
  await waitUntilHealthy(admin, "answers", 600, report);
  report("starting the cloud's agents");
  await run("supervisorctl", "start", "agent:*");
  await waitUntilHealthy(admin, "everything", 600, report);
  await createExternalNetwork(admin, addresses);
  return init;
}

async function findHealthy(
  instance: string,
  addresses: Addresses,
  fingerprint: string,
  report: Report,
): Promise<State | undefined> {
  const state = readState(instance);
  if (state === undefined || !isRunning(state.init)) return undefined;
  if (state.fingerprint !== fingerprint) {
    report(`the cloud "${instance}" runs with other settings: starting it anew`);
    return undefined;
  }
  try {
    await waitUntilHealthy(new CloudClient(environmentOf(addresses, "admin")), "everything", 90, report);
    return state;
  } catch (error) {
    report(`${error instanceof Error ? error.message : String(error)}: starting it anew`);
    return undefined;
  }
}

function describe(instance: string, addresses: Addresses, state: State): Cloud {
  const adminEnvironment = environmentOf(addresses, "admin");
  const small = new CloudClient(environmentOf(addresses, "small"));
  const admin = new CloudClient(adminEnvironment);
  return {
    instance,
    incarnation: state.incarnation,
    addresses,
    authUrl: authUrlOf(addresses),
    environment: environmentOf(addresses, "lab"),
    adminEnvironment,
    externalNetwork,
    files: path.join(directoryOf(instance), "upper"),
    exec: (command, options = {}) => execute(state.init, command, options),
    // Two that make the same image at the same time would have two of its name.
    ensureImage: (image, report) => exclusively(instance, report, () => ensureImage(admin, image, report)),
    ensureFlavors: (flavors) => ensureFlavors(admin, flavors),
    setSmallQuota: async (quota) => setSmallQuota(admin, await small.projectId(), quota),
    project: async (name) => {
      await ensureProject(admin, name);
      return environmentOf(addresses, name);
    },
  };
}

async function execute(init: Init, command: readonly string[], options: ExecOptions = {}): Promise<string> {
  const [program, ...args] = enterCommand(init, command, options.environment);
  return capture(program, args, options.timeout === undefined ? {} : { timeout: options.timeout * 1000 });
}

async function remove(instance: string): Promise<void> {
  await stopContainer(addressesOf(instance));
  fs.rmSync(directoryOf(instance), { recursive: true, force: true });
}

async function exclusively<Result>(instance: string, report: Report, work: () => Promise<Result>): Promise<Result> {
  fs.mkdirSync(path.dirname(directoryOf(instance)), { recursive: true });
  const release = await lock(`${directoryOf(instance)}.lock`, report);
  try {
    return await work();
  } finally {
    release();
  }
}

function directoryOf(instance: string): string {
  return path.join(stateRoot, "openstack", instance);
}

function stateFile(instance: string): string {
  return path.join(directoryOf(instance), "state.json");
}

function readState(instance: string): State | undefined {
  try {
    return JSON.parse(fs.readFileSync(stateFile(instance), "utf8")) as State;
  } catch {
    return undefined;
  }
}
