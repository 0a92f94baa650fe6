import { groupKey, newServers, type ChangePlan, type PlannedChange } from "./change-plan";
import { valueOf } from "../cloud/answer";
import type { CloudFacts, FlavorFacts, ImageFacts } from "../cloud/facts";
import { keyOf } from "./names";
import { nothingToSay, refuse, together, warn, type Verdict } from "./verdict";

/**
 * The smallest flavor on which a machine of each role works. Of masters, kubeadm's own limits (`ControlPlaneNumCPU` and
 * `ControlPlaneMem` in cmd/kubeadm/app/constants); of nodes, a machine sold as one of 1 GB; the disk is that of the smallest
 * machines that this program is tested with.
 */
export const smallestFlavors: Readonly<Record<"master" | "node", FlavorFacts>> = {
  master: { cores: 2, memoryMiB: 1700, diskGiB: 8 },
  node: { cores: 1, memoryMiB: 900, diskGiB: 8 },
};

const bytesPerGiB = 2 ** 30;

/** Flavors that are too small for the role of a new server, or for its image. */
export function judgeSizes(plan: ChangePlan, facts: CloudFacts): Verdict {
  // The machines of a pool are all alike.
  const groups = new Map(newServers(plan).map((machine) => [groupKey(machine.plan), machine]));
  return together([...groups.values()].map((machine) => judgeGroup(plan, machine, facts)));
}

function judgeGroup(plan: ChangePlan, machine: PlannedChange, facts: CloudFacts): Verdict {
  const { role, shape } = machine.plan;
  const flavor = valueOf(facts.flavors.get(shape.flavor)?.answer);
  const image = valueOf(facts.images.get(shape.image)?.answer);
  if (flavor === undefined) return nothingToSay;
  const least = leastOf(role, image);
  const lacks = [
    lack(`${flavor.cores} ${flavor.cores === 1 ? "core" : "cores"}`, flavor.cores, least.cores),
    lack(`${flavor.memoryMiB} MiB of memory`, flavor.memoryMiB, least.memoryMiB),
    // A disk of 0 is one as large as the image, where the cloud permits that at all.
    flavor.diskGiB === 0 ? undefined : lack(`${flavor.diskGiB} GiB of disk`, flavor.diskGiB, least.diskGiB),
  ].filter((one) => one !== undefined);
  const key = keyOf(plan, machine, "flavor");
  if (lacks.length > 0) {
    const what = role === "master" ? "a master" : `nodes of ${groupKey(machine.plan).replace("nodePools.", "pool ")}`;
    return refuse(
      key,
      shape.flavor,
      `is too small for ${what} with image ${shape.image}: it has ${lacks.join(", ")}`,
      remedyOf(least, facts),
    );
  }
  return flavor.diskGiB === 0
    ? warn(
        `Flavor ${shape.flavor} (${key}) has no disk of its own: most clouds refuse servers of it that boot from an image.`,
      )
    : nothingToSay;
}

/** What a machine needs: what its role needs, and what its image asks for. */
function leastOf(role: "master" | "node", image: ImageFacts | undefined): FlavorFacts {
  const { cores, memoryMiB, diskGiB } = smallestFlavors[role];
  return {
    cores,
    memoryMiB: Math.max(memoryMiB, image?.minMemoryMiB ?? 0),
    diskGiB: Math.max(diskGiB, image?.minDiskGiB ?? 0, Math.ceil((image?.sizeBytes ?? 0) / bytesPerGiB)),
  };
}

/** Most flavors that a remedy names. */
const longestList = 3;

function remedyOf(least: FlavorFacts, { flavorList }: CloudFacts): string {
  const enough = [...(valueOf(flavorList) ?? [])]
    .filter(([, { cores, memoryMiB, diskGiB }]) => {
      return cores >= least.cores && memoryMiB >= least.memoryMiB && diskGiB >= least.diskGiB;
    })
    .toSorted(([, one], [, other]) => one.memoryMiB - other.memoryMiB || one.cores - other.cores)
    .map(([name]) => name)
    .slice(0, longestList);
  const list = `\`openstack flavor list --min-ram ${least.memoryMiB} --min-disk ${least.diskGiB}\``;
  const size = `${least.cores} ${least.cores === 1 ? "core" : "cores"}, ${least.memoryMiB} MiB of memory and ${least.diskGiB} GiB of disk`;
  return `choose a flavor with at least ${size}: ${enough.length === 0 ? list : `${enough.join(" or ")}, or another of ${list}`}`;
}

function lack(text: string, has: number, least: number): string | undefined {
  return has >= least ? undefined : `${text} (${least} needed)`;
}
