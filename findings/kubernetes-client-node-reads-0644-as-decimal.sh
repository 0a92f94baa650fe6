#!/usr/bin/env bash
# The JavaScript client of Kubernetes reads manifests by YAML 1.2, kubectl by YAML 1.1. `defaultMode: 0644`, as manifests write the mode of a
# volume's files, is 420 (rw-r--r--) for kubectl and 644 (-w----r-- and the sticky bit) for the client: both are valid modes, so the API takes either.
#
# Guessed before: loadYaml reads a manifest as kubectl does, 0644 is 420.
# Seen: 644. In 0o644 they agree.
# With: @kubernetes/client-node 2.0.1 (npm, run by Node 24.21.0 of npm), sigs.k8s.io/yaml v1.6.0 (what kubectl reads with; Go).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --no-audit --no-fund --loglevel=error node@24.21.0 @kubernetes/client-node@2.0.1
cat > manifest.yaml <<'MANIFEST'
plain: 0644
prefixed: 0o644
MANIFEST

cat > read.mjs <<'SCRIPT'
import { readFileSync } from "node:fs";
import { loadYaml } from "@kubernetes/client-node";
const { plain, prefixed } = loadYaml(readFileSync("manifest.yaml", "utf8"));
console.log(`the client: 0644 is ${plain}, 0o644 is ${prefixed}`);
SCRIPT
mkdir kubectl
cat > kubectl/main.go <<'SCRIPT'
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	text, err := os.ReadFile("../manifest.yaml")
	if err != nil {
		panic(err)
	}
	var read struct{ Plain, Prefixed int32 }
	if err := yaml.Unmarshal(text, &read); err != nil {
		panic(err)
	}
	fmt.Printf("kubectl's library: 0644 is %d, 0o644 is %d\n", read.Plain, read.Prefixed)
}
SCRIPT
(cd kubectl && go mod init example >/dev/null 2>&1 && go get sigs.k8s.io/yaml@v1.6.0 2>/dev/null)
{
  node_modules/node/bin/node read.mjs
  (cd kubectl && go run .)
} | tee seen.txt
diff seen.txt - <<'SEEN'
the client: 0644 is 644, 0o644 is 420
kubectl's library: 0644 is 420, 0o644 is 420
SEEN
echo "as found"
