#!/usr/bin/env bash
# A kubeconfig may hold a credential twice, by file and inline (a file's name left behind when somebody embedded the data). For certificates the
# JavaScript client takes the file without a word, where client-go, and so kubectl, refuses the whole kubeconfig, in words that say "will override".
# For tokens both take one, but not the same: one kubeconfig, two identities.
#
# Guessed before: inline data goes first in both, as client-go's documentation of the fields says ("overrides", "takes precedence").
# Seen: client-node: the certificates' files, the inline token. client-go: an error, and the token's file.
# With: @kubernetes/client-node 2.0.1 (npm, run by Node 24.21.0 of npm), k8s.io/client-go v0.36.3 (Go 1.26 or newer).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --no-audit --no-fund --loglevel=error node@24.21.0 @kubernetes/client-node@2.0.1

printf 'file' | tee authority certificate key token >/dev/null
inline=$(printf 'inline' | base64)
kubeconfig() {
  cat <<CONFIG
apiVersion: v1
kind: Config
current-context: example
contexts: [{ name: example, context: { cluster: example, user: example } }]
clusters: [{ name: example, cluster: { server: "https://api.example:6443"$1 } }]
users: [{ name: example, user: { $2 } }]
CONFIG
}
kubeconfig ", certificate-authority: authority, certificate-authority-data: $inline" \
  "client-certificate: certificate, client-certificate-data: $inline, client-key: key, client-key-data: $inline" > certificates.yaml
kubeconfig "" "token: inline, tokenFile: $folder/token" > tokens.yaml

cat > read.mjs <<'SCRIPT'
import { KubeConfig } from "@kubernetes/client-node";
for (const file of ["certificates.yaml", "tokens.yaml"]) {
  const config = new KubeConfig();
  config.loadFromFile(file);
  const options = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, headers } = options;
  console.log(`client-node, ${file}: ${ca ? `authority ${ca}, certificate ${cert}, key ${key}` : headers.Authorization}`);
}
SCRIPT
mkdir go
cat > go/main.go <<'SCRIPT'
package main

import (
	"fmt"
	"net/http"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

type sent func(*http.Request)

func (tell sent) RoundTrip(request *http.Request) (*http.Response, error) {
	tell(request)
	return nil, http.ErrUseLastResponse
}

func main() {
	_, err := clientcmd.BuildConfigFromFlags("", "../certificates.yaml")
	fmt.Printf("client-go, certificates.yaml: refused %t, the words \"will override\" %t\n", err != nil, err != nil && strings.Contains(err.Error(), "will override"))

	config, err := clientcmd.BuildConfigFromFlags("", "../tokens.yaml")
	if err != nil {
		panic(err)
	}
	wrapped, err := rest.HTTPWrappersForConfig(config, sent(func(request *http.Request) {
		fmt.Printf("client-go, tokens.yaml: %s\n", request.Header.Get("Authorization"))
	}))
	if err != nil {
		panic(err)
	}
	request, _ := http.NewRequest(http.MethodGet, config.Host, nil)
	_, _ = wrapped.RoundTrip(request)
}
SCRIPT
(cd go && go mod init example && go get k8s.io/client-go@v0.36.3 && go mod tidy) >/dev/null 2>&1
{
  node_modules/node/bin/node read.mjs
  (cd go && go run .)
} | tee seen.txt
diff seen.txt - <<'SEEN'
client-node, certificates.yaml: authority file, certificate file, key file
client-node, tokens.yaml: Bearer inline
client-go, certificates.yaml: refused true, the words "will override" true
client-go, tokens.yaml: Bearer file
SEEN
echo "as found"
