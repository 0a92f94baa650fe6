#!/bin/sh
# Prints what the kubelet keeps from pods on a machine of the memory that /proc/meminfo, on standard input, tells: as part of a KubeletConfiguration.
# With `master`, room for etcd and the API besides. Pods get the rest as a limit of the kernel's; what is kept limits nobody.
set -eu
awk -v kind="${1:-}" '
  # A quarter of the first 4 GiB, a fifth of the next 4, a tenth of the next 8, 6 % up to 128, then 2 %: what Google keeps on its nodes.
  function share(from, to, part) { return total <= from ? 0 : ((total < to ? total : to) - from) * part }
  $1 == "MemTotal:" { total = $2 / 1024 }
  END {
    if (total < 1) exit 1
    node = share(0, 4096, 0.25) + share(4096, 8192, 0.2) + share(8192, 16384, 0.1) + share(16384, 131072, 0.06) + share(131072, 1e9, 0.02)
    if (node < 255) node = 255
    # Beyond 3 GiB a quarter: etcd and the API server grow with the objects of the cluster, whose masters are chosen by that.
    control = kind == "master" ? (total / 4 > 768 ? total / 4 : 768) : 0
    # A machine that is too small for all of this still runs its own pods.
    most = total * 0.7
    if (node + control > most) { control *= most / (node + control); node = most - control }
    printf "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
    printf "kubeReserved: {cpu: 100m, memory: %dMi, pid: \"1000\"}\n", node
    # A quantity is a text to the kubelet: a bare 0 keeps it from starting.
    printf "systemReserved: {cpu: %s, memory: %dMi, pid: \"1000\"}\n", control ? "400m" : "0m", control
  }
'
