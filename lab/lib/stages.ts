import type { Report } from "./process.ts";

/** Seconds that a finished stage took. */
export interface StageTime {
  readonly name: string;
  readonly seconds: number;
}

/** Tells what runs, how far it is and how long it took, on a terminal and in a log alike; remembers the times. */
export class Stages {
  readonly times: StageTime[] = [];
  private readonly start = Date.now();
  private lastLine = new Map<string, number>();

  /** Runs one stage; its progress is shown at most once in `quietSeconds`, so that a log stays readable. */
  async run<T>(name: string, work: (report: Report) => Promise<T>): Promise<T> {
    const quietSeconds = process.stdout.isTTY ? 1 : 10;
    const started = Date.now();
    this.print(`${name} …`);
    const result = await work((line) => {
      const now = Date.now();
      if (now - (this.lastLine.get(name) ?? 0) < quietSeconds * 1000) return;
      this.lastLine.set(name, now);
      this.print(`${name}: ${line}`);
    });
    const seconds = (Date.now() - started) / 1000;
    this.times.push({ name, seconds });
    this.print(`${name}: done in ${seconds.toFixed(1)} s`);
    return result;
  }

  /** A table of the stages and their times. */
  summary(): string {
    const width = Math.max(...this.times.map(({ name }) => name.length));
    const rows = this.times.map(({ name, seconds }) => `  ${name.padEnd(width)}  ${seconds.toFixed(1).padStart(7)} s`);
    const total = ((Date.now() - this.start) / 1000).toFixed(1);
    return [...rows, `  ${"in all".padEnd(width)}  ${total.padStart(7)} s`].join("\n");
  }

  private print(line: string): void {
    const seconds = Math.round((Date.now() - this.start) / 1000);
    console.log(`[${String(seconds).padStart(4)} s] ${line}`);
  }
}
