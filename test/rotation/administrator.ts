import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import type { RunningCluster } from "../cluster/support.ts";

/** What a request says when one end does not trust the other, rather than that nobody answers. */
const refused = /x509|certificate|Unauthorized|Forbidden|must be logged in/i;

/** Asks the API for its nodes, and gives what was said to that: nothing when they were given. */
export async function ask(cluster: RunningCluster, kubeconfig: string): Promise<string> {
  const args = ["--kubeconfig", kubeconfig, "--request-timeout=15s", "get", "--raw", "/api/v1/nodes"];
  const { exitCode, stderr } = await execa(cluster.kubectlProgram, args, { reject: false, stdin: "ignore" });
  return exitCode === 0 ? "" : stderr;
}

/** Somebody who asks the API for its nodes without end, with one and the same kubeconfig. */
export class Administrator {
  private readonly ended: Promise<void>;
  private readonly refusals: string[] = [];
  private answered = 0;
  private isStopped = false;

  constructor(
    private readonly cluster: RunningCluster,
    private readonly kubeconfig: string,
  ) {
    this.ended = this.askWithoutEnd();
  }

  async stop(): Promise<{ readonly answered: number; readonly refusals: readonly string[] }> {
    this.isStopped = true;
    await this.ended;
    return { answered: this.answered, refusals: this.refusals };
  }

  private async askWithoutEnd(): Promise<void> {
    while (!this.isStopped) {
      const said = await ask(this.cluster, this.kubeconfig);
      if (said === "") this.answered += 1;
      else if (refused.test(said)) this.refusals.push(said);
      await delay(3_000);
    }
  }
}
