#!/bin/sh
# Closes kube-proxy's metrics, which speak plain HTTP on loopback: its flag says that an empty address turns them off, and its
# validation refuses that (validateHostPort in pkg/proxy/apis/config/validation of Kubernetes 1.35 to 1.37).
set -eu
set -- OUTPUT -o lo -p tcp -d 127.0.0.1 --dport 10249 -j REJECT --reject-with tcp-reset
if ! iptables -w 60 -C "$@" 2>/dev/null; then iptables -w 60 -I "$@"; fi
