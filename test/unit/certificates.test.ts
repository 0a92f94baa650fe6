import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  administratorGroup,
  administratorHolder,
  certificateTable,
  type AuthorityName,
  type CertificateHolder,
  type CertificatePurpose,
  type CertificateSpecification,
  type CertificateTableArgs,
  type CertificateUsage,
} from "../../components/pki/certificates";

interface Row {
  readonly authority: AuthorityName;
  readonly commonName: (holder: string) => string;
  readonly organization?: string;
  readonly usages: readonly CertificateUsage[];
}

const client: readonly CertificateUsage[] = ["digital_signature", "client_auth"];
const server: readonly CertificateUsage[] = ["digital_signature", "server_auth"];
const node = { commonName: (holder: string) => `system:node:${holder}`, organization: "system:nodes" };
const named = (commonName: string) => ({ commonName: () => commonName });

const localhostApiRows: Partial<Record<CertificatePurpose, Row>> = {
  localhostApi: {
    authority: "kubernetes",
    commonName: () => "kovhernetes-localhost-api",
    organization: "kovhernetes:administrators",
    usages: ["digital_signature", "client_auth"],
  },
};
/** The matrix of the design's section 4, by who holds the pair. */
const machineRows: Partial<Record<CertificatePurpose, Row>> = {
  kubeletServer: { ...node, authority: "kubernetes", usages: server },
  kubeletClient: { ...node, authority: "kubernetes", usages: client },
  kubeProxy: { ...named("system:kube-proxy"), authority: "kubernetes", usages: client },
};
const masterRows: Partial<Record<CertificatePurpose, Row>> = {
  etcdServer: { commonName: (holder) => holder, authority: "etcd", usages: server },
  etcdPeer: {
    commonName: (holder) => holder,
    authority: "etcd",
    usages: ["digital_signature", "server_auth", "client_auth"],
  },
  etcdHealthClient: { ...named("etcd-health-client"), authority: "etcd", usages: client },
  apiServer: { ...named("kube-apiserver"), authority: "kubernetes", usages: server },
  apiServerEtcdClient: { ...named("kube-apiserver-etcd-client"), authority: "etcd", usages: client },
  apiServerKubeletClient: { ...named("kube-apiserver-kubelet-client"), authority: "kubernetes", usages: client },
  frontProxyClient: { ...named("front-proxy-client"), authority: "front-proxy", usages: client },
  controllerManager: { ...named("system:kube-controller-manager"), authority: "kubernetes", usages: client },
  scheduler: { ...named("system:kube-scheduler"), authority: "kubernetes", usages: client },
};
const administratorRows: Partial<Record<CertificatePurpose, Row>> = {
  administrator: {
    ...named("kubernetes-administrator"),
    organization: administratorGroup,
    authority: "kubernetes",
    usages: client,
  },
  breakGlass: {
    ...named("kubernetes-break-glass"),
    organization: "system:masters",
    authority: "kubernetes",
    usages: client,
  },
};

const hostName = fc.stringMatching(/^[a-z][a-z0-9-]{0,40}[a-z0-9]$/).filter((name) => name !== administratorHolder);
const machines = fc.uniqueArray(fc.record({ hostName, address: fc.ipV4() }), {
  minLength: 1,
  maxLength: 8,
  selector: (machine) => machine.hostName,
});
const tableArgs: fc.Arbitrary<CertificateTableArgs> = fc
  .record({
    machines,
    masterCount: fc.integer({ min: 1, max: 3 }),
    apiServiceAddress: fc.ipV4(),
    clusterDomain: fc.domain(),
    localhostApi: fc.boolean(),
  })
  .map(({ machines: all, masterCount, ...shared }) => ({
    masters: all.slice(0, masterCount),
    nodes: all.slice(masterCount),
    ...shared,
  }));

const everyTable = (check: (table: readonly CertificateSpecification[], args: CertificateTableArgs) => void): void => {
  fc.assert(
    fc.property(tableArgs, (args) => {
      check(certificateTable(args), args);
    }),
  );
};
const heldBy = (table: readonly CertificateSpecification[], holder: string): readonly CertificateSpecification[] =>
  table.filter((row) => row.holder === holder);
const isServer = (row: CertificateSpecification): boolean => row.usages.includes("server_auth");

function expectRows(
  rows: readonly CertificateSpecification[],
  holder: string,
  expected: Partial<Record<CertificatePurpose, Row>>,
): void {
  const actual = rows.map(({ purpose, authority, commonName, organization, usages }) => [
    purpose,
    { authority, commonName, organization, usages },
  ]);
  const wanted = Object.entries(expected).map(([purpose, row]) => [
    purpose,
    { organization: undefined, ...row, commonName: row.commonName(holder) },
  ]);
  expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(wanted));
  expect(actual).toHaveLength(wanted.length);
}

describe("certificateTable", () => {
  it("gives every machine and the administrator exactly the pairs of the design's matrix", () => {
    everyTable((table, { masters, nodes, localhostApi }) => {
      const ofMasters = { ...masterRows, ...machineRows, ...(localhostApi ? localhostApiRows : {}) };
      for (const master of masters) {
        expectRows(heldBy(table, master.hostName), master.hostName, ofMasters);
      }
      for (const { hostName: holder } of nodes) expectRows(heldBy(table, holder), holder, machineRows);
      expectRows(heldBy(table, administratorHolder), administratorHolder, administratorRows);
      const holders = new Set([...masters, ...nodes].map((machine) => machine.hostName).concat(administratorHolder));
      expect(new Set(table.map((row) => row.holder))).toEqual(holders);
    });
  });

  it("gives the machines of a cluster with one master the same rows when masters are added", () => {
    everyTable((table, args) => {
      const [first, ...others] = args.masters;
      if (first === undefined) return;
      const single = certificateTable({ ...args, masters: [first] });
      const added = new Set(others.map(({ hostName: name }) => name));
      expect(table.filter(({ holder }) => !added.has(holder))).toEqual(single);
    });
  });

  it("names every certificate once", () => {
    everyTable((table) => {
      expect(new Set(table.map((row) => row.name)).size).toBe(table.length);
    });
  });

  it("lets no leaf sign certificates, and only etcd's peers act as both ends", () => {
    everyTable((table) => {
      for (const row of table) {
        expect(
          row.usages.filter((usage) => !["digital_signature", "server_auth", "client_auth"].includes(usage)),
        ).toEqual([]);
        expect(isServer(row) && row.usages.includes("client_auth")).toBe(row.purpose === "etcdPeer");
      }
    });
  });

  it("has the power of system:masters in the break-glass identity alone, which no machine holds", () => {
    everyTable((table) => {
      const powerful = table.filter((row) => row.organization === "system:masters");
      expect(powerful.map(({ purpose, holder }) => [purpose, holder])).toEqual([["breakGlass", administratorHolder]]);
    });
  });

  it("gives each server the names it is called by, and clients none", () => {
    everyTable((table, { masters, nodes, apiServiceAddress, clusterDomain }) => {
      const machine = new Map([...masters, ...nodes].map((one) => [one.hostName, one]));
      const loopback = { dns: "localhost", ip: "127.0.0.1" };
      for (const row of table) {
        const { hostName: name = "", address = "" } = machine.get(row.holder) ?? {};
        const [dnsNames, ipAddresses] = {
          kubeletServer: [[name], [address]],
          etcdServer: [
            [name, loopback.dns],
            [address, loopback.ip],
          ],
          etcdPeer: [
            [name, loopback.dns],
            [address, loopback.ip],
          ],
          apiServer: [
            [
              "kubernetes",
              "kubernetes.default",
              "kubernetes.default.svc",
              `kubernetes.default.svc.${clusterDomain}`,
              name,
              loopback.dns,
            ],
            [address, apiServiceAddress, loopback.ip],
          ],
        }[row.purpose as string] ?? [[], []];
        expect([[...row.dnsNames].sort(), [...row.ipAddresses].sort()]).toEqual([
          dnsNames?.sort(),
          ipAddresses?.sort(),
        ]);
        expect(row.servesPublicAddresses).toBe(row.purpose === "apiServer");
      }
    });
  });

  it("signs both ends of every connection so that each accepts the other", () => {
    const connections: readonly (readonly [client: CertificatePurpose, server: CertificatePurpose])[] = [
      ["apiServerKubeletClient", "kubeletServer"],
      ["apiServerEtcdClient", "etcdServer"],
      ["etcdHealthClient", "etcdServer"],
      ["etcdPeer", "etcdPeer"],
      ...(["kubeletClient", "scheduler", "controllerManager", "kubeProxy", "administrator", "breakGlass"] as const).map(
        (purpose) => [purpose, "apiServer"] as const,
      ),
    ];
    everyTable((table) => {
      const authorities = (purpose: CertificatePurpose) =>
        new Set(table.filter((row) => row.purpose === purpose).map((row) => row.authority));
      for (const [from, to] of connections) expect([from, authorities(from)]).toEqual([from, authorities(to)]);
      // Aggregated API servers trust this authority's clients to name any user: nothing else may be signed by it.
      expect(
        table.filter((row) => row.authority === "front-proxy").every((row) => row.purpose === "frontProxyClient"),
      ).toBe(true);
    });
  });

  it("keeps every row as it is when a node is added", () => {
    fc.assert(
      fc.property(tableArgs, hostName, (args, added) => {
        fc.pre(![...args.masters, ...args.nodes].some((machine) => machine.hostName === added));
        const newcomer: CertificateHolder = { hostName: added, address: "192.0.2.77" };
        const after = certificateTable({ ...args, nodes: [...args.nodes, newcomer] });
        expect(after.filter((row) => row.holder !== added)).toEqual(certificateTable(args));
      }),
    );
  });
});
