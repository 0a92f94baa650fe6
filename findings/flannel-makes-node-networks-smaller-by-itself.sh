#!/usr/bin/env bash
# flannel's net-conf.json: the size of a node's network (24 unless SubnetLen says so) is made smaller without a word where the whole is
# small, and neither its first part nor a range that ends before it begins is held against anything.
#
# Guessed before: a network of /24 is refused, as it has room for one node; SubnetMin above SubnetMax is refused.
# Seen: /26 for a node, .64 to .192: three nodes, the first quarter is never used. The reversed range passes.
# With: github.com/flannel-io/flannel v0.28.10 (pkg/subnet); Go 1.26 or later.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export GOFLAGS=-mod=mod GOTOOLCHAIN=local
go mod init finding 2>/dev/null
# The version that flannel asks for cannot be had everywhere; nothing of it is used here.
go mod edit -require github.com/flannel-io/flannel@v0.28.10 \
  -replace github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/vpc=github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/vpc@v1.0.1000
cat > main.go <<'PROGRAM'
package main

import (
	"fmt"

	"github.com/flannel-io/flannel/pkg/subnet"
)

func main() {
	for _, text := range []string{
		`{"Network":"172.17.0.0/16"}`,
		`{"Network":"172.17.0.0/24"}`,
		`{"Network":"172.17.0.0/28"}`,
		`{"Network":"172.17.0.0/16","SubnetMin":"172.17.99.0","SubnetMax":"172.17.10.0"}`,
	} {
		config, err := subnet.ParseConfig(text)
		if err == nil {
			err = subnet.CheckNetworkConfig(config)
		}
		fmt.Printf("%s: a node has /%d, from %s to %s, error %v\n", config.Network, config.SubnetLen, config.SubnetMin, config.SubnetMax, err)
	}
}
PROGRAM
go mod tidy 2>/dev/null
go run . | tee seen.txt
diff seen.txt - <<'SEEN'
172.17.0.0/16: a node has /24, from 172.17.1.0 to 172.17.255.0, error <nil>
172.17.0.0/24: a node has /26, from 172.17.0.64 to 172.17.0.192, error <nil>
172.17.0.0/28: a node has /30, from 172.17.0.4 to 172.17.0.12, error <nil>
172.17.0.0/16: a node has /24, from 172.17.99.0 to 172.17.10.0, error <nil>
SEEN
echo "as found"
