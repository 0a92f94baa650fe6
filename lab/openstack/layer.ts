import * as fs from "node:fs";
import * as path from "node:path";
import { cached, hashTree } from "../lib/cache.ts";
import { capture, runLogged, type Report } from "../lib/process.ts";
import { addressesOf, type Addresses } from "./addresses.ts";
import { CloudClient } from "./client.ts";
import { enterCommand, startContainer, stopContainer, type Init } from "./container.ts";
import { waitUntilHealthy, waitUntilKeystoneAnswers } from "./health.ts";
import { authUrlOf, environmentOf, seedIdentity } from "./identity.ts";
import { checkAddressesFree } from "./network.ts";
import { supervisorConfiguration, type Driver, type Program } from "./programs.ts";
import { createVolumeType, ensureFlavors, labFlavors } from "./resources.ts";

const files = path.join(import.meta.dirname, "layer/files");
const sources = ["enter.sh", "identity.ts", "layer.ts", "programs.ts", "resources.ts"];

/**
 * Gives the cached layer that lies over the packages' root file system: configuration, databases with their schemas,
 * users, catalogue and flavors. Made by running a cloud once (about 2½ minutes); no address in it is final.
 */
export async function ensureInitialisedLayer(root: string, report: Report): Promise<string> {
  const hashes = sources.map((file) => hashTree(path.join(import.meta.dirname, file)));
  const directory = await cached(
    {
      name: "openstack-layer",
      key: [root, hashTree(files), ...hashes],
      verify: "mark",
      build: (partial, progress) => initialise(partial, root, progress),
    },
    report,
  );
  return path.join(directory, "upper");
}

/** Writes supervisord's programs into a layer. */
export function writePrograms(upper: string, addresses: Addresses, driver: Driver, extra: readonly Program[]): void {
  const folder = path.join(upper, "etc/supervisor/conf.d");
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "cloud.conf"), supervisorConfiguration(addresses, driver, extra));
}

async function initialise(directory: string, root: string, report: Report): Promise<void> {
  const addresses = addressesOf("layer");
  await stopContainer(addresses);
  await checkAddressesFree(addresses);
  const upper = path.join(directory, "upper");
  fs.cpSync(files, upper, { recursive: true });
  writePrograms(upper, addresses, "qemu", []);
  const init = await startContainer({ addresses, directory, lowers: [root], binds: [] });
  try {
    await fill(init, addresses, report);
    await capture("sync", []);
  } finally {
    await stopContainer(addresses);
  }
  for (const name of ["work", "merged", "container.log"]) {
    fs.rmSync(path.join(directory, name), { recursive: true, force: true });
  }
  // A cloud's logs begin with its own start.
  await capture("find", [path.join(upper, "var/log"), "-type", "f", "-delete"]);
}

async function fill(init: Init, addresses: Addresses, report: Report): Promise<void> {
  const run = (...command: string[]) =>
    runLogged({ command: enterCommand(init, command), log: "openstack-layer", report });
  const admin = new CloudClient(environmentOf(addresses, "admin"));
  report("initialising the cloud's databases");
  await run("/opt/cloud/initialise.sh", authUrlOf(addresses));
  // The other services ask Keystone for tokens as soon as they start.
  await run("supervisorctl", "start", "service:keystone");
  await waitUntilKeystoneAnswers(admin, 60);
  report("creating users and the service catalogue");
  await seedIdentity(admin, addresses);
  await run("supervisorctl", "start", "service:*");
  await waitUntilHealthy(admin, "answers", 600, report);
  await run("supervisorctl", "start", "agent:*");
  await waitUntilHealthy(admin, "everything", 600, report);
  await run("nova-manage", "cell_v2", "discover_hosts");
  await ensureFlavors(admin, labFlavors);
  await createVolumeType(admin);
  // The databases are all that has to end well; the rest is killed with the namespaces.
  report("stopping the initialised cloud");
  await run("supervisorctl", "stop", "base:*");
}
