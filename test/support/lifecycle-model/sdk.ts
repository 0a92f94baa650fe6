import { lifted, Output, output, plainly, whenKnown } from "./outputs";
import type { Entry, Goal, Properties } from "./state";

/** What the SDK needs of a run. */
export interface Monitor {
  register(goal: Goal): Entry | Promise<Entry>;
  setOutputs(urn: string, outputs: Properties): void;
  say(severity: "warn" | "info", text: string): void;
  /** Values of the stack's configuration by full key. */
  configuration(): Readonly<Record<string, string>>;
  /** What `readStackResourceOutputs` answers. */
  resourceOutputs(): Readonly<Record<string, { readonly type: string; readonly outputs: Properties }>>;
  /** What has to end before the program has. */
  follow(work: Promise<unknown>): void;
}

let current: Monitor | undefined;

export function useMonitor(monitor: Monitor): void {
  current = monitor;
}

function monitor(): Monitor {
  if (current === undefined) throw new Error("no run");
  return current;
}

interface Options {
  readonly parent?: Resource;
  readonly dependsOn?: Resource | readonly Resource[];
  readonly protect?: boolean;
  readonly deletedWith?: Resource;
  readonly ignoreChanges?: readonly string[];
  readonly deleteBeforeReplace?: boolean;
  readonly replacementTrigger?: unknown;
  readonly transforms?: readonly Transform[];
  readonly transformations?: readonly Transform[];
  readonly provider?: Resource;
  readonly providers?: Readonly<Record<string, Resource>>;
}
type Transform = (resource: {
  type: string;
  name: string;
  props: Properties;
  opts: Options;
}) => { props: Properties; opts: Options } | undefined;

const project = "kovhernetes";

class Resource {
  readonly urn: string;
  readonly qualifiedType: string;
  readonly transforms: readonly Transform[];
  readonly providers: Readonly<Record<string, Resource>>;
  protected readonly entry: Entry | Promise<Entry>;

  constructor(type: string, name: string, isCustom: boolean, props: Properties, options: Options = {}) {
    const { parent } = options;
    // `dev$parentType$type`: sdk/go/common/resource/urn.
    this.qualifiedType = parent === undefined ? type : `${parent.qualifiedType}$${type}`;
    this.urn = `urn:pulumi:dev::${project}::${this.qualifiedType}::${name}`;
    this.transforms = [
      ...(options.transformations ?? []),
      ...(options.transforms ?? []),
      ...(parent?.transforms ?? []),
    ];
    this.providers = { ...parent?.providers, ...options.providers };
    let [transformedProps, opts] = [props, options];
    for (const transform of this.transforms) {
      const result = transform({ type, name, props: transformedProps, opts });
      if (result !== undefined) [transformedProps, opts] = [result.props, result.opts];
    }
    this.entry = this.registered(type, name, isCustom, transformedProps, opts);
    if (this.entry instanceof Promise) monitor().follow(this.entry);
  }

  private registered(
    type: string,
    name: string,
    isCustom: boolean,
    props: Properties,
    opts: Options,
  ): Entry | Promise<Entry> {
    const run = monitor();
    const { dependsOn = [], parent, deletedWith, provider = this.providers[type.split(":")[0] ?? ""] } = opts;
    const before = [
      parent,
      provider,
      deletedWith,
      ...(Array.isArray(dependsOn) ? (dependsOn as Resource[]) : [dependsOn as Resource]),
    ];
    const waiting = before.flatMap((one) => (one?.entry instanceof Promise ? [one.entry] : []));
    const known = plainly([isCustom ? props : {}, opts.replacementTrigger]) as
      [Properties, unknown] | Promise<[Properties, unknown]>;
    const register = ([inputs, trigger]: [Properties, unknown]): Entry | Promise<Entry> =>
      run.register({
        urn: this.urn,
        type,
        name,
        isCustom,
        inputs: Object.values(inputs).includes(undefined)
          ? Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined))
          : inputs,
        protect: opts.protect === true,
        deletedWith: deletedWith?.urn,
        trigger,
        ignoreChanges: opts.ignoreChanges ?? [],
        deleteBeforeReplace: opts.deleteBeforeReplace === true,
      });
    return waiting.length === 0
      ? whenKnown(known, register)
      : Promise.all(waiting)
          .then(() => known)
          .then(register);
  }
}

class ComponentResource extends Resource {
  constructor(type: string, name: string, _args: unknown, options?: Options) {
    super(type, name, false, {}, options);
  }

  registerOutputs(outputs: unknown = {}): void {
    const run = monitor();
    const told = whenKnown(plainly([this.entry, outputs]), (values) => {
      run.setOutputs(this.urn, (values as [Entry, Properties])[1]);
    });
    if (told instanceof Promise) run.follow(told);
  }
}

class CustomResource extends Resource {
  constructor(type: string, name: string, props: Properties = {}, options?: Options) {
    super(type, name, true, props, options);
    const { entry } = this;
    return new Proxy(this, {
      get: (target, key) => {
        if (typeof key === "symbol" || key in target || key === "then" || key === "toJSON")
          return Reflect.get(target, key) as unknown;
        if (key === "id") return new Output(whenKnown(entry, ({ id }) => id));
        const held = whenKnown(entry, ({ outputs }) => outputs[key]);
        // The objects of the API alone are asked for parts of their properties.
        return type.startsWith("kubernetes:") ? lifted(held) : new Output(held);
      },
    });
  }
}

/** Classes of a provider's package, of whatever name: `openstack.compute.Instance` is `openstack:compute/instance:Instance`. */
export function resourceClass(type: string) {
  return class extends CustomResource {
    constructor(name: string, props?: Properties, options?: Options) {
      super(type, name, props, options);
    }
  };
}

class RunError extends Error {}

class Config {
  constructor(readonly name = project) {}
}

function all(values: unknown): Output<unknown> {
  return new Output(plainly(values));
}

const log =
  (severity: "warn" | "info") =>
  (text: string): Promise<void> => {
    monitor().say(severity, text);
    return Promise.resolve();
  };

/** What stands for `@pulumi/pulumi`. */
export const pulumiModule = {
  Output,
  output,
  all,
  secret: output,
  unsecret: output,
  Resource,
  ComponentResource,
  CustomResource,
  ProviderResource: CustomResource,
  RunError,
  Config,
  getProject: () => project,
  getStack: () => "dev",
  getOrganization: () => "organization",
  log: { warn: log("warn"), info: log("info"), debug: log("info"), error: log("warn") },
  runtime: {
    isDryRun: () => false,
    isConfigSecret: () => true,
    allConfig: () => monitor().configuration(),
    invoke: () => Promise.resolve({ name: "dev", outputs: monitor().resourceOutputs() }),
  },
};
