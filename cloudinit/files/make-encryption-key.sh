#!/bin/sh
# Makes the key that encrypts Secrets at rest: once, on the master itself, beside the data that it protects, so that
# it is in no user data and no stack state and survives the master together with the volume.
set -eu
umask 077
directory=/var/lib/etcd
configuration=$directory/encryption-config.yaml
mkdir -p "$directory"
if [ -s "$configuration" ]; then exit 0; fi
if [ -e "$directory/data/member" ]; then
  /opt/kovhernetes/lib/report.sh --problem \
    "etcd has data but $configuration is gone: a new key could not read its Secrets. Restore that file"
  exit 1
fi
key=$(head -c 32 /dev/urandom | base64 -w 0)
cat >"$configuration.partial" <<END
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - secretbox:
          keys:
            - name: key1
              secret: $key
      - identity: {}
END
sync "$configuration.partial"
mv -f "$configuration.partial" "$configuration"
