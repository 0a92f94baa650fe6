import { phases, type Phase, type PhaseTimes } from "../model/phases";

/** Where everything is in an update, and since when. */
export class Progress {
  private readonly start: number;
  private readonly subjects = new Map<string, { readonly text: string; readonly since: number }>();
  private readonly ends = new Map<Phase, number>();
  private hasWaited = false;

  /** @param clock milliseconds */
  constructor(private readonly clock: () => number = Date.now) {
    this.start = clock();
  }

  /**
   * A line with the time since the update began, when something is new.
   * @param subject what the text is about: a machine's host name, or a word
   * @returns `undefined` when the subject is where it was
   */
  news(subject: string, text: string): string | undefined {
    if (this.subjects.get(subject)?.text === text) return undefined;
    this.subjects.set(subject, { text, since: this.clock() });
    return `[${this.seconds()} s] ${text}`;
  }

  /** Whether something was told of a subject. */
  isTold(subject: string): boolean {
    return this.subjects.has(subject);
  }

  /** For how long a subject has been where it is, in words. */
  duration(subject: string): string {
    const since = this.subjects.get(subject)?.since ?? this.start;
    const seconds = Math.round((this.clock() - since) / 1000);
    return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
  }

  /** Notes that the update waits for something: an update that finds all as it should be has no phases worth keeping. */
  wait(): void {
    this.hasWaited = true;
  }

  /** Notes that a phase has ended; the first time counts. */
  end(phase: Phase): void {
    if (!this.ends.has(phase)) this.ends.set(phase, this.seconds());
  }

  /** The times of an update that waited for something; `undefined` of another. */
  times(): PhaseTimes | undefined {
    return this.hasWaited ? Object.fromEntries(phases.flatMap((phase) => this.entry(phase))) : undefined;
  }

  private entry(phase: Phase): (readonly [Phase, number])[] {
    const end = this.ends.get(phase);
    return end === undefined ? [] : [[phase, end]];
  }

  private seconds(): number {
    return Math.round((this.clock() - this.start) / 1000);
  }
}
