import { daemonFile } from "./daemon";
import { publicFile, type MachineFile } from "./files";
import type { NodeDescription } from "./machine";
import { kubernetesPki, systemdUnits } from "./paths";
import { commandLine, renderUnit } from "./units";

const executable = "/usr/sbin/haproxy";
const configurationPath = "/etc/kovhernetes/api-proxy.cfg";
const port = 7445;

/** Where a machine with the proxy reaches whichever API server lives: the name is in every API server's certificate. */
export const apiProxyUrl = `https://127.0.0.1:${port}`;

/** Commands of the proxy, with their packages. */
export const apiProxyCommands: Readonly<Record<string, string>> = { [executable]: "haproxy" };

/**
 * A proxy on the machine's loopback, which leads connections to an API server that is ready. It takes no part in TLS: kubelet and kube-proxy know
 * the API server by its own certificate. Nothing where the description names no API servers.
 */
export function apiProxyFiles(description: NodeDescription): readonly MachineFile[] {
  const { apiServers } = description;
  if (apiServers === undefined) return [];
  return [
    publicFile(configurationPath, apiProxyConfiguration(apiServers)),
    // The package's own unit, with the package's own configuration, never starts: there is always a root directory.
    publicFile(
      `${systemdUnits}/haproxy.service.d/kovhernetes.conf`,
      renderUnit({ Unit: { ConditionPathExists: "!/" } }),
    ),
    daemonFile(description, {
      name: "kovhernetes-api-proxy",
      description: "Way to the API servers on loopback",
      type: "notify",
      command: commandLine(executable, "-Ws", "-f", configurationPath),
      executables: [],
      after: ["kovhernetes-packages.service"],
      needs: [executable],
      prepare: [],
      stage: "proxy to the API servers is started",
      service: {
        // It begins as root, reads the kubelet's key, and goes on as a user that may do nothing.
        CapabilityBoundingSet: "CAP_SETGID CAP_SETUID CAP_SYS_RESOURCE",
        KillMode: "mixed",
        LimitNOFILE: "65536",
        NoNewPrivileges: "yes",
        PrivateTmp: "yes",
        ProtectHome: "yes",
        ProtectSystem: "full",
      },
    }),
  ];
}

/**
 * Times: a machine that is gone refuses nothing, so a check of it ends by `timeout connect`. At worst it goes right after a check: 1 s to the next,
 * 0.7 s until that one has failed, 0.2 s, 0.7 s until the second has: 2.6 s. A process that has ended refuses at once: 1.2 s. An API server that is
 * slow is another matter: it has 10 s for its answer, so that load alone cuts no connection.
 *
 * 403 is the answer of an API server that authorizes by others' policies; who is asked has been authenticated by then.
 *
 * Where no server passes, for instance since a single master is short of time, connections are tried all the same, at each in turn.
 * https://docs.haproxy.org/2.6/configuration.html
 */
export function apiProxyConfiguration(apiServers: readonly string[]): string {
  const named = apiServers.map((address, ordinal) => ({ name: `master-${ordinal}`, address: `${address}:6443` }));
  const kubelet = `${kubernetesPki}/kubelet`;
  return `global
  user haproxy
  group haproxy
  maxconn 2000
  log stdout format raw local0 notice
  # kubelet.crt is followed by kubelet.key.
  ssl-load-extra-files key
  ssl-load-extra-del-ext
  ssl-default-server-options ssl-min-ver TLSv1.2

defaults
  mode tcp
  log global
  option dontlognull
  balance random
  retries 5
  option redispatch 1
  timeout connect 700ms
  timeout check 10s
  timeout queue 5s
  # Clients of the API watch without end, and ask whether the connection lives every 30 s.
  timeout client 10m
  timeout server 10m

frontend api
  bind 127.0.0.1:${port}
  use_backend untested if { nbsrv(masters) eq 0 }
  default_backend masters

backend masters
  option httpchk
  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes
  http-check expect rstatus ^(200|403)$
  default-server check check-ssl verify required ca-file ${kubernetesPki}/ca.crt crt ${kubelet}.crt inter 1s fastinter 200ms downinter 1s fall 2 rise 1 on-marked-down shutdown-sessions
${named.map(({ name, address }) => `  server ${name} ${address}\n`).join("")}
backend untested
${named.map(({ name, address }) => `  server ${name} ${address}\n`).join("")}`;
}
