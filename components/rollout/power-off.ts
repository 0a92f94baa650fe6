import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { askServer, type CloudServices } from "../cloud/services";
import { reasonOf } from "../readiness/cluster-client";
import { serverStanding } from "../readiness/server-state";

export interface PowerOffArgs {
  readonly hostName: string;
  readonly report: (line: string) => void;
  /** Waits between two looks; replaced in tests. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
  readonly now?: () => number;
}

type Cloud = Pick<CloudServices, "ask">;

const interval = 3_000;
/** Time for a state to pass, and for the machine to stop: Nova gives its system 60 seconds, unless told otherwise, and then takes its power. */
const stopTimeout = 5 * 60_000;
/** Power states of a machine that does not run, which Nova gives beside a status: no state, shut down, crashed. */
const withoutPower: readonly (number | undefined)[] = [0, 4, 6];

const answer = z.object({
  server: z.object({
    status: z.string(),
    "OS-EXT-STS:power_state": z.number().nullish(),
    "OS-EXT-STS:task_state": z.string().nullish(),
  }),
});

/** What Nova says of a server, in as far as its volume may be taken from it. */
type Look = { readonly is: "running" | "off" | "passing" } | { readonly is: "held" | "failed"; readonly text: string };

/**
 * Looks whether a machine can be shut down, before anything is done to it; waits for what passes.
 *
 * @param serverId identifier in Nova
 * @throws Error naming its state and what ends it
 */
export async function examinePower(cloud: Cloud, serverId: string, args: PowerOffArgs): Promise<void> {
  await until(args, async () => {
    const found = await look(cloud, serverId, args.hostName);
    if (found.is === "held") throw new HeldServer(found.text);
    if (found.is === "passing") return "the cloud is doing something else to it";
    return undefined;
  });
}

/**
 * Has a machine shut down, so that what it writes is on its volumes when they are taken from it: the engine detaches a volume before it deletes
 * the server. What does not run is left alone, what passes is waited for, and a machine that cannot be shut down keeps its volume.
 *
 * Source: https://docs.openstack.org/api-ref/compute/#stop-server-os-stop-action
 *
 * @param serverId identifier in Nova
 * @throws Error naming what kept it from being shut down, and what to do
 */
export async function powerOff(cloud: Cloud, serverId: string, args: PowerOffArgs): Promise<void> {
  let isAsked = false;
  await until(args, async () => {
    const found = await look(cloud, serverId, args.hostName);
    if (found.is === "off") return undefined;
    if (found.is === "held") throw new HeldServer(found.text);
    if (found.is === "passing" && !isAsked) return "the cloud is doing something else to it";
    if (!isAsked) {
      await askServer(cloud, serverId, "/action", { "os-stop": null });
      isAsked = true;
      args.report(`${args.hostName}: shutting down`);
    }
    return found.is === "failed" ? found.text : "it was told to shut down, and runs still";
  });
}

async function look(cloud: Cloud, serverId: string, hostName: string): Promise<Look> {
  const found = await askServer(cloud, serverId);
  const parsed = answer.safeParse(found);
  if (found !== undefined && !parsed.success) return { is: "failed", text: "the cloud's answer names no state of it" };
  const server = parsed.data?.server;
  const standing = serverStanding(server?.status);
  switch (standing.is) {
    case "off":
      // One that somebody starts just now is off for a moment more.
      return (server?.["OS-EXT-STS:task_state"] ?? undefined) === undefined ? { is: "off" } : { is: "passing" };
    case "failed":
      // A server in ERROR may run, and its machine's power tells.
      return withoutPower.includes(server?.["OS-EXT-STS:power_state"] ?? undefined)
        ? { is: "off" }
        : { is: "failed", text: `the cloud has its server in state ${server?.status ?? ""}, in which it may run` };
    case "held":
      return { is: "held", text: heldText(hostName, server?.status ?? "", standing.remedy) };
    default:
      return standing;
  }
}

/** A state that does not pass by itself. */
class HeldServer extends Error {}

/** Looks again and again until nothing is left to wait for, or the time is over. @param step gives what it waits for */
async function until(args: PowerOffArgs, step: () => Promise<string | undefined>): Promise<void> {
  const { hostName, report, pause = delay, now = Date.now } = args;
  const began = now();
  let told = "";
  for (;;) {
    let cause: string | undefined;
    try {
      cause = await step();
      if (cause === undefined) return;
    } catch (error) {
      if (error instanceof HeldServer) throw error;
      cause = reasonOf(error);
      if (cause !== told) report(`${hostName}: asking the cloud again: ${cause}`);
      told = cause;
      // A policy that does not allow it allows it no more in five minutes.
      if (/ answered 403\b/.test(cause)) throw new Error(stuckText(hostName, cause), { cause: error });
    }
    if (now() - began > stopTimeout)
      throw new Error(stuckText(hostName, `${cause}, for ${stopTimeout / 60_000} minutes`));
    await pause(interval);
  }
}

function heldText(hostName: string, status: string, remedy: string): string {
  const revert = status === "VERIFY_RESIZE" ? ` (\`openstack server resize revert ${hostName}\` takes it back)` : "";
  return [
    `${hostName} cannot be shut down, since its server is ${status}; its volume was not touched.`,
    `\`${remedy} ${hostName}\` ends that${revert}. Then run \`pulumi up\` again to go on.`,
  ].join("\n");
}

function stuckText(hostName: string, cause: string): string {
  return [
    `${hostName} was not shut down: ${cause}.`,
    `Its volume was not touched. Shut it down in another way (\`openstack server stop ${hostName}\`, or \`sudo poweroff\` on it) and run \`pulumi up\``,
    `again to go on. Where its hypervisor is dead, \`openstack server delete --wait ${hostName}\` gives it up, and \`pulumi up --refresh\` makes it anew`,
    "on another, with its volume.",
  ].join("\n");
}
