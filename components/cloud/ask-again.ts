import { setTimeout as delay } from "node:timers/promises";

export interface AskAgainArgs {
  /** Time before each further try, milliseconds. */
  readonly pauses: readonly number[];
  /** Whether a failure is an answer, and is not asked about again; none is by default. */
  readonly isFinal?: (error: unknown) => boolean;
  /** Waits between two tries; replaced in tests. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

/** Puts a question, and again where it fails in a way that may pass. @throws what the last try failed with */
export async function askAgain<T>(
  question: () => Promise<T>,
  { pauses, isFinal = () => false, pause = delay }: AskAgainArgs,
): Promise<T> {
  for (const wait of pauses) {
    try {
      return await question();
    } catch (error) {
      if (isFinal(error)) throw error;
      await pause(wait);
    }
  }
  return question();
}
