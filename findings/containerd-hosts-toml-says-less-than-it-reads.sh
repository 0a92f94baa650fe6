#!/usr/bin/env bash
# What containerd makes of a mirror's hosts.toml. An empty list of capabilities is not "may do nothing" but "may do everything", pushes
# included. A single value of another type (`skip_verify = "true"`, a header's number) is no error of the pull: it is a line in the log,
# the whole file is left out, and the image comes from the registry that the mirror was to stand in for.
#
# Guessed before: an empty list gives no capability; a file that cannot be decoded fails the pull, as a wrong main configuration does.
# Seen: pull, resolve, push and referrers for the empty list; no error, and the upstream registry alone, for the wrong type.
# With: github.com/containerd/containerd/v2 v2.4.2; Go 1.24 or later.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export GOFLAGS=-mod=mod GOTOOLCHAIN=local
go mod init finding 2>/dev/null
go get github.com/containerd/containerd/v2@v2.4.2 2>/dev/null
cat > main.go <<'PROGRAM'
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/containerd/containerd/v2/core/remotes/docker"
	"github.com/containerd/containerd/v2/core/remotes/docker/config"
)

func try(line string) {
	folder, err := os.MkdirTemp(".", "folder")
	if err != nil {
		panic(err)
	}
	if err := os.Mkdir(filepath.Join(folder, "registry.example"), 0o700); err != nil {
		panic(err)
	}
	text := "[host.\"https://mirror.example\"]\n" + line + "\n"
	if err := os.WriteFile(filepath.Join(folder, "registry.example", "hosts.toml"), []byte(text), 0o600); err != nil {
		panic(err)
	}
	hosts, err := config.ConfigureHosts(context.Background(), config.HostOptions{HostDir: config.HostDirFromRoot(folder)})("registry.example")
	fmt.Printf("%s: error %v\n", line, err)
	for _, host := range hosts {
		may := func(one docker.HostCapabilities) bool { return host.Capabilities.Has(one) }
		fmt.Printf("  %s pull %v push %v\n", host.Host, may(docker.HostCapabilityPull), may(docker.HostCapabilityPush))
	}
}

func main() {
	try(`capabilities = ["pull", "resolve"]`)
	try(`capabilities = []`)
	try(`skip_verify = "true"`)
}
PROGRAM
go mod tidy 2>/dev/null
go run . 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
capabilities = ["pull", "resolve"]: error <nil>
  mirror.example pull true push false
  registry.example pull true push true
capabilities = []: error <nil>
  mirror.example pull true push true
  registry.example pull true push true
skip_verify = "true": error <nil>
  registry.example pull true push true
SEEN
echo "as found"
