/**
 * Pulumi's outputs as far as the program uses them: values that are known later, of which other values are made. What is known already is passed on
 * at once, where the SDK waits a moment: an update that changes nothing, which most are, needs no promise. Failures end the run.
 */
export class Output<T> {
  /** How the SDK tells outputs from other values (`Output.isInstance` in sdk/nodejs/output.ts). */
  readonly __pulumiOutput = true;
  /** What it is, or becomes. */
  readonly held: T | Promise<T>;

  constructor(held: T | Promise<T>) {
    this.held = held;
    if (held instanceof Promise) held.catch(failed);
  }

  apply(work: (value: T) => unknown): Output<unknown> {
    return new Output(whenKnown(this.held, (value) => plainly(work(value))));
  }
}

let failed: (error: unknown) => void = () => undefined;

/** Who is told of outputs that fail. */
export function onFailure(listener: (error: unknown) => void): void {
  failed = listener;
}

/** Does something with a value at once where it is known, and then where it is not yet. */
export function whenKnown<T, U>(held: T | Promise<T>, work: (value: T) => U | Promise<U>): U | Promise<U> {
  if (held instanceof Promise) return held.then(work);
  try {
    return work(held);
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}

/** A value with every output in it replaced by what it is, or a promise of it. */
export function plainly(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Output) return value.held as unknown;
  if (value instanceof Promise) return value.then(plainly);
  if (Array.isArray(value)) {
    const parts = value.map(plainly);
    return parts.some((part) => part instanceof Promise) ? Promise.all(parts) : parts;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const result: Record<string, unknown> = {};
  let isWaiting = false;
  for (const key of Object.keys(value)) {
    const part = plainly((value as Record<string, unknown>)[key]);
    isWaiting ||= part instanceof Promise;
    result[key] = part;
  }
  if (!isWaiting) return result;
  const keys = Object.keys(result);
  return Promise.all(Object.values(result)).then((values) =>
    Object.fromEntries(keys.map((key, index) => [key, values[index]])),
  );
}

export function output(value: unknown): Output<unknown> {
  return value instanceof Output ? value : new Output(plainly(value));
}

/** An output whose properties are outputs as well, as those of resources are. */
export function lifted(held: unknown): object {
  return new Proxy(new Output(held), {
    get: (target, key) => {
      if (typeof key === "symbol" || key in target) return Reflect.get(target, key) as unknown;
      if (key === "then" || key === "toJSON") return undefined;
      return new Output(whenKnown(held, (value) => (value as Record<string, unknown> | undefined)?.[key]));
    },
  });
}
