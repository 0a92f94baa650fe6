import type { ChangePlan } from "./change-plan";
import { plannedResources, types } from "./planned-resources";
import { nothingToSay, together, warn, type Verdict } from "./verdict";

/** Says of etcd's volumes that grow how they do, and what is left to the user. */
export function announceGrowth(plan: ChangePlan): Verdict {
  const wanted = plan.config.masters.etcdVolume?.sizeGiB ?? 0;
  const volumes = plannedResources(plan).filter(({ type }) => type === types.volume);
  return together(
    volumes.map(({ type, name, cloudName }) => {
      const size = plan.state.find((one) => one.type === type && one.name === name)?.outputs.size;
      return typeof size !== "number" || wanted <= size
        ? nothingToSay
        : warn(
            `${cloudName} grows from ${size} to ${wanted} GiB while etcd runs on it. ${fileSystemText(plan, cloudName)} ` +
              "Where the cloud cannot grow a volume in use, the update ends before any machine is stopped: see docs/operations.md.",
          );
    }),
  );
}

/** How the file system comes to have the new size: machines from before they named no key pair do nothing about it themselves. */
function fileSystemText({ machines }: ChangePlan, volume: string): string {
  const master = machines.find(({ plan: { hostName } }) => `${hostName}-etcd` === volume);
  return master?.change === "keep" && master.record?.keyPair !== undefined
    ? `Its file system does not follow by itself before the master's next generation: run \`sudo resize2fs /dev/kovhernetes/etcd\` on ${master.plan.hostName}.`
    : "Its file system follows within a minute.";
}
