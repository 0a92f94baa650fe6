import { setTimeout as delay } from "node:timers/promises";
import { ClusterClient } from "../readiness/cluster-client";

const interval = 1_000;

/** Measures for how long the API does not answer while a master is replaced: of several, for how long none of their API servers does. */
export class DowntimeClock {
  private measured: Promise<number | undefined> = Promise.resolve(undefined);
  private stopping = false;

  /** Begins to look once a second. @param kubeconfig text of a kubeconfig; secret */
  start(kubeconfig: string): void {
    this.stopping = false;
    this.measured = this.measure(kubeconfig);
  }

  /** Ends it; says in words for how long the API was down. @param what is said to have been so */
  async stop(what: string): Promise<string> {
    this.stopping = true;
    const seconds = await this.measured;
    return seconds === undefined ? `${what} was not seen down.` : `${what} was down for ${seconds} s.`;
  }

  private async measure(kubeconfig: string): Promise<number | undefined> {
    const client = await ClusterClient.create(kubeconfig);
    let since: number | undefined;
    let until: number | undefined;
    while (!this.stopping) {
      const { state } = await client.api();
      if (state !== "healthy") since ??= Date.now();
      else if (since !== undefined) until ??= Date.now();
      // An update that fails meanwhile ends without a word to this clock, which must not keep the program alive.
      await delay(interval, undefined, { ref: false });
    }
    return since === undefined ? undefined : Math.round(((until ?? Date.now()) - since) / 1000);
  }
}
