import type { ClusterConfig } from "../../../components/model/cluster";
import { copyOfCloud, emptyCloud, type Cloud } from "./cloud";
import { Clock } from "./clock";
import { Cluster } from "./cluster";
import { enter, loadProgram } from "./edges";
import { Engine } from "./engine";
import { onFailure, plainly, type Output } from "./outputs";
import { providersOf } from "./providers";
import { useMonitor, type Monitor } from "./sdk";
import { copyOfState, type Goal, type Properties, type State } from "./state";
import { truths } from "./truths";
import { Watch } from "./watch";

class Interrupted extends Error {}

/** How one update went. */
export interface Update {
  readonly end: "done" | "refused" | "failed" | "interrupted";
  readonly reason: string;
  readonly warnings: readonly string[];
  readonly steps: readonly string[];
  readonly outputs: Properties;
  /** What the program asked for, of machines. */
  readonly goals: ReadonlyMap<string, Goal>;
}

const serverType = "openstack:compute/instance:Instance";
/** Loaded once, when the first update runs. */
let program: ReturnType<typeof loadProgram> | undefined;

/** Everything that there is: a stack's configuration and checkpoint, a project of the cloud, and the cluster on its machines. */
export class World {
  readonly clock: Clock;
  readonly cloud: Cloud;
  readonly cluster: Cluster;
  readonly watch: Watch;
  readonly state: State;
  settings: Record<string, unknown>;
  /** Nodes that have been Ready once. */
  readonly everReady: Set<string>;
  /** Machines that somebody touched in the console, until they are Ready again. */
  readonly disturbed: Set<string>;
  /** Whether the cluster's data may be what it has not been: a person gave it up, or was told. */
  lineage: number | undefined;
  last: Update | undefined;
  private user = "anna";
  private steps: string[] = [];
  private counted = 0;
  private stopAfter = Infinity;

  constructor(settings: Record<string, unknown>, from?: World) {
    this.settings = structuredClone(settings);
    this.clock = new Clock(from?.clock.now);
    this.cloud = from === undefined ? emptyCloud() : copyOfCloud(from.cloud);
    this.state = from === undefined ? { entries: new Map(), condemned: [] } : copyOfState(from.state);
    this.everReady = new Set(from?.everReady);
    this.disturbed = new Set(from?.disturbed);
    this.lineage = from?.lineage;
    this.cluster = new Cluster(this.cloud, () => this.clock.now);
    this.watch = new Watch(this);
  }

  accepted(config: ClusterConfig): void {
    this.watch.config = config;
  }

  /** A step that changes something. A program that was killed takes none. Keys and objects of the API are made at once, and not counted. */
  async step(what: string): Promise<void> {
    const isCounted = !/^\w+ (tls|kubernetes):/.test(what);
    if (isCounted && !this.clock.isStopped && this.counted >= this.stopAfter)
      this.clock.stop(new Interrupted("interrupted"));
    if (this.clock.isStopped) return new Promise(() => undefined);
    this.steps.push(what);
    if (!isCounted) return;
    this.counted += 1;
    await this.clock.delay(1_000);
    return this.clock.unlessStopped();
  }

  /** Whether every machine of the checkpoint is a Ready node that takes pods. */
  isHealthy(): boolean {
    const servers = [...this.cloud.servers.values()];
    const recorded = [...this.state.entries.values()].filter(({ type }) => type === serverType);
    return (
      recorded.every(({ id, isPendingReplacement }) => !isPendingReplacement && this.cloud.servers.has(id)) &&
      servers.every(({ hostName, status }) => status === "ACTIVE" && this.cluster.available(hostName))
    );
  }

  /** `pulumi up` by a user, ended by a signal after so many steps. */
  async up(user = "anna", stopAfter = Infinity): Promise<Update> {
    enter(this);
    program ??= loadProgram();
    const main = await program;
    this.user = user;
    this.stopAfter = stopAfter;
    this.steps = [];
    this.counted = 0;
    const warnings: string[] = [];
    const goals = new Map<string, Goal>();
    this.watch.begin();
    const isHealthy = this.isHealthy();
    const providerOf = this.providers();
    const engine = new Engine(this.state, providerOf, this.clock, {
      step: (what) => this.step(what),
      registered: (goal) => {
        if (goal.type === serverType) goals.set(goal.name, goal);
      },
    });
    const pending: Promise<unknown>[] = [];
    const monitor: Monitor = {
      register: (goal) => engine.register(goal),
      setOutputs: (urn, outputs) => {
        engine.setOutputs(urn, outputs);
      },
      say: (severity, text) => {
        if (severity === "warn") warnings.push(text);
      },
      configuration: () =>
        Object.fromEntries(
          Object.entries(this.settings).map(([key, value]) => [
            `kovhernetes:${key}`,
            typeof value === "string" ? value : JSON.stringify(value),
          ]),
        ),
      resourceOutputs: () =>
        Object.fromEntries(
          [...this.state.entries].map(([urn, { type, id, outputs }]) => [
            urn,
            { type, outputs: id === "" ? outputs : { ...outputs, id } },
          ]),
        ),
      follow: (work) => {
        pending.push(work);
        work.catch((error: unknown) => {
          this.clock.stop(error);
        });
      },
    };
    useMonitor(monitor);
    onFailure((error) => {
      this.clock.stop(error);
    });
    // cmd/run/run.ts of the SDK: a rejection that nobody handles ends the program, as an exception does.
    const listeners = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", (error) => {
      this.clock.stop(error);
    });
    let outputs: Properties = {};
    let end: Update["end"] = "done";
    let reason = "";
    try {
      await this.clock.run(async () => {
        const exported: Readonly<Record<string, Output<unknown>>> = await main();
        outputs = (await plainly({ ...exported })) as Properties;
        await Promise.all(pending);
        await engine.finish();
      });
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
      end = error instanceof Interrupted ? "interrupted" : this.watch.config === undefined ? "refused" : "failed";
      if (end !== "interrupted" && !isRefusal(error)) reason += error instanceof Error ? `\n${error.stack ?? ""}` : "";
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener);
    onFailure(() => undefined);
    this.last = { end, reason, warnings, steps: this.steps, outputs, goals };
    truths(this, this.last, isHealthy);
    for (const name of [...(this.cluster.api()?.nodes.keys() ?? [])])
      if (this.cluster.available(name)) {
        this.everReady.add(name);
        this.disturbed.delete(name);
      }
    return this.last;
  }

  private providers() {
    return providersOf({
      cloud: this.cloud,
      cluster: this.cluster,
      state: this.state,
      now: () => this.clock.now,
      user: () => this.user,
      events: this.watch,
    });
  }

  /** `pulumi refresh`: what the cloud has now stands in the checkpoint, of inputs too; what is gone is gone from it. */
  refresh(): void {
    const providerOf = this.providers();
    for (const entry of [...this.state.entries.values()]) {
      if (!entry.isCustom || entry.isPendingReplacement) continue;
      const provider = providerOf(entry.type);
      if (provider.read === undefined) continue;
      const outputs = provider.read(entry);
      if (outputs === undefined) {
        this.state.entries.delete(entry.urn);
        continue;
      }
      entry.outputs = outputs;
      entry.inputs = Object.fromEntries(
        Object.keys(entry.inputs).map((key) => [key, key in outputs ? outputs[key] : entry.inputs[key]]),
      );
    }
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && ["RunError", "ConfigurationError", "Refusal"].includes(error.constructor.name);
}
