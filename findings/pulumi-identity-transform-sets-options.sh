#!/usr/bin/env bash
# A Pulumi resource transform that hands back exactly the options it was given changes the resource's options: what nobody had set comes
# back as set to false. For a provider that chooses delete-before-replace by itself (kubernetes, for objects with a fixed name), the
# engine then holds the program's "false" above the provider's choice, and a replacement fails with "already exists".
#
# Guessed before: options that a transform passes through untouched reach the engine as they came.
# Seen: the three flags that were absent in the request are present and false in the answer.
# With: @pulumi/pulumi 3.270.0 (npm), Node 20 or newer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --no-audit --no-fund --loglevel=error @pulumi/pulumi@3.270.0

cat > identity.cjs <<'SCRIPT'
const grpc = require("@grpc/grpc-js");
const { CallbackServer } = require("@pulumi/pulumi/runtime/callbacks");
const clients = require("@pulumi/pulumi/proto/callback_grpc_pb");
const { CallbackInvokeRequest } = require("@pulumi/pulumi/proto/callback_pb");
const resources = require("@pulumi/pulumi/proto/resource_pb");
const struct = require("google-protobuf/google/protobuf/struct_pb");

(async () => {
  const server = new CallbackServer({});
  const callback = await server.registerTransform(({ props, opts }) => ({ props, opts }));

  const request = new resources.TransformRequest();
  request.setCustom(true);
  request.setType("kubernetes:core/v1:ConfigMap");
  request.setName("settings");
  request.setProperties(struct.Struct.fromJavaScript({}));
  request.setOptions(new resources.TransformResourceOptions());

  const call = new CallbackInvokeRequest();
  call.setToken(callback.getToken());
  call.setRequest(request.serializeBinary());
  const client = new clients.CallbacksClient(callback.getTarget(), grpc.credentials.createInsecure());
  client.invoke(call, (error, answer) => {
    if (error) throw error;
    const before = request.getOptions();
    const after = resources.TransformResponse.deserializeBinary(answer.getResponse_asU8()).getOptions();
    for (const name of ["DeleteBeforeReplace", "Protect", "RetainOnDelete"]) {
      const told = (options) => (options[`has${name}`]() ? String(options[`get${name}`]()) : "not set");
      console.log(`${name}: ${told(before)} -> ${told(after)}`);
    }
    process.exit(0);
  });
})();
SCRIPT
node identity.cjs | tee seen.txt
diff seen.txt - <<'SEEN'
DeleteBeforeReplace: not set -> false
Protect: not set -> false
RetainOnDelete: not set -> false
SEEN
echo "as found"
