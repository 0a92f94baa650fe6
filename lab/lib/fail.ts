/** Ends a command with its error in words, without a stack trace, and with what to do next. */
export function fail(next: string): (error: unknown) => void {
  return (error) => {
    const message =
      error instanceof Error ? ("shortMessage" in error ? String(error.shortMessage) : error.message) : String(error);
    console.error(`\n${message}\n\n${next}`);
    if (process.env["KOVHERNETES_LAB_DEBUG"] !== undefined) console.error(error);
    process.exitCode = 1;
  };
}
