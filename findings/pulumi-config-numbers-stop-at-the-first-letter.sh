#!/usr/bin/env bash
# pulumi.Config.requireNumber reads as much of a value as looks like a decimal number and drops the rest. A port written as 0x1F90, a size as
# 1_000 or 20GiB, or a number with a typing mistake is accepted as another number, while requireBoolean refuses anything but "true" and "false".
#
# Guessed before: a value that is no number as a whole is refused, as the error message "is not a valid number" promises and as booleans are.
# Seen: 0x1F90 is 0, 1_000 is 1, 20GiB is 20, 6443/tcp is 6443, 3,5 is 3; refused is only what does not begin with a number.
# With: @pulumi/pulumi 3.270.0 (npm), Node 20 or newer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --no-audit --no-fund --loglevel=error @pulumi/pulumi@3.270.0

cat > numbers.cjs <<'SCRIPT'
const pulumi = require("@pulumi/pulumi");

const config = new pulumi.Config("example");
for (const [method, value] of [
  ["requireNumber", "8080"],
  ["requireNumber", "0x1F90"],
  ["requireNumber", "1_000"],
  ["requireNumber", "20GiB"],
  ["requireNumber", "6443/tcp"],
  ["requireNumber", "3,5"],
  ["requireNumber", "eight"],
  ["requireBoolean", "true!"],
]) {
  pulumi.runtime.setConfig("example:value", value);
  try {
    console.log(`${method} ${value}: ${config[method]("value")}`);
  } catch {
    console.log(`${method} ${value}: refused`);
  }
}
SCRIPT
node numbers.cjs | tee seen.txt
diff seen.txt - <<'SEEN'
requireNumber 8080: 8080
requireNumber 0x1F90: 0
requireNumber 1_000: 1
requireNumber 20GiB: 20
requireNumber 6443/tcp: 6443
requireNumber 3,5: 3
requireNumber eight: refused
requireBoolean true!: refused
SEEN
echo "as found"
