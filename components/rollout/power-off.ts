import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { askServer, type CloudServices } from "../cloud/services";
import { reasonOf } from "../readiness/cluster-client";

export interface PowerOffArgs {
  readonly hostName: string;
  readonly report: (line: string) => void;
  readonly warn: (line: string) => void;
  /** Waits between two looks; replaced in tests. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
  readonly now?: () => number;
}

const interval = 3_000;
/** Time for the cloud to take the request, milliseconds. */
const patience = 30_000;
/** Time for the machine to stop: Nova gives its system 60 seconds, unless told otherwise, and then takes its power. */
const stopTimeout = 5 * 60_000;

const answer = z.object({ server: z.object({ status: z.string() }) });

/**
 * Has a machine shut down, so that what it writes is on its volumes when they are taken from it: the engine detaches a volume before it deletes
 * the server. Leaves alone what does not run. Where the cloud refuses, it warns, and the volume is taken as in a power cut.
 *
 * Source: https://docs.openstack.org/api-ref/compute/#stop-server-os-stop-action
 *
 * @param serverId identifier in Nova
 * @throws Error when the cloud took the request, and the machine does not stop
 */
export async function powerOff(cloud: Pick<CloudServices, "ask">, serverId: string, args: PowerOffArgs): Promise<void> {
  const { hostName, pause = delay, now = Date.now } = args;
  const began = now();
  let isAsked = false;
  for (;;) {
    let refusal = "";
    try {
      const status = answer.safeParse(await askServer(cloud, serverId)).data?.server.status;
      if (status !== "ACTIVE") return;
      if (!isAsked) {
        await askServer(cloud, serverId, "/action", { "os-stop": null });
        isAsked = true;
        args.report(`${hostName}: shutting down`);
      }
    } catch (error) {
      refusal = reasonOf(error);
    }
    if (!isAsked && now() - began > patience) {
      args.warn(`${hostName} is replaced without being shut down: ${refusal}`);
      return;
    }
    if (now() - began > stopTimeout) throw new Error(stuckText(hostName, refusal));
    await pause(interval);
  }
}

function stuckText(hostName: string, refusal: string): string {
  const cause = refusal === "" ? "" : ` (${refusal})`;
  return [
    `${hostName} was told to shut down, and runs still after ${stopTimeout / 60_000} minutes${cause}.`,
    `Its volume was not touched. Where its hypervisor is dead, \`openstack server delete --wait ${hostName}\` gives it up, and`,
    "`pulumi up --refresh` makes it anew on another, with its volume. Otherwise run `pulumi up` again to go on.",
  ].join("\n");
}
