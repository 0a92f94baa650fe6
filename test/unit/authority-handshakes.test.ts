import type { AddressInfo } from "node:net";
import * as tls from "node:tls";
import { beforeAll, describe, expect, it } from "vitest";
import { authorityProblems } from "../../components/checks/authorities";
import type { RecordedMachine } from "../../components/model/recorded";
import {
  administratorHolder,
  certificateTable,
  type AuthorityName,
  type CertificatePurpose,
} from "../../components/pki/certificates";
import { authoritySet, issueSets, type SetMaterial } from "../support/authority-steps.ts";

const master = { hostName: "dev-master-0", address: "192.168.0.10" };
const node = { hostName: "dev-default-0", address: "192.168.0.15" };
const args = {
  masters: [master],
  nodes: [node],
  apiServiceAddress: "10.0.0.1",
  clusterDomain: "cluster.local",
  localhostApi: true,
};

/** Every connection with certificates on both ends: who calls whom, by the authority that both trust. */
const connections: readonly (readonly [CertificatePurpose, CertificatePurpose, AuthorityName])[] = [
  ["apiServerKubeletClient", "kubeletServer", "kubernetes"],
  ["apiServerEtcdClient", "etcdServer", "etcd"],
  ["etcdHealthClient", "etcdServer", "etcd"],
  ["etcdPeer", "etcdPeer", "etcd"],
  ...(
    [
      "kubeletClient",
      "kubeProxy",
      "scheduler",
      "controllerManager",
      "localhostApi",
      "administrator",
      "breakGlass",
    ] as const
  ).map((purpose) => [purpose, "apiServer", "kubernetes"] as const),
];

/** Who holds the pair of a purpose; a node's where both kinds of machine have one. */
const holderOf = (purpose: CertificatePurpose): string => {
  const holders = certificateTable(args).flatMap((row) => (row.purpose === purpose ? [row.holder] : []));
  return holders.includes(node.hostName) ? node.hostName : (holders[0] ?? administratorHolder);
};

/** How a real handshake ends in which both ends check each other's certificate; `undefined` when each accepts the other. */
async function handshake(client: tls.ConnectionOptions, server: tls.TlsOptions): Promise<string | undefined> {
  const listener = tls.createServer({ ...server, requestCert: true, rejectUnauthorized: true });
  listener.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  try {
    // With TLS 1.3 a client learns with the first byte alone that it was refused.
    listener.on("secureConnection", (socket) => socket.on("error", () => undefined).end("x"));
    return await new Promise((resolve) => {
      const socket = tls.connect({ ...client, host: "127.0.0.1", port });
      socket.once("data", () => {
        resolve(undefined);
        socket.destroy();
      });
      socket.once("error", (error: Error) => {
        resolve(error.message);
      });
      socket.once("end", () => {
        resolve("closed");
      });
    });
  } finally {
    listener.close();
  }
}

const ends = (material: SetMaterial, purpose: CertificatePurpose, authority: AuthorityName) => {
  const { certificate, privateKey } = material.pair(holderOf(purpose), purpose);
  return { cert: certificate, key: privateKey, ca: material.trusted[authority] };
};

/** Every connection between two machines, or a machine and the administrator, that is refused, with what was said. */
async function refusals(client: SetMaterial, server: SetMaterial, tryOut = connections): Promise<string[]> {
  const tried = tryOut.map(async ([from, to, authority]) => {
    const servername = holderOf(to);
    const reason = await handshake({ ...ends(client, from, authority), servername }, ends(server, to, authority));
    return reason === undefined ? [] : [`${from} of ${client.text} to ${to} of ${server.text}: ${reason}`];
  });
  return (await Promise.all(tried)).flat();
}

const recordedWith = (text: string): RecordedMachine => ({
  name: node.hostName,
  role: "node",
  generation: 1,
  kubernetes: "1.36.3",
  image: "debian-13",
  flavor: "b3-8",
  authorities: text,
});

describe("machines of two steps of a rotation", () => {
  let material: Awaited<ReturnType<typeof issueSets>>;
  const steps = ["1", "1+2", "2+1", "2"];

  beforeAll(async () => {
    material = await issueSets(args, [1, 2, 3]);
  });

  it("accept each other in both directions, each with itself and with the step before and after", async () => {
    for (const [index, step] of steps.entries()) {
      for (const other of steps.slice(Math.max(0, index - 1), index + 2)) {
        expect(await refusals(material(step), material(other))).toEqual([]);
      }
    }
  });

  it("would refuse each other if a step were skipped", async () => {
    // Every connection, from one side at least.
    expect(await refusals(material("1"), material("2+1"))).toHaveLength(connections.length);
    expect(await refusals(material("2"), material("1+2"))).toHaveLength(connections.length);
    expect(await refusals(material("1"), material("2"))).toHaveLength(connections.length);
  });

  it("accept each other exactly where the program lets one follow the other", async () => {
    const sets = [...steps, "2+3", "3+2", "3"];
    // One connection of each authority: the others were tried above.
    const few = connections.filter(([from]) => from === "kubeletClient" || from === "etcdHealthClient");
    for (const before of sets) {
      for (const after of sets) {
        const isAllowed = authorityProblems(authoritySet(after), [recordedWith(before)]).length === 0;
        const refused = [
          ...(await refusals(material(before), material(after), few)),
          ...(await refusals(material(after), material(before), few)),
        ];
        expect([before, after, refused.length === 0]).toEqual([before, after, isAllowed]);
      }
    }
  });
});
