import * as pulumi from "@pulumi/pulumi";
import { CloudServices, enterByProvider } from "../cloud/services";
import { hasSeveralServers, kubeconfigOfMaster, withContext } from "../readiness/api-servers";
import { ClusterClient, reasonOf } from "../readiness/cluster-client";
import type { ProgressLog } from "../readiness/progress-log";
import type { ExpectedMachine } from "../readiness/stages";
import { waitForApi, waitForNode, waitForNodes, type WaitArgs } from "../readiness/wait";
import { DowntimeClock } from "./downtime";
import { drain, release } from "./drain";
import { drainingClient } from "./draining-client";
import { examinePower, powerOff } from "./power-off";

/** Milliseconds for an answer of Nova. */
const requestTimeout = 20_000;

/** What an order of replacements does to the cluster; each step ends when it is done. */
export interface RolloutOperations {
  /** Empties a node and removes its Node object. @throws pulumi.RunError when its pods do not go in time */
  retireNode(kubeconfig: string, hostName: string): Promise<void>;
  /** The same for a master, as far as its API still answers. @throws pulumi.RunError when its pods do not go in time */
  retireMaster(kubeconfig: string, hostName: string): Promise<void>;
  /**
   * The order in which nodes are replaced: those first that take no pods at the moment, since an earlier update began with them or their machine
   * is lost, for no more may be away than `maxUnavailable`. Never fails: what cannot be told leaves the order as it was.
   */
  order(kubeconfig: string, hostNames: readonly string[]): Promise<readonly string[]>;
  /**
   * Waits until each of several masters serves by itself: its own API server is ready, which it is not unless its etcd knows a quorum, and it is a
   * Ready node. @throws pulumi.RunError when one does not in time
   */
  awaitServing(kubeconfig: string, masters: readonly ExpectedMachine[]): Promise<void>;
  /** Waits until a new master's API answers and it is a Ready node. @throws pulumi.RunError when it does not become one */
  awaitMaster(kubeconfig: string, machine: ExpectedMachine): Promise<void>;
  /** Waits until a new machine is a Ready node. @throws pulumi.RunError when it does not become one */
  awaitNode(kubeconfig: string, machine: ExpectedMachine): Promise<void>;
  /** Waits until machines are Ready nodes that no machine of this update takes the place of. @throws pulumi.RunError when one is none in time */
  awaitReady(kubeconfig: string, machines: readonly ExpectedMachine[]): Promise<void>;
  /** Lets pods again on machines that stay, and that an earlier update cordoned. Never fails: what it cannot do it warns of. */
  release(kubeconfig: string, hostNames: readonly string[]): Promise<void>;
}

export interface OperationArgs {
  /** Time in which pods have to go, minutes; 0 does not wait for them. */
  readonly drainMinutes: number;
  /** How long a machine may take until it is Ready, minutes. */
  readonly readyMinutes: number;
  /** Where it is told what goes on. */
  readonly log: ProgressLog;
  readonly resource: pulumi.Resource;
}

/** The power of masters, by the cloud alone. Both fail with a pulumi.RunError where a machine cannot be shut down. */
export interface MasterPower {
  /** Looks whether a machine can be shut down, and leaves it as it is. */
  examine(hostName: string): Promise<void>;
  /** Shuts a machine down, before its volume is taken from it. */
  shutDown(hostName: string): Promise<void>;
}

/** @param servers Nova's identifiers of servers as they were before this update, by host name */
export function masterPower(
  servers: ReadonlyMap<string, string>,
  { log, resource }: Pick<OperationArgs, "log" | "resource">,
): MasterPower {
  const cloud = new CloudServices(() => enterByProvider("power"), requestTimeout);
  const { report } = log.at(resource);
  const by =
    (work: typeof powerOff) =>
    async (hostName: string): Promise<void> => {
      const serverId = servers.get(hostName);
      if (serverId !== undefined) await asRunError(() => work(cloud, serverId, { hostName, report }));
    };
  return { examine: by(examinePower), shutDown: by(powerOff) };
}

/** The operations on a real cluster, by its API. */
export function rolloutOperations(args: OperationArgs): RolloutOperations {
  const { drainMinutes, readyMinutes, log, resource } = args;
  const clock = new DowntimeClock();
  const teller = log.at(resource);
  const { report, warn } = teller;
  const silent = (): void => undefined;
  const waitArgs = (kubeconfig: string, ...machines: readonly ExpectedMachine[]): WaitArgs => ({
    kubeconfig,
    machines,
    timeoutMinutes: readyMinutes,
    progress: log.progress,
    ...teller,
  });
  const retireNode = async (kubeconfig: string, hostName: string): Promise<void> => {
    // A master that has just started, or is being started, answers in a while.
    await waitForApi({ ...waitArgs(kubeconfig), tell: silent, report: silent });
    await asRunError(async () => {
      const cluster = await drainingClient(await answeringKubeconfig(kubeconfig));
      return drain(cluster, hostName, { minutes: drainMinutes, report });
    });
  };
  const awaitOwnApi = (kubeconfig: string, machine: ExpectedMachine): Promise<void> =>
    waitForApi({
      ...waitArgs(kubeconfigOfMaster(kubeconfig, machine.hostName), machine),
      ...{ tell: silent, report: silent },
    });
  const awaitNode = async (kubeconfig: string, machine: ExpectedMachine): Promise<void> => {
    await waitForNode(waitArgs(kubeconfig, machine));
    report(`${machine.hostName}: the new machine is Ready`);
  };
  return {
    retireNode,
    retireMaster: async (kubeconfig, hostName) => {
      const api = await (await ClusterClient.create(kubeconfig)).api();
      // A master whose API is down has to be replaceable all the more.
      if (api.state === "healthy") await retireNode(kubeconfig, hostName);
      else warn(`${hostName} is replaced without draining: ${api.reason}`);
      clock.start(kubeconfig);
    },
    order: async (kubeconfig, hostNames) => {
      try {
        await waitForApi({ ...waitArgs(kubeconfig), tell: silent, report: silent });
        const open = await (await drainingClient(await answeringKubeconfig(kubeconfig))).open();
        return hostNames.toSorted((one, other) => Number(open.includes(one)) - Number(open.includes(other)));
      } catch (error) {
        warn(`Nodes are replaced in the order of the configuration: ${reasonOf(error)}`);
        return hostNames;
      }
    },
    awaitServing: async (kubeconfig, masters) => {
      for (const machine of masters) await awaitOwnApi(kubeconfig, machine);
      await waitForNodes(waitArgs(kubeconfig, ...masters));
    },
    awaitMaster: async (kubeconfig, machine) => {
      // The stage that waits for the API tells where the master is.
      await awaitOwnApi(kubeconfig, machine);
      const [state, what] = hasSeveralServers(kubeconfig)
        ? (["its API server is ready", "The cluster's API"] as const)
        : (["the API answers again", "It"] as const);
      report(`${machine.hostName}: ${state}. ${await clock.stop(what)}`);
      await awaitNode(kubeconfig, machine);
    },
    awaitNode,
    awaitReady: (kubeconfig, machines) => waitForNodes(waitArgs(kubeconfig, ...machines)),
    release: async (kubeconfig, hostNames) => {
      const answers = waitForApi({ ...waitArgs(kubeconfig), tell: silent, report: silent });
      // The stage that waits for the API tells of one that does not come.
      if (!(await answers.then(() => true).catch(() => false))) return;
      try {
        await release(await drainingClient(await answeringKubeconfig(kubeconfig)), hostNames, report);
      } catch (error) {
        warn(`Nodes that an earlier update cordoned may be so still (\`kubectl get nodes\`): ${reasonOf(error)}`);
      }
    },
  };
}

/** The kubeconfig by which an API server is asked that answers just now, where there are several. */
async function answeringKubeconfig(kubeconfig: string): Promise<string> {
  if (!hasSeveralServers(kubeconfig)) return kubeconfig;
  const client = await ClusterClient.create(kubeconfig);
  await client.api();
  return withContext(kubeconfig, client.context);
}

/** Ends an update with the words of what failed, and without a stack trace. */
async function asRunError(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
  }
}
