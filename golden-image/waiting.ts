import { setTimeout } from "node:timers/promises";
import { askAgain } from "../components/cloud/ask-again";
import type { ImageCloud } from "./cloud";

/** Time between two looks, milliseconds. */
export const interval = 5_000;
/** How often a question is put again. */
const furtherTries = 5;

/** What a machine that becomes an image is waited for with. */
export interface Waiting {
  readonly cloud: ImageCloud;
  readonly serverId: string;
  /** Name by which the machine speaks on its console. */
  readonly hostName: string;
  readonly timeoutMinutes: number;
  /** Tells where it all is. A line that was told last is not repeated. */
  readonly tell: (text: string) => void;
  /** Receives what keeps the machine from going on, one line, once. */
  readonly warn: (text: string) => void;
  readonly delay?: (milliseconds: number) => Promise<unknown>;
  /** Milliseconds. */
  readonly clock?: () => number;
}

/** Why no image was made, with what to do next; a text for users. */
export class ImageFailure extends Error {}

/** Asks again where a service did not answer, a few times. */
export async function patiently<T>(
  { delay = setTimeout, tell }: Pick<Waiting, "delay" | "tell">,
  question: () => Promise<T>,
): Promise<T> {
  try {
    return await askAgain(question, {
      pauses: Array.from({ length: furtherTries }, () => interval),
      onFailure: (error) => {
        tell(`the cloud did not answer (${messageOf(error)}), asking again`);
      },
      pause: delay,
    });
  } catch (error) {
    throw new ImageFailure(`The cloud does not answer: ${messageOf(error)}. Run \`pulumi up\` again to go on.`);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
