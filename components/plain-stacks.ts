/** V8's hook that makes the text of a stack from its frames. */
export type StackFormatter = NonNullable<typeof Error.prepareStackTrace>;

/**
 * Formats the stacks of errors that nobody throws without a look for the place in the TypeScript source. The SDK takes one, of an error without
 * a message, for each promise and each resource that it follows, which was most of a large preview's time. Of a resource, which it asks for all
 * frames, it has the places in the program as it runs, without the launcher's below it, which are in the state of each resource and say nothing;
 * of a promise, whose stack is shown by `PULUMI_DEBUG_PROMISE_LEAKS` alone, none. Errors that say something keep the formatter that was there,
 * and with it the places in the source.
 *
 * @param format the formatter so far; without one there is nothing to save
 */
export function plainStacks(format: StackFormatter | undefined): StackFormatter | undefined {
  if (format === undefined || process.env["PULUMI_DEBUG_PROMISE_LEAKS"] !== undefined) return format;
  return (error, frames) => {
    if (error.constructor !== Error || error.message !== "") return format(error, frames) as unknown;
    const shown = Error.stackTraceLimit === Number.POSITIVE_INFINITY ? withoutLauncher(frames) : [];
    // eslint-disable-next-line @typescript-eslint/no-base-to-string -- V8's frames have a text of their own
    return ["Error", ...shown.map((frame) => `    at ${String(frame)}`)].join("\n");
  };
}

/** Frames down to the last of the program. */
function withoutLauncher(frames: readonly NodeJS.CallSite[]): readonly NodeJS.CallSite[] {
  const ofProgram = (frame: NodeJS.CallSite): boolean => {
    const file = frame.getFileName();
    return typeof file === "string" && !file.startsWith("node:") && !file.includes("node_modules");
  };
  return frames.slice(0, frames.findLastIndex(ofProgram) + 1);
}
