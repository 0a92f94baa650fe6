import { setTimeout as delay } from "node:timers/promises";

export interface AskAgainArgs {
  /** Time before each further try, milliseconds; when it ends, the last failure is final. */
  readonly pauses: Iterable<number>;
  /** Whether a failure is an answer, and is not asked about again; none is by default. */
  readonly isFinal?: (error: unknown) => boolean;
  /** Hears of each failure that is asked about again. */
  readonly onFailure?: (error: unknown) => void;
  /** Waits between two tries; replaced in tests. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

/** Puts a question, and again where it fails in a way that may pass. @throws what the last try failed with */
export async function askAgain<T>(
  question: () => Promise<T>,
  { pauses, isFinal = () => false, onFailure = () => undefined, pause = delay }: AskAgainArgs,
): Promise<T> {
  const waits = pauses[Symbol.iterator]();
  for (;;) {
    try {
      return await question();
    } catch (error) {
      const wait = isFinal(error) ? undefined : waits.next();
      if (wait === undefined || wait.done === true) throw error;
      onFailure(error);
      await pause(wait.value);
    }
  }
}

/** Pauses of one length, milliseconds, until a time has come, milliseconds since 1970. */
export function* pausesUntil(deadline: number, length: number, now: () => number = Date.now): Iterable<number> {
  while (now() <= deadline) yield length;
}
