/** V8's hook that makes the text of a stack from its frames. */
export type StackFormatter = NonNullable<typeof Error.prepareStackTrace>;

/**
 * Formats the stacks of errors that nobody throws as they come, without a look for the place in the TypeScript source. The SDK takes one, of an
 * error without a message, for each promise and resource that it follows, which was half of a preview's time. Errors that say something keep the
 * formatter that was there, and with it the places in the source.
 *
 * @param format the formatter so far; without one there is nothing to save
 */
export function plainStacks(format: StackFormatter | undefined): StackFormatter | undefined {
  if (format === undefined) return undefined;
  return (error, frames) =>
    error.constructor === Error && error.message === ""
      ? ["Error", ...frames.map((frame) => `    at ${String(frame)}`)].join("\n")
      : (format(error, frames) as unknown);
}
