import { setTimeout as delay } from "node:timers/promises";
import { ClusterClient } from "../readiness/cluster-client";

const interval = 1_000;

/** Measures for how long the API does not answer while its master is replaced. */
export class DowntimeClock {
  private measured: Promise<number | undefined> = Promise.resolve(undefined);
  private stopping = false;

  /** Begins to look once a second. @param kubeconfig text of a kubeconfig; secret */
  start(kubeconfig: string): void {
    this.measured = this.measure(kubeconfig);
  }

  /** Ends it; says in words for how long the API was down. */
  async stop(): Promise<string> {
    this.stopping = true;
    const seconds = await this.measured;
    return seconds === undefined ? "It was not seen down." : `It was down for ${seconds} s.`;
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
