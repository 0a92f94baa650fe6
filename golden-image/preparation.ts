import { setTimeout } from "node:timers/promises";
import { preparedWords } from "../cloudinit/golden-image";
import { machineWords } from "../components/readiness/console";
import { ImageFailure, interval, messageOf, patiently, type Waiting } from "./waiting";

/** What a look at the machine says: it is to be waited for, it is prepared, or it never will be. */
export type Judgement =
  | { readonly kind: "waiting"; readonly text: string }
  | { readonly kind: "prepared"; readonly holds: string }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Judges a machine by Nova's state of its server and by its newest words.
 * @param status Nova's, `undefined` when it knows no such server
 * @param stage what the machine said last on its console, as far as that could be read
 */
export function judgeBuilder(status: string | undefined, stage: string | undefined): Judgement {
  if (status === undefined) return { kind: "failed", reason: "its server is gone from the cloud" };
  if (status === "ERROR") return { kind: "failed", reason: "the cloud has its server in state ERROR" };
  if ((status === "ACTIVE" || status === "SHUTOFF") && stage?.startsWith(preparedWords) === true) {
    return { kind: "prepared", holds: stage.slice(preparedWords.length).trim() };
  }
  if (status === "SHUTOFF")
    return { kind: "failed", reason: "it is off, and was not heard to say that it is prepared" };
  if (status === "ACTIVE" || status === "BUILD") {
    return { kind: "waiting", text: stage ?? (status === "ACTIVE" ? "it boots" : "the cloud makes its server") };
  }
  return { kind: "failed", reason: `its server is ${status}` };
}

/**
 * Waits until a machine says that it is prepared, and has the cloud shut it down then: it does not do so by itself, since Nova has no console of a
 * machine that is off (`ConsoleNotAvailable` of its libvirt driver), and the word would be lost.
 * @returns what it holds, in its words
 * @throws ImageFailure saying what keeps it from being prepared, and what to do
 */
export async function waitUntilPrepared(args: Waiting): Promise<string> {
  const holds = await waitForWord(args);
  await shutDown(args);
  return holds;
}

async function waitForWord(args: Waiting): Promise<string> {
  const { cloud, serverId, hostName, timeoutMinutes, tell, warn, delay = setTimeout, clock = Date.now } = args;
  const deadline = clock() + timeoutMinutes * 60_000;
  const warned = new Set<string>();
  let stage: string | undefined;
  let tail: readonly string[] = [];
  let isUnreadable = false;
  for (;;) {
    const status = await patiently(args, () => cloud.status(serverId));
    if (status !== undefined) {
      try {
        const words = machineWords(await cloud.console(serverId), hostName);
        stage = words.stage ?? stage;
        tail = words.tail;
        words.problems
          .filter((problem) => !warned.has(problem))
          .forEach((problem) => {
            warned.add(problem);
            warn(`${hostName}: ${problem}`);
          });
      } catch (error) {
        if (!isUnreadable)
          warn(`its console cannot be read (${messageOf(error)}); look with: openstack console log show ${hostName}`);
        isUnreadable = true;
      }
    }
    const judgement = judgeBuilder(status, stage);
    if (judgement.kind === "prepared") return judgement.holds;
    const said = [
      ...(stage === undefined ? [] : [`  it said last: ${stage}`]),
      ...[...warned].map((one) => `  it cannot go on: ${one}`),
    ];
    if (judgement.kind === "failed")
      throw failure(`${hostName} did not become an image: ${judgement.reason}.`, said, tail);
    tell(`${hostName}: ${judgement.text}`);
    if (clock() > deadline) {
      throw failure(`${hostName} was not prepared within ${timeoutMinutes} minutes (timeoutMinutes).`, said, tail);
    }
    await delay(interval);
  }
}

/** What the machine still writes is on its disk when it is off. */
async function shutDown(args: Waiting): Promise<void> {
  const { cloud, serverId, hostName, timeoutMinutes, tell, delay = setTimeout, clock = Date.now } = args;
  const deadline = clock() + timeoutMinutes * 60_000;
  let isAsked = false;
  let refusal = "";
  for (;;) {
    const status = await patiently(args, () => cloud.status(serverId));
    if (status === "SHUTOFF") return;
    if (status !== "ACTIVE")
      throw failure(`${hostName} did not become an image: its server is ${status ?? "gone"}.`, [], []);
    if (!isAsked) {
      try {
        await cloud.stop(serverId);
        isAsked = true;
        tell(`${hostName}: prepared, shutting down`);
      } catch (error) {
        refusal = `: ${messageOf(error)}`;
        tell(
          `${hostName}: prepared; it powers off by itself in a quarter of an hour, since the cloud does not shut it down${refusal}`,
        );
      }
    }
    if (clock() > deadline) {
      const what = `${hostName} is prepared, and runs still after ${timeoutMinutes} minutes (timeoutMinutes)`;
      throw failure(`${what}${isAsked ? "" : refusal}.`, [], []);
    }
    await delay(interval);
  }
}

function failure(what: string, said: readonly string[], tail: readonly string[]): ImageFailure {
  const end = said.length > 0 || tail.length === 0 ? [] : ["  its console ends:", ...tail.map((line) => `    ${line}`)];
  return new ImageFailure(
    [
      what,
      ...said,
      ...end,
      "No image was made. Remove the machine with `pulumi destroy`, mend what is wrong, and run `pulumi up` again.",
    ].join("\n"),
  );
}
