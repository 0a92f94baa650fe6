#!/usr/bin/env bash
# Which network containerd's CNI library takes from its folder: a file that is hidden by a leading dot counts, and comes before all
# others; one that is cut short, when it comes first, leaves the machine without a network, although a good one follows.
#
# Guessed before: hidden files are no configuration, and a file that cannot be read is passed over, as the kubelet's own reader once did.
# Seen: the hidden file's network is taken; with the short one nothing is loaded. The short one behind the good one is never looked at.
# With: github.com/containerd/go-cni v1.1.14, which containerd v2.4.2 holds; Go 1.24 or later.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export GOFLAGS=-mod=mod GOTOOLCHAIN=local
go mod init finding 2>/dev/null
go get github.com/containerd/go-cni@v1.1.14 2>/dev/null
cat > main.go <<'PROGRAM'
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/containerd/go-cni"
)

func try(file, text string) {
	folder, err := os.MkdirTemp(".", "folder")
	if err != nil {
		panic(err)
	}
	good := `{"cniVersion":"1.0.0","name":"good","plugins":[{"type":"bridge"}]}`
	for name, content := range map[string]string{"10-good.conflist": good, file: text} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			panic(err)
		}
	}
	network, err := cni.New(cni.WithMinNetworkCount(1), cni.WithPluginMaxConfNum(1), cni.WithPluginConfDir(folder))
	if err != nil {
		panic(err)
	}
	taken := "none"
	if err := network.Load(cni.WithDefaultConf); err == nil {
		taken = network.GetConfig().Networks[0].Config.Name
	}
	fmt.Printf("%s beside 10-good.conflist: %s\n", file, taken)
}

func main() {
	other := `{"cniVersion":"1.0.0","name":"other","plugins":[{"type":"bridge"}]}`
	try(".20-other.conflist", other)
	try("20-other.conflist.bak", other)
	try("00-short.conflist", other[:20])
	try("20-short.conflist", other[:20])
}
PROGRAM
go mod tidy 2>/dev/null
go run . | tee seen.txt
diff seen.txt - <<'SEEN'
.20-other.conflist beside 10-good.conflist: other
20-other.conflist.bak beside 10-good.conflist: good
00-short.conflist beside 10-good.conflist: none
20-short.conflist beside 10-good.conflist: good
SEEN
echo "as found"
