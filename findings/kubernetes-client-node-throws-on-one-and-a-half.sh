#!/usr/bin/env bash
# The JavaScript client's quantityToScalar, by which its own topNodes and topPods add up what pods ask for, throws on quantities that
# every API server takes: a fraction before a unit. One pod that asks for 1.5Gi, and nothing of the node is told.
#
# Guessed before: 1.5Gi is 1610612736.
# Seen: "Cannot convert 1.5 to a BigInt"; 1536Mi works. A whole number with a unit is a bigint, without one a number: added by +, a
# container's 1Gi and another's 500000000 throw as well (the client has an `add` for that).
# With: @kubernetes/client-node 2.0.1 (npm), Node 20 or newer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --no-audit --no-fund --loglevel=error @kubernetes/client-node@2.0.1
cat > quantities.mjs <<'SCRIPT'
import { quantityToScalar } from "./node_modules/@kubernetes/client-node/dist/util.js";

for (const quantity of ["1536Mi", "1.5Gi", "0.5G", "1e3", "500000000"]) {
  try {
    const scalar = quantityToScalar(quantity);
    console.log(`${quantity}: ${scalar} (${typeof scalar})`);
  } catch (error) {
    console.log(`${quantity}: ${error.name}, ${error.message}`);
  }
}
try {
  console.log(quantityToScalar("1Gi") + quantityToScalar("500000000"));
} catch (error) {
  console.log(`1Gi + 500000000: ${error.name}`);
}
SCRIPT
node quantities.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
1536Mi: 1610612736 (bigint)
1.5Gi: SyntaxError, Cannot convert 1.5 to a BigInt
0.5G: SyntaxError, Cannot convert 0.5 to a BigInt
1e3: 1000 (number)
500000000: 500000000 (number)
1Gi + 500000000: TypeError
SEEN
echo "as found"
