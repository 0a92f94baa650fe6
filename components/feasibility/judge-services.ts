import { valueOf } from "../cloud/answer";
import type { CloudFacts } from "../cloud/facts";
import type { ChangePlan } from "./change-plan";
import { nothingToSay, refuse, together, warn, type Verdict } from "./verdict";

/** Whether the services that a cluster is made by are there, and all of them those of one region. */
export function judgeServices(plan: ChangePlan, facts: CloudFacts): Verdict {
  return together([judgeRegion(plan, facts), judgeVolumeService(plan, facts)]);
}

/** Where no region is chosen, the provider takes the first endpoint of each service, in whatever order the catalogue has them. */
function judgeRegion(plan: ChangePlan, { standing }: CloudFacts): Verdict {
  const services = valueOf(standing)?.services;
  if (services === undefined || services.region !== "" || services.regions.length < 2) return nothingToSay;
  const choices = services.regions.map((region) => `\`pulumi config set openstack:region ${region}\``);
  const { compute = "", network = "" } = services.asked;
  const isMixed = new Set(Object.values(services.asked)).size > 1;
  const where = isMixed
    ? `servers would be in ${compute}, networks in ${network}`
    : `all is in ${compute}, which the cloud may change`;
  if (!isMixed && plan.machines.some(({ record }) => record !== undefined)) {
    return warn(
      `openstack:region is not set, and the cloud has the regions ${services.regions.join(", ")}. The machines are in ${compute}: ` +
        `\`pulumi config set openstack:region ${compute}\` keeps them there.`,
    );
  }
  return refuse(
    "openstack:region",
    "(not set)",
    `the cloud has the regions ${services.regions.join(", ")}, and none is chosen: ${where}`,
    `choose one: ${choices.join(" or ")}, or OS_REGION_NAME`,
  );
}

function judgeVolumeService({ config }: ChangePlan, { standing, volumes }: CloudFacts): Verdict {
  const services = valueOf(standing)?.services;
  const { etcdVolume } = config.masters;
  if (services === undefined || etcdVolume === undefined || volumes === undefined || volumes.kind === "known") {
    return nothingToSay;
  }
  const isMissing = services.asked.volumev3 === undefined || /No suitable endpoint/.test(volumes.reason);
  if (!isMissing) return nothingToSay;
  return refuse(
    "etcdVolume",
    `${etcdVolume.sizeGiB} GiB`,
    `the cloud's catalogue has no service for volumes (volumev3)${services.region === "" ? "" : ` in region ${services.region}`}`,
    "set etcdVolume: false, by which the cluster's data is lost with its master, or choose a region that has one",
  );
}
