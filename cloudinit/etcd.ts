import { daemonFile } from "./daemon";
import { makesEncryptionKey, memberFlags, memberPreparation, membership, membershipFiles } from "./etcd-membership";
import { keyPairFiles, publicFile, scriptFile, withFinalNewline, type MachineFile } from "./files";
import type { MasterDescription } from "./machine";
import { binaries, etcdData, etcdEnvironment, etcdPki, etcdStorage, scripts } from "./paths";
import { restoreFiles, restoreScript } from "./restore";
import { tlsCipherSuites } from "./tls";
import { commandLine, commandWithFlags, type Flags } from "./units";

const executable = `${binaries}/etcd`;
const clientPort = 2379;
const peerPort = 2380;

/** etcd's keys and unit, and the scripts that choose its quota by its file system and make the encryption key beside its data. */
export function etcdFiles(description: MasterDescription): readonly MachineFile[] {
  const { restore } = description.backup;
  const member = memberPreparation(description);
  const makeKey = commandLine(`${scripts}/make-encryption-key.sh`);
  const chooseQuota = commandLine(`${scripts}/etcd-quota.sh`);
  return [
    publicFile(`${etcdPki}/ca.crt`, withFinalNewline(description.etcdAuthority)),
    ...keyPairFiles(etcdPki, "server", description.etcdServer),
    ...keyPairFiles(etcdPki, "peer", description.etcdPeer),
    ...keyPairFiles(etcdPki, "health-client", description.etcdHealthClient),
    ...["make-encryption-key.sh", "etcd-quota.sh"].map(scriptFile),
    ...(restore === undefined ? [] : restoreFiles(restore, membership(description))),
    ...membershipFiles(description),
    daemonFile(description, {
      name: "etcd",
      description: "etcd key-value store",
      type: "notify",
      command: commandWithFlags(executable, flags(description)),
      executables: [executable],
      after: [],
      needs: [],
      // A restored cluster brings its own keys.
      prepare: [
        ...(restore === undefined ? [] : [commandLine(restoreScript)]),
        ...(makesEncryptionKey(description) ? [makeKey] : []),
        chooseQuota,
        ...member.prepare,
      ],
      stage: "etcd is up",
      // Where a volume is configured its mount unit exists, and etcd never starts on the root disk in its place.
      unit: { RequiresMountsFor: etcdStorage },
      service: {
        EnvironmentFile: [etcdEnvironment, ...member.environment].map((file) => `-${file}`),
        LimitNOFILE: "65536",
        NoNewPrivileges: "yes",
        ProtectHome: "yes",
        // A snapshot may have a long way.
        ...(restore === undefined ? {} : { TimeoutStartSec: "2h" }),
      },
    }),
  ];
}

/** https://etcd.io/docs/v3.6/op-guide/configuration/ */
function flags(description: MasterDescription): Flags {
  const { address } = description;
  return {
    ...memberFlags(description),
    "data-dir": etcdData,
    "listen-client-urls": `https://${address}:${clientPort},https://127.0.0.1:${clientPort}`,
    "advertise-client-urls": `https://${address}:${clientPort}`,
    "listen-peer-urls": `https://${address}:${peerPort}`,
    "cert-file": `${etcdPki}/server.crt`,
    "key-file": `${etcdPki}/server.key`,
    "trusted-ca-file": `${etcdPki}/ca.crt`,
    "client-cert-auth": "true",
    "peer-cert-file": `${etcdPki}/peer.crt`,
    "peer-key-file": `${etcdPki}/peer.key`,
    "peer-trusted-ca-file": `${etcdPki}/ca.crt`,
    "peer-client-cert-auth": "true",
    "cipher-suites": tlsCipherSuites.join(","),
    "tls-min-version": "TLS1.2",
    // The gateway is a client of its own server with the server's certificate, which is for servers only.
    "enable-grpc-gateway": "false",
    // A virtual disk stalls for longer than the default election time-out of one second; upstream's rule of ten
    // heartbeats to an election is kept (https://etcd.io/docs/v3.6/tuning/).
    "heartbeat-interval": "500",
    "election-timeout": "5000",
    "auto-compaction-mode": "periodic",
    "auto-compaction-retention": "8h",
  };
}
