import type { Machine } from "../shared/machine.ts";
import { outcomeText, verdict, type Outcome } from "./outcome.ts";
import type { Finding } from "./finding.ts";

/** A socket of a machine that takes connections or datagrams, and what strangers' requests to it ended with. */
export interface Listener {
  readonly protocol: string;
  /** Address without its interface; `*` and `0.0.0.0` are all of them. */
  readonly address: string;
  readonly port: number;
  /** Names of the processes that hold it; none for the kernel's own. */
  readonly processes: readonly string[];
  readonly tried: readonly Outcome[];
}

/** What may listen on a machine. */
export interface KnownListener {
  /** Names of the program, of which one suffices; none for the kernel. */
  readonly processes: readonly string[];
  readonly protocols: readonly ("tcp" | "udp")[];
  /** First and last port; absent for any. */
  readonly ports?: readonly [number, number];
  readonly on: "every address" | "loopback";
  readonly what: string;
  readonly protection: string;
  /** Whether it may answer a stranger's HTTP request. */
  readonly answersStrangers?: true;
}

const tcp = ["tcp"] as const;
const udp = ["udp"] as const;
const both = ["tcp", "udp"] as const;
const closed = "security groups open it to nobody";

/** Every listener that is meant to be there: `verify` fails on one that no row names, or that answers without being asked who asks. */
export const knownListeners: readonly KnownListener[] = [
  ...[
    {
      processes: ["kube-apiserver"],
      ports: [6443, 6443],
      on: "every address",
      what: "Kubernetes API",
      protection: "TLS, client certificate or token",
    } as const,
    {
      processes: ["kubelet"],
      ports: [10250, 10250],
      on: "every address",
      what: "kubelet API",
      protection: "TLS, client certificate or token, asked of the API",
    } as const,
    {
      processes: ["etcd"],
      ports: [2379, 2380],
      on: "every address",
      what: "etcd for clients and peers, its metrics",
      protection: "TLS, client certificate of the etcd authority",
    } as const,
    {
      processes: ["kube-controller-manager"],
      ports: [10257, 10257],
      on: "loopback",
      what: "metrics, configuration",
      protection: "TLS, client certificate or token",
    } as const,
    {
      processes: ["kube-scheduler"],
      ports: [10259, 10259],
      on: "loopback",
      what: "metrics, configuration",
      protection: "TLS, client certificate or token",
    } as const,
    {
      processes: ["kube-proxy"],
      ports: [10249, 10249],
      on: "loopback",
      what: "metrics",
      protection: "a rule of the machine's firewall refuses every connection",
    } as const,
    {
      processes: ["kube-proxy"],
      ports: [30000, 32767],
      on: "every address",
      what: "whether a Service with `externalTrafficPolicy: Local` has pods here",
      protection: "none needed: a count",
      answersStrangers: true,
    } as const,
    {
      processes: ["containerd"],
      on: "loopback",
      what: "streams of `exec`, `attach`, `port-forward`",
      protection: "addresses with a token used once",
    } as const,
    {
      processes: ["kubectl"],
      ports: [8080, 8080],
      on: "loopback",
      what: "the API, with `localhostApi` alone",
      protection: "none, which is what the setting is for",
      answersStrangers: true,
    } as const,
    { processes: ["sshd"], ports: [22, 22], on: "every address", what: "SSH", protection: "keys only" } as const,
  ].map((row) => ({ ...row, protocols: tcp })),
  {
    ...{ processes: [], protocols: udp, ports: [8472, 8472], on: "every address", what: "flannel's VXLAN" },
    protection: "security group of the cluster's members",
  },
  {
    ...{ processes: ["systemd-resolved"], protocols: both, ports: [53, 53], on: "loopback", what: "names" },
    protection: "none needed",
  },
  {
    ...{ processes: ["systemd-resolved"], protocols: both, ports: [5355, 5355], on: "every address" },
    ...{ what: "LLMNR, of systemd-resolved", protection: closed },
  },
  {
    ...{ processes: ["systemd-resolved"], protocols: udp, ports: [5353, 5353], on: "every address" },
    ...{ what: "mDNS, of systemd-resolved", protection: closed },
  },
  {
    ...{ processes: ["systemd-networkd", "dhclient", "dhcpcd", "NetworkManager"], protocols: udp, ports: [68, 68] },
    ...{ on: "every address", what: "DHCP", protection: closed },
  },
  {
    ...{ processes: ["systemd-networkd", "dhclient", "dhcpcd", "NetworkManager"], protocols: udp, ports: [546, 546] },
    ...{ on: "every address", what: "DHCP for IPv6", protection: closed },
  },
  {
    ...{ processes: ["chronyd"], protocols: udp, ports: [323, 323], on: "loopback", what: "chrony's own commands" },
    protection: "none needed",
  },
];

/** The kernel keeps this many characters of a program's name, and ss tells those. */
const nameLength = 15;

/** Reads a line that `listeners` of `probe.sh` printed, after its first field. */
export function readListener(protocol: string, [local = "", users = "", ...tried]: readonly string[]): Listener {
  const [, address = "", port = ""] = /^(.*):(\d+)$/.exec(local) ?? [];
  return {
    protocol,
    address: address.replace(/%.*$/, "").replace(/^\[(.*)\]$/, "$1"),
    port: Number(port),
    processes: [...users.matchAll(/\("([^"]+)",pid=/g)].map(([, name = ""]) => name),
    tried: tried.map((text) => {
      const [exitCode, status] = text.split(":").map(Number);
      return { exitCode: exitCode ?? NaN, status: status ?? NaN };
    }),
  };
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

function isOf(known: KnownListener, { protocol, port, processes }: Listener): boolean {
  const [first, last] = known.ports ?? [0, 65_535];
  const owns =
    known.processes.length === 0
      ? processes.length === 0
      : processes.some((name) => known.processes.some((one) => one.slice(0, nameLength) === name));
  return owns && known.protocols.some((one) => one === protocol) && first <= port && port <= last;
}

/**
 * What to think of everything that listens on a machine.
 * @param allowed further sockets, as `tcp/9100`, of which nothing is expected
 */
export function listenerFindings(
  machine: Pick<Machine, "name">,
  listeners: readonly Listener[],
  allowed: readonly string[],
): readonly Finding[] {
  const common = { client: "anyone", from: machine.name, attempt: "a stranger's requests to every socket" } as const;
  if (listeners.length === 0) {
    const observed = `not tried: ss told of no socket on ${machine.name}`;
    return [{ ...common, server: machine.name, expected: "refused", observed, holds: false }];
  }
  return listeners
    .filter(({ protocol, port }) => !allowed.includes(`${protocol}/${port}`))
    .map((listener) => {
      const { protocol, address, port, processes, tried } = listener;
      const program = processes.length === 0 ? "the kernel" : [...new Set(processes)].join(", ");
      const known = knownListeners.filter((one) => isOf(one, listener));
      const here = known.find(({ on }) => on === "every address" || isLoopback(address));
      const taken = tried.filter((outcome) => verdict(outcome) === "accepted");
      const text = [...new Set(tried.map(outcomeText))].join(", ");
      const [holds, observed] =
        known.length === 0
          ? [false, "listens, and no table of listeners names it; --listener allows one of your own"]
          : here === undefined
            ? [false, `listens on ${address}, must on loopback alone`]
            : taken.length > 0 && here.answersStrangers !== true
              ? [false, `accepted (${text})`]
              : [true, tried.length === 0 ? `listens: ${here.protection}` : `listens: ${here.protection} (${text})`];
      const server = `${program} of ${machine.name}`;
      return {
        ...{ ...common, attempt: `${common.attempt}: ${protocol} ${address}:${port}` },
        ...{ server, expected: "refused" as const, observed, holds },
      };
    });
}
