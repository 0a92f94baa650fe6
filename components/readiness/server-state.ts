/** What becomes of a server in a state of Nova's, as far as its machine runs. */
type Standing =
  /** Its machine runs. */
  | { readonly is: "running" }
  /** Its machine does not run, and nothing is in its memory. */
  | { readonly is: "off"; readonly remedy?: string }
  /** The cloud is doing something to it, and it becomes one of the others by itself. */
  | { readonly is: "passing" }
  /** Its machine runs, or could go on where it was, in a way in which Nova shuts nothing down: somebody has to end that. */
  | { readonly is: "held"; readonly remedy: string }
  /** Nova does not tell whether its machine runs. */
  | { readonly is: "failed" };

/**
 * Every status that Nova gives to a server: https://docs.openstack.org/api-ref/compute/#list-servers and
 * https://docs.openstack.org/api-guide/compute/server_concepts.html. Those from which it takes `os-stop` are ACTIVE and ERROR
 * (https://docs.openstack.org/api-ref/compute/#stop-server-os-stop-action).
 */
const standings: Readonly<Record<string, Standing>> = {
  ACTIVE: { is: "running" },
  BUILD: { is: "passing" },
  DELETED: { is: "off" },
  ERROR: { is: "failed" },
  HARD_REBOOT: { is: "passing" },
  MIGRATING: { is: "passing" },
  PASSWORD: { is: "passing" },
  PAUSED: { is: "held", remedy: "openstack server unpause" },
  REBOOT: { is: "passing" },
  REBUILD: { is: "passing" },
  RESCUE: { is: "held", remedy: "openstack server unrescue" },
  RESIZE: { is: "passing" },
  REVERT_RESIZE: { is: "passing" },
  SHELVED: { is: "off", remedy: "openstack server unshelve" },
  SHELVED_OFFLOADED: { is: "off", remedy: "openstack server unshelve" },
  SHUTOFF: { is: "off", remedy: "openstack server start" },
  SOFT_DELETED: { is: "off", remedy: "openstack server restore" },
  SUSPENDED: { is: "held", remedy: "openstack server resume" },
  UNKNOWN: { is: "failed" },
  VERIFY_RESIZE: { is: "held", remedy: "openstack server resize confirm" },
};

/**
 * How a server stands. A status that is not in Nova's reference counts as failed: what it means is not known.
 * @param status Nova's, for instance `ACTIVE`; `undefined` when it knows no such server
 */
export function serverStanding(status: string | undefined): Standing {
  return status === undefined ? { is: "off" } : (standings[status] ?? { is: "failed" });
}

/**
 * What keeps a server from being a machine that runs, in one line; `undefined` where nothing does.
 * @param status Nova's, for instance `ACTIVE`; `undefined` when it knows no such server
 */
export function serverProblem(status: string | undefined, hostName: string): string | undefined {
  if (status === undefined || status === "DELETED") {
    return "its server is gone from the cloud: `pulumi up --refresh` makes a new one";
  }
  if (status === "ERROR") {
    return `the cloud has its server in state ERROR: \`openstack server show -c fault ${hostName}\` says why`;
  }
  // A machine whose resize waits for its confirmation runs.
  if (status === "VERIFY_RESIZE") return undefined;
  const standing = serverStanding(status);
  const remedy = "remedy" in standing ? standing.remedy : undefined;
  return remedy === undefined ? undefined : `its server is ${status}: \`${remedy} ${hostName}\` lets it run again`;
}
