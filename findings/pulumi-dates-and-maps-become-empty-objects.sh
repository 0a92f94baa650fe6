#!/usr/bin/env bash
# A Date, URL, Map or Set among a Pulumi resource's inputs arrives as an empty object, and an object's toJSON is not asked. pulumi.jsonStringify,
# the SDK's counterpart of JSON.stringify, loses them in the same way, although JSON.stringify itself writes a Date and a URL as text.
#
# Guessed before: dates and URLs become text as in JSON.stringify, a Map becomes an object.
# Seen: all four are {}; only the provider or the cloud may notice. A bigint is {} too.
# With: @pulumi/pulumi 3.270.0 (npm), its own mocks as the receiver, Node 20 or newer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --no-audit --no-fund --loglevel=error @pulumi/pulumi@3.270.0

cat > values.cjs <<'SCRIPT'
const pulumi = require("@pulumi/pulumi");

pulumi.runtime.setMocks({
  newResource: ({ name, inputs }) => {
    console.log(`the provider gets: ${JSON.stringify(inputs)}`);
    return { id: name, state: inputs };
  },
  call: ({ inputs }) => inputs,
});
const values = () => ({
  until: new Date(Date.UTC(2030, 0, 1)),
  entrance: new URL("https://cloud.example/v3"),
  labels: new Map([["role", "web"]]),
  zones: new Set(["a", "b"]),
});
new pulumi.CustomResource("example:index:Thing", "thing", { ...values(), count: 3n });
console.log(`JSON.stringify: ${JSON.stringify(values())}`);
pulumi.jsonStringify(values()).apply((text) => console.log(`pulumi.jsonStringify: ${text}`));
SCRIPT
node values.cjs | sort | tee seen.txt
diff seen.txt - <<'SEEN'
JSON.stringify: {"until":"2030-01-01T00:00:00.000Z","entrance":"https://cloud.example/v3","labels":{},"zones":{}}
pulumi.jsonStringify: {"until":{},"entrance":{},"labels":{},"zones":{}}
the provider gets: {"count":{},"entrance":{},"labels":{},"until":{},"zones":{}}
SEEN
echo "as found"
