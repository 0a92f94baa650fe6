import { test } from "vitest";
import { trySequences } from "../support/lifecycle-model/sequences";

// Files run beside each other, and a part is the fourth of all sequences.
test("whatever people do, an update keeps the rules: part 2 of 4", { timeout: 3_600_000 }, async () => {
  await trySequences(2, 4);
});
