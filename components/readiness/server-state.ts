/** States of a server in which no machine runs, with what ends them: https://docs.openstack.org/api-guide/compute/server_concepts.html */
const remedies: Readonly<Record<string, string>> = {
  SHUTOFF: "openstack server start",
  PAUSED: "openstack server unpause",
  SUSPENDED: "openstack server resume",
  SHELVED: "openstack server unshelve",
  SHELVED_OFFLOADED: "openstack server unshelve",
  RESCUE: "openstack server unrescue",
  SOFT_DELETED: "openstack server restore",
};

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
  const remedy = remedies[status];
  return remedy === undefined ? undefined : `its server is ${status}: \`${remedy} ${hostName}\` lets it run again`;
}
