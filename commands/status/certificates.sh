# shellcheck shell=sh
# What `status` runs as root on a machine: prints the certificates that its components use, one line of tab-separated fields
# each, and changes nothing. Keys are not read.
for file in /etc/kubernetes/pki/*.crt /etc/etcd/pki/*.crt; do
  if [ -f "$file" ]; then printf 'certificate\t%s\t%s\n' "$file" "$(base64 -w 0 <"$file")"; fi
done
