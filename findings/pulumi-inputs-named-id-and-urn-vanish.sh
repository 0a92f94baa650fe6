#!/usr/bin/env bash
# A Pulumi resource's input that is called "id" or "urn" never reaches the provider: the SDK leaves it out at the top level, and only there.
# A provider whose API has such a field (an identifier that the user chooses) never sees it, and nothing warns.
#
# Guessed before: inputs are passed on whatever they are called, as a program's own type declares them.
# Seen: of { id, urn, name } only name arrives; inside a nested object all three arrive.
# With: @pulumi/pulumi 3.270.0 (npm), its own mocks as the receiver, Node 20 or newer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --no-audit --no-fund --loglevel=error @pulumi/pulumi@3.270.0

cat > inputs.cjs <<'SCRIPT'
const pulumi = require("@pulumi/pulumi");

pulumi.runtime.setMocks({
  newResource: ({ name, inputs }) => {
    console.log(`the provider gets: ${Object.keys(inputs).sort()}; inside "peer": ${Object.keys(inputs.peer).sort()}`);
    return { id: name, state: inputs };
  },
  call: ({ inputs }) => inputs,
});
const fields = { id: "chosen-7", urn: "urn:example:7", name: "seven" };
new pulumi.CustomResource("example:index:Thing", "thing", { ...fields, peer: fields });
SCRIPT
node inputs.cjs | tee seen.txt
diff seen.txt - <<'SEEN'
the provider gets: name,peer; inside "peer": id,name,urn
SEEN
echo "as found"
