#!/usr/bin/env bash
# topPods of the JavaScript client, over all namespaces: two pods of one name in different namespaces are both told the usage of one of
# them (web-0 of two StatefulSets), and the memory that a pod of two containers asks for is made of the first one's limit.
#
# Guessed before: a pod's usage is its own, and its request is the sum of its containers' requests (100Mi + 100Mi).
# Seen: both pods use what the last one in the list uses; the request is 300Mi, with limits of 200Mi each.
# With: @kubernetes/client-node 2.0.1 (npm), Node 20 or newer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --no-audit --no-fund --loglevel=error @kubernetes/client-node@2.0.1
cat > pods.mjs <<'SCRIPT'
import { topPods } from "./node_modules/@kubernetes/client-node/dist/top.js";

const mebibyte = 1024n * 1024n;
const container = (name) => ({ name, resources: { requests: { cpu: "100m", memory: "100Mi" }, limits: { cpu: "200m", memory: "200Mi" } } });
const pod = (namespace) => ({ metadata: { name: "web-0", namespace }, spec: { containers: [container("web"), container("log")] } });
const usage = (namespace, memory) => ({
  metadata: { name: "web-0", namespace },
  containers: ["web", "log"].map((name) => ({ name, usage: { cpu: "10m", memory } })),
});

const core = { listPodForAllNamespaces: async () => ({ items: [pod("one"), pod("two")] }) };
const metrics = { getPodMetrics: async () => ({ items: [usage("one", "10Mi"), usage("two", "90Mi")] }) };
for (const { Pod, Memory } of await topPods(core, metrics)) {
  const told = [Memory.CurrentUsage, Memory.RequestTotal, Memory.LimitTotal].map((bytes) => `${BigInt(bytes) / mebibyte}Mi`);
  console.log(`${Pod.metadata.namespace}/${Pod.metadata.name}: uses ${told[0]}, asks for ${told[1]}, at most ${told[2]}`);
}
SCRIPT
node pods.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
one/web-0: uses 180Mi, asks for 300Mi, at most 400Mi
two/web-0: uses 180Mi, asks for 300Mi, at most 400Mi
SEEN
echo "as found"
