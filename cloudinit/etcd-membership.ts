import { publicFile, scriptFile, type MachineFile } from "./files";
import type { MasterDescription } from "./machine";
import { etcdMembership, etcdPki, etcdVotes, scripts, systemdUnits } from "./paths";
import { commandLine, renderEnvironment, renderUnit, type Flags } from "./units";

const clientPort = 2379;
const peerPort = 2380;
const script = `${scripts}/etcd-member.sh`;
const promoteUnit = "kovhernetes-etcd-vote.service";

/** Whether there are other members than this master's etcd, or are to be. */
export function hasOtherMembers({ masters }: MasterDescription): boolean {
  return masters.length > 1;
}

/** Who this member is, and who the others are: the same for a new cluster and a restored one. */
export function membership({ address, hostName, masters, clusterName }: MasterDescription) {
  return {
    name: hostName,
    "initial-advertise-peer-urls": peerUrl(address),
    "initial-cluster": masters.map((master) => `${master.hostName}=${peerUrl(master.address)}`).join(","),
    "initial-cluster-token": clusterName,
  };
}

/** The flags by which a member says who it is. With whom it forms a cluster, or which one it joins, is found out on the machine where there are several. */
export function memberFlags(description: MasterDescription): Flags {
  const { "initial-cluster": cluster, ...own } = membership(description);
  return hasOtherMembers(description) ? own : { ...own, "initial-cluster": cluster, "initial-cluster-state": "new" };
}

/** What etcd's unit runs before it starts, and files of variables that it reads, besides; nothing where it is alone. */
export function memberPreparation(description: MasterDescription) {
  return hasOtherMembers(description)
    ? { prepare: [commandLine(script, "join")], environment: [etcdMembership] }
    : { prepare: [], environment: [] };
}

/** Whether this master makes the key that encrypts Secrets: the first one of a new cluster. All others get that one's. */
export function makesEncryptionKey(description: MasterDescription): boolean {
  const { hostName, masters, etcdFormation } = description;
  return !hasOtherMembers(description) || (etcdFormation === "new" && masters[0]?.hostName === hostName);
}

/** What has to be there before the API server starts, besides: a member that does not vote yet answers none of its questions. */
export function memberNeeds(description: MasterDescription): { readonly after: string[]; readonly needs: string[] } {
  return hasOtherMembers(description) ? { after: [promoteUnit], needs: [etcdVotes] } : { after: [], needs: [] };
}

/** Files by which etcd's members find each other; none where it is alone. */
export function membershipFiles(description: MasterDescription): readonly MachineFile[] {
  if (!hasOtherMembers(description)) return [];
  const { name, "initial-cluster": founders } = membership(description);
  const others = description.masters.filter(({ hostName }) => hostName !== description.hostName);
  return [
    scriptFile("etcd-member.sh"),
    publicFile(
      "/etc/kovhernetes/etcd-member.env",
      renderEnvironment({
        NAME: name,
        PEER: peerUrl(description.address),
        OTHERS: others.map(({ address }) => `https://${address}:${clientPort}`).join(" "),
        FORMATION: description.etcdFormation ?? "join",
        FOUNDERS: founders,
        ETCDCTL_CACERT: `${etcdPki}/ca.crt`,
        ETCDCTL_CERT: `${etcdPki}/health-client.crt`,
        ETCDCTL_KEY: `${etcdPki}/health-client.key`,
      }),
    ),
    publicFile(
      `${systemdUnits}/${promoteUnit}`,
      renderUnit({
        Unit: {
          Description: "Vote of this member of etcd",
          Wants: "etcd.service",
          After: "etcd.service",
          StartLimitIntervalSec: "0",
        },
        Service: {
          Type: "oneshot",
          RemainAfterExit: "yes",
          ExecStart: commandLine(script, "promote"),
          // A large database takes its time to come.
          TimeoutStartSec: "infinity",
          Restart: "on-failure",
          RestartSec: "5",
        },
      }),
    ),
  ];
}

function peerUrl(address: string): string {
  return `https://${address}:${peerPort}`;
}
