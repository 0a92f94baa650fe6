#!/usr/bin/env bash
# pulumi.mergeOptions: an option that is undefined in the second set erases what the first set said. A component that merges its
# defaults with what a caller leaves out (`protect: args.protect`) takes the protection off the resource, and gives it another parent,
# without a word; and lists grow by repetition.
#
# Guessed before: undefined means "not said", so `protect: true` and the parent of the first set stay; the lists are joined without repetition.
# Seen: protect, parent and retainOnDelete are gone; "name" is listed twice. The same call without the undefined keys keeps all three.
# With: @pulumi/pulumi 3.270.0 (npm), Node 20 or newer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --no-audit --no-fund --loglevel=error @pulumi/pulumi@3.270.0

cat > merge.cjs <<'SCRIPT'
const pulumi = require("@pulumi/pulumi");

pulumi.runtime.setMocks({ newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: ({ inputs }) => inputs });
const parent = new pulumi.ComponentResource("example:index:Group", "group");
const defaults = { parent, protect: true, retainOnDelete: true, ignoreChanges: ["name"] };

const tell = (merged) => {
  const lists = merged.ignoreChanges.join(" ");
  console.log(`protect ${merged.protect}, retainOnDelete ${merged.retainOnDelete}, parent kept ${merged.parent === parent}, ignoreChanges ${lists}`);
};
tell(pulumi.mergeOptions(defaults, { ignoreChanges: ["name"] }));
tell(pulumi.mergeOptions(defaults, { parent: undefined, protect: undefined, retainOnDelete: undefined, ignoreChanges: undefined }));
SCRIPT
node merge.cjs | tee seen.txt
diff seen.txt - <<'SEEN'
protect true, retainOnDelete true, parent kept true, ignoreChanges name name
protect undefined, retainOnDelete undefined, parent kept false, ignoreChanges name
SEEN
echo "as found"
