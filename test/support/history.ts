/** What one client did to one register, and what it was told. Times are of one clock. */
export interface Operation {
  readonly kind: "write" | "read";
  /** What was written, no two times the same; or what was read, `undefined` where nothing was there. */
  readonly value: string | undefined;
  readonly begin: number;
  /** When the answer came; absent of a write that nobody knows to have happened or not. */
  readonly end?: number;
}

/**
 * Whether a register can have behaved as what it is: whether there is an order of its operations, each at one moment between its begin and its end, in
 * which every read gives what was written last. Writes without an answer may have happened at any time since, or never.
 *
 * The search is that of Wing and Gong, with what was tried remembered (G. Lowe, "Testing for linearizability", 2017).
 */
export function isLinearizable(history: readonly Operation[]): boolean {
  const operations = history
    .filter(({ kind, end }) => kind === "write" || end !== undefined)
    .toSorted((one, other) => one.begin - other.begin);
  const endOf = ({ end = Infinity }: Operation): number => end;
  const tried = new Set<string>();
  const goOn = (done: bigint, value: string | undefined): boolean => {
    const left = operations.flatMap((operation, index) =>
      (done & (1n << BigInt(index))) === 0n ? [{ operation, index }] : [],
    );
    // What nobody was told of need not have happened.
    if (left.every(({ operation }) => operation.end === undefined)) return true;
    const state = `${done.toString(36)} ${value ?? ""}`;
    if (tried.has(state)) return false;
    tried.add(state);
    const firstEnd = Math.min(...left.map(({ operation }) => endOf(operation)));
    return left
      .filter(({ operation }) => operation.begin <= firstEnd)
      .some(({ operation, index }) => {
        if (operation.kind === "read" && operation.value !== value) return false;
        return goOn(done | (1n << BigInt(index)), operation.kind === "write" ? operation.value : value);
      });
  };
  return goOn(0n, undefined);
}

/** Values whose writes were acknowledged, and that are not there at the end. @param found what a set holds at the end */
export function lostWrites(writes: readonly Operation[], found: ReadonlySet<string>): readonly string[] {
  return writes.flatMap(({ value, end }) =>
    end !== undefined && value !== undefined && !found.has(value) ? [value] : [],
  );
}
