#!/usr/bin/env bash
# ip-address: whether an address of version 6 stands for one of version 4 depends on how it is written, not on which it is.
#
# Guessed before: ::ffff:10.0.0.1 and ::ffff:a00:1 are one address, so is4() says the same of both.
# Seen: true and false; both have the same number and the same correct form. An address of version 4 is in no subnet of such either.
# With: ip-address 10.7.6 (npm), Node 20 or newer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --no-audit --no-fund --loglevel=error ip-address@10.7.6
cat > spelling.cjs <<'SCRIPT'
const { Address4, Address6 } = require("ip-address");
const [dotted, hexadecimal] = ["::ffff:10.0.0.1", "::ffff:a00:1"].map((text) => new Address6(text));
console.log(`one address: ${dotted.bigInt() === hexadecimal.bigInt()}, ${dotted.correctForm() === hexadecimal.correctForm()}`);
console.log(`is4: ${dotted.is4()}, ${hexadecimal.is4()}`);
console.log(`10.0.0.1 in ::ffff:10.0.0.0/120: ${new Address4("10.0.0.1").isInSubnet(new Address6("::ffff:10.0.0.0/120"))}`);
SCRIPT
node spelling.cjs | tee seen.txt
diff seen.txt - <<'SEEN'
one address: true, true
is4: true, false
10.0.0.1 in ::ffff:10.0.0.0/120: false
SEEN
echo "as found"
