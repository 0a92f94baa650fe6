import { vi } from "vitest";

interface Timer {
  readonly at: number;
  readonly resolve: () => void;
}

/** Time that passes only when everybody waits: an update of hours takes as long as its computing. */
export class Clock {
  private timers: Timer[] = [];
  private stopped: (() => void) | undefined;
  private outcome: { readonly error: unknown } | undefined;

  constructor(private time = Date.parse("2026-12-01T00:00:00Z")) {
    vi.setSystemTime(time);
  }

  get now(): number {
    return this.time;
  }

  /** Lets time pass while nobody waits. */
  advance(milliseconds: number): void {
    this.time += milliseconds;
    vi.setSystemTime(this.time);
  }

  delay(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.timers.push({ at: this.time + milliseconds, resolve });
    });
  }

  /** Ends what runs, as a signal or a failure does: nothing that waits goes on. */
  stop(error: unknown): void {
    this.outcome ??= { error };
    this.stopped?.();
  }

  get isStopped(): boolean {
    return this.outcome !== undefined;
  }

  /** Goes on at once, and never where what runs was stopped. */
  unlessStopped(): Promise<void> {
    return this.isStopped ? new Promise(() => undefined) : Promise.resolve();
  }

  /** Runs until the work is done, or stopped. @throws what it was stopped with, or what the work fails with */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.timers = [];
    this.outcome = undefined;
    let isDone = false;
    const stopped = new Promise<never>((_, reject) => {
      this.stopped = () => {
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever stopped it
        reject(this.outcome?.error);
      };
    });
    const result = Promise.race([work(), stopped]).finally(() => {
      isDone = true;
    });
    result.catch(() => undefined);
    for (let idle = 0; ;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isDone as boolean) break;
      const next = this.timers.reduce<Timer | undefined>((a, b) => (a === undefined || b.at < a.at ? b : a), undefined);
      if (next === undefined) {
        // A module that is loaded meanwhile takes real time.
        if (++idle > 5) await new Promise((resolve) => setTimeout(resolve, 1));
        if (idle > 5_000) this.stop(new Error("the update waits for something that never comes"));
        continue;
      }
      idle = 0;
      this.timers.splice(this.timers.indexOf(next), 1);
      if (next.at > this.time) this.advance(next.at - this.time);
      next.resolve();
    }
    this.stopped = undefined;
    return result;
  }
}
