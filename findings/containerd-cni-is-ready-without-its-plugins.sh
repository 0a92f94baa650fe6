#!/usr/bin/env bash
# containerd's CNI library tells the kubelet that the network is ready when a configuration exists whose plugin is not installed. Only a
# configuration of CNI 1.1.0 or later is tried: with one of 1.0.0, as flannel's manifest and most guides write it, a machine without any
# plugin is a Ready node, and the first pod shows that it is not.
#
# Guessed before: a network whose plugin has no executable is not ready, whatever version its configuration has.
# Seen: 1.0.0 and 0.3.1 are ready, 1.1.0 is not ("failed to find plugin").
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
	"strings"

	"github.com/containerd/go-cni"
)

func main() {
	for _, version := range []string{"0.3.1", "1.0.0", "1.1.0"} {
		configurations, plugins := folder(), folder()
		text := fmt.Sprintf(`{"cniVersion":%q,"name":"pods","plugins":[{"type":"flannel"}]}`, version)
		if err := os.WriteFile(filepath.Join(configurations, "10-pods.conflist"), []byte(text), 0o600); err != nil {
			panic(err)
		}
		network, err := cni.New(cni.WithMinNetworkCount(1), cni.WithPluginConfDir(configurations), cni.WithPluginDir([]string{plugins}))
		if err != nil {
			panic(err)
		}
		if err := network.Load(cni.WithDefaultConf); err != nil {
			panic(err)
		}
		told := "ready"
		if err := network.Status(); err != nil {
			told = strings.Split(err.Error(), " in path")[0]
		}
		fmt.Printf("%s, no plugin installed: %s\n", version, told)
	}
}

func folder() string {
	path, err := os.MkdirTemp(".", "folder")
	if err != nil {
		panic(err)
	}
	return path
}
PROGRAM
go mod tidy 2>/dev/null
go run . | tee seen.txt
diff seen.txt - <<'SEEN'
0.3.1, no plugin installed: ready
1.0.0, no plugin installed: ready
1.1.0, no plugin installed: failed to find plugin "flannel"
SEEN
echo "as found"
