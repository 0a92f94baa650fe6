import { createPrivateKey, X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import {
  administratorHolder,
  certificateTable,
  type CertificateSpecification,
} from "../../components/pki/certificates";
import type { PkiArgs } from "../../components/pki/pki";
import { plain, pretendCloud, pretendedExpiry, pretendedPem, promiseOf, runProgram } from "../support/mocks";

const keyType = "tls:index/privateKey:PrivateKey";
const requestType = "tls:index/certRequest:CertRequest";
const leafType = "tls:index/locallySignedCert:LocallySignedCert";
const authorityType = "tls:index/selfSignedCert:SelfSignedCert";

const args: PkiArgs = {
  clusterName: "dev",
  masters: [{ hostName: "dev-master-0", address: "192.168.0.10" }],
  nodes: [{ hostName: "dev-default-0", address: "192.168.0.15" }],
  apiServiceAddress: "10.0.0.1",
  clusterDomain: "cluster.local",
  localhostApi: false,
  publicApiAddresses: { "dev-master-0": ["203.0.113.7", "192.168.0.10"] },
  certificates: { validityHours: 8760, earlyRenewalHours: 720, authorityValidityHours: 87600 },
  authorities: {
    target: { issuing: 1, trusted: [1] },
    made: [{ number: 1, issues: true }],
    issuers: { "dev-master-0": 1, "dev-default-0": 1 },
  },
  protectAuthorities: true,
  heldUntil: {},
  staying: new Set(),
  withResources: new Set(),
  generations: { "dev-master-0": 2, "dev-default-0": 1 },
};
const table = certificateTable(args);
const administrators = table.filter(({ holder }) => holder === administratorHolder);
/** As an earlier version made both machines: their keys and certificates are resources. */
const machines = new Set(["dev-master-0", "dev-default-0"]);
const fromBefore = { staying: machines, withResources: machines };

let Pki: typeof import("../../components/pki/pki").Pki;
beforeAll(async () => {
  await pretendCloud();
  ({ Pki } = await import("../../components/pki/pki.ts"));
});

const run = (changes: Partial<PkiArgs> = {}) =>
  runProgram((options) => new Pki("pki", { ...args, ...changes }, options));

/** Inputs of a resource of the run, by type and name, without the wrappers of secrets. */
async function inputsByName(type: string): Promise<ReadonlyMap<string, Record<string, unknown>>> {
  const { resources } = await run(fromBefore);
  return new Map(
    resources.flatMap((resource) =>
      resource.type === type ? [[resource.name, plain(resource.inputs) as Record<string, unknown>] as const] : [],
    ),
  );
}
/** Of a machine's row. */
const purposeOf = (row: CertificateSpecification) =>
  row.purpose as Parameters<InstanceType<typeof Pki>["machinePair"]>[1];
const nameOf = (row: CertificateSpecification, suffix: string): string => `pki-${row.name}-${suffix}`;

describe("Pki", () => {
  it.each([
    ["the administrators, where machines are made", {}, administrators],
    ["every row, where both machines stay that an earlier version made", fromBefore, table],
    ["the administrators, where both stay and hold theirs alone", { staying: machines }, administrators],
    [
      "those and the one machine that stays of an earlier version",
      { staying: machines, withResources: new Set(["dev-default-0"]) },
      table.filter(({ holder }) => holder !== "dev-master-0"),
    ],
  ] as const)("makes an elliptic key, a request and a certificate of %s, and no others", async (_, changes, rows) => {
    const { resources } = await run(changes);
    const names = (type: string) => resources.flatMap((one) => (one.type === type ? [one.name] : [])).sort();
    const authorities = ["kubernetes", "etcd", "front-proxy"].map((name) => `pki-${name}-authority`);
    expect(names(leafType)).toEqual(rows.map((row) => nameOf(row, "certificate")).sort());
    expect(names(requestType)).toEqual(rows.map((row) => nameOf(row, "request")).sort());
    expect(names(authorityType)).toEqual(authorities.map((name) => `${name}-certificate`).sort());
    expect(names(keyType)).toEqual(
      [
        ...rows.map((row) => nameOf(row, "key")),
        ...authorities.map((name) => `${name}-key`),
        "pki-service-account-key",
      ].sort(),
    );
    for (const key of resources.filter(({ type }) => type === keyType)) {
      expect(key.inputs).toEqual({ algorithm: "ECDSA", ecdsaCurve: "P256" });
    }
  });

  it("signs every leaf with the authority of its row, for the hours configured", async () => {
    const leaves = await inputsByName(leafType);
    for (const row of table) {
      const authority = `pki-${row.authority}-authority`;
      expect(leaves.get(nameOf(row, "certificate"))).toEqual({
        certRequestPem: pretendedPem("CERTIFICATE REQUEST", nameOf(row, "request")),
        caCertPem: pretendedPem("CERTIFICATE", `${authority}-certificate`),
        caPrivateKeyPem: pretendedPem("PRIVATE KEY", `${authority}-key`),
        allowedUses: row.usages,
        validityPeriodHours: 8760,
        // What a machine holds changes with the machine; the administrator's are issued anew ahead of their end.
        earlyRenewalHours: row.holder === administratorHolder ? 720 : 0,
      });
    }
  });

  it.each([720, 0])(
    "leaves certificates of machines that stay as they are when another validity is asked for (%i)",
    async (hours) => {
      const certificates = { ...args.certificates, earlyRenewalHours: hours };
      const { resources } = await run({ ...fromBefore, certificates });
      const leaves = resources.filter(({ type }) => type === leafType);
      for (const row of table) {
        const leaf = leaves.find(({ name }) => name === nameOf(row, "certificate"));
        expect(leaf?.options.ignoreChanges).toEqual(machines.has(row.holder) ? ["validityPeriodHours"] : []);
      }
    },
  );

  it("gives every machine's leaf the generation of its machine, and keeps the administrator's whatever that is", async () => {
    const { resources } = await run(fromBefore);
    const keys = resources.filter(({ type }) => type === keyType);
    for (const row of table) {
      const key = keys.find(({ name }) => name === nameOf(row, "key"));
      expect(key?.options.replacementTrigger).toBe({ "dev-master-0": 2, "dev-default-0": 1 }[row.holder] ?? 0);
    }
  });

  it("knows when the certificates end that a machine would be made with: all of them at that second", async () => {
    const { result: pki } = await run();
    const end = Date.parse(pki.machineExpiry);
    expect(Math.abs(end - Date.now() - 8760 * 3_600_000)).toBeLessThan(60_000);
    for (const row of table.filter(({ holder }) => machines.has(holder))) {
      const { certificate } = pki.machinePair(row.holder, purposeOf(row));
      expect(Date.parse(new X509Certificate(await promiseOf(certificate)).validTo)).toBe(end);
    }
  });

  it("counts what machines hold, not a newer certificate in the state, for the first that ends", async () => {
    const heldUntil = { "dev-default-0": "2026-12-24T00:00:00Z" };
    for (const withResources of [machines, new Set<string>()]) {
      const { result: pki } = await run({ heldUntil, staying: machines, withResources });
      expect(await promiseOf(pki.earliestExpiry)).toBe("2026-12-24T00:00:00Z");
    }
    const later = await run({ heldUntil: { "dev-default-0": "2029-01-01T00:00:00Z" }, staying: machines });
    expect(await promiseOf(later.result.earliestExpiry)).toBe("2029-01-01T00:00:00Z");
  });

  it("asks for every leaf with its own key and the subject and names of its row", async () => {
    const requests = await inputsByName(requestType);
    for (const row of table) {
      const { commonName, organization } = row;
      expect(requests.get(nameOf(row, "request"))).toEqual({
        privateKeyPem: pretendedPem("PRIVATE KEY", nameOf(row, "key")),
        subject: organization === undefined ? { commonName } : { commonName, organization },
        dnsNames: row.dnsNames,
        ipAddresses: [...row.ipAddresses, ...(row.purpose === "apiServer" ? ["203.0.113.7"] : [])],
      });
    }
  });

  it("makes authorities that sign leaves alone and can be told from another cluster's", async () => {
    const authorities = await inputsByName(authorityType);
    for (const name of ["kubernetes", "etcd", "front-proxy"]) {
      expect(authorities.get(`pki-${name}-authority-certificate`)).toMatchObject({
        privateKeyPem: pretendedPem("PRIVATE KEY", `pki-${name}-authority-key`),
        subject: { commonName: `dev-${name}-authority` },
        isCaCertificate: true,
        maxPathLength: 0,
        validityPeriodHours: 87600,
      });
    }
  });

  it("hands out the pair of a holder and a purpose, its key secret, and no pair that the table lacks", async () => {
    const { result: pki } = await run();
    for (const row of administrators) {
      const pair = pki.administratorPair(row.purpose === "breakGlass" ? "breakGlass" : "administrator");
      expect(await promiseOf(pair.certificate)).toBe(pretendedPem("CERTIFICATE", nameOf(row, "certificate")));
      expect(await promiseOf(pair.privateKey)).toBe(pretendedPem("PRIVATE KEY", nameOf(row, "key")));
      expect(await pulumi.isSecret(pair.privateKey)).toBe(true);
    }
    expect(() => pki.machinePair("dev-default-0", "apiServer")).toThrow(
      "no certificate for apiServer of dev-default-0",
    );
    expect(() => pki.machinePair(administratorHolder, "kubeProxy")).toThrow("no certificate");
  });

  it.each([
    ["made", {}],
    ["there and stay, in case one is lost and made anew,", fromBefore],
  ])(
    "issues machines that are %s each row with a key of its own, secret, by the authority of the row",
    async (_, changes) => {
      const { result: pki } = await run(changes);
      const keys = new Set<string>();
      const rows = table.filter(({ holder }) => machines.has(holder));
      for (const row of rows) {
        const pair = pki.machinePair(row.holder, purposeOf(row));
        expect(await pulumi.isSecret(pair.privateKey)).toBe(true);
        const [certificate, key] = [
          new X509Certificate(await promiseOf(pair.certificate)),
          await promiseOf(pair.privateKey),
        ];
        keys.add(key);
        expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
        const issuer = new X509Certificate(pretendedPem("CERTIFICATE", `pki-${row.authority}-authority-certificate`));
        expect(certificate.verify(issuer.publicKey)).toBe(true);
        const { organization, commonName } = row;
        expect(certificate.subject).toBe(`${organization === undefined ? "" : `O=${organization}\n`}CN=${commonName}`);
        const addresses = [...row.ipAddresses, ...(row.purpose === "apiServer" ? ["203.0.113.7"] : [])];
        const names = [...row.dnsNames.map((one) => `DNS:${one}`), ...addresses.map((one) => `IP Address:${one}`)];
        expect(certificate.subjectAltName?.split(", ") ?? []).toEqual(names);
        const uses = {
          server_auth: "1.3.6.1.5.5.7.3.1",
          client_auth: "1.3.6.1.5.5.7.3.2",
          digital_signature: undefined,
        };
        expect(certificate.keyUsage).toEqual(row.usages.flatMap((usage) => uses[usage] ?? []));
      }
      expect(keys.size).toBe(rows.length);
    },
  );

  it("keeps the keys of authorities and of ServiceAccount tokens secret", async () => {
    const { result: pki } = await run();
    const keys = [...Object.values(pki.authorities), pki.serviceAccount].map(({ privateKey }) => privateKey);
    expect(await Promise.all(keys.map((key) => pulumi.isSecret(key)))).toEqual([true, true, true, true]);
  });

  it("tells when the first of all certificates ends, the authorities' included", async () => {
    const { result: pki, resources } = await run({ staying: machines });
    const issued = resources.filter(({ type }) => type === leafType || type === authorityType);
    const first = Math.min(...issued.map(({ name }) => Date.parse(pretendedExpiry(name))));
    expect(Date.parse(await promiseOf(pki.earliestExpiry))).toBe(first);
  });
});

describe("Pki in the second step of a rotation", () => {
  // The master is new, the node is of the step before.
  const rotation = {
    authorities: {
      target: { issuing: 2, trusted: [2, 1] },
      made: [
        { number: 1, issues: false },
        { number: 2, issues: true },
      ],
      issuers: { "dev-master-0": 2, "dev-default-0": 1 },
    },
  };
  const names = ["kubernetes", "etcd", "front-proxy"];
  const certificateOf = (name: string) => pretendedPem("CERTIFICATE", `pki-${name}-certificate`);

  it("makes the first authorities under the names they always had, and the second beside them", async () => {
    const { resources } = await run(rotation);
    const subjects = resources
      .filter(({ type }) => type === authorityType)
      .map(({ name, inputs }) => [name, inputs["subject"]]);
    expect(subjects.sort()).toEqual(
      names
        .flatMap((name) =>
          ["", "-2"].map((suffix) => [
            `pki-${name}-authority${suffix}-certificate`,
            { commonName: `dev-${name}-authority${suffix}` },
          ]),
        )
        .sort(),
    );
    const keys = resources.filter(({ type, name }) => type === keyType && name.includes("service-account"));
    expect(keys.map(({ name }) => name)).toEqual(["pki-service-account-key", "pki-service-account-2-key"]);
  });

  it("issues each machine's certificates from its own authorities, and the administrator's from those that issue", async () => {
    const { resources } = await run({ ...rotation, ...fromBefore });
    const leaves = resources.filter(({ type }) => type === leafType);
    for (const row of table) {
      const suffix = row.holder === "dev-default-0" ? "" : "-2";
      const leaf = leaves.find(({ name }) => name === nameOf(row, "certificate"));
      expect(leaf?.inputs["caCertPem"]).toBe(certificateOf(`${row.authority}-authority${suffix}`));
    }
    const { result: pki } = await run(rotation);
    for (const row of table.filter(({ holder }) => machines.has(holder))) {
      const suffix = row.holder === "dev-default-0" ? "" : "-2";
      const issuer = new X509Certificate(certificateOf(`${row.authority}-authority${suffix}`));
      const certificate = await promiseOf(pki.machinePair(row.holder, purposeOf(row)).certificate);
      expect(new X509Certificate(certificate).checkIssued(issuer)).toBe(true);
    }
  });

  it("trusts both, signs tokens with the second key and knows those of either", async () => {
    const { result: pki } = await run(rotation);
    for (const name of ["kubernetes", "etcd", "front-proxy"] as const) {
      expect(await promiseOf(pki.trusted[name])).toBe(
        certificateOf(`${name}-authority-2`) + certificateOf(`${name}-authority`),
      );
    }
    expect(await promiseOf(pki.serviceAccount.privateKey)).toBe(
      pretendedPem("PRIVATE KEY", "pki-service-account-2-key"),
    );
    expect(await promiseOf(pki.serviceAccount.publicKey)).toBe(
      pretendedPem("PUBLIC KEY", "pki-service-account-2-key") + pretendedPem("PUBLIC KEY", "pki-service-account-key"),
    );
    expect(await pulumi.isSecret(pki.serviceAccount.privateKey)).toBe(true);
    expect(Object.keys(await promiseOf(pki.authorityExpiries()))).toEqual(["1", "2"]);
  });

  it("protects what issues, so that what is merely trusted can go with the last step", async () => {
    const { resources } = await run(rotation);
    const kept = resources.filter(({ options }) => options.protect === true).map(({ name }) => name);
    expect(kept.sort()).toEqual(
      [
        ...names.flatMap((name) => [`pki-${name}-authority-2-key`, `pki-${name}-authority-2-certificate`]),
        "pki-service-account-2-key",
      ].sort(),
    );
  });
});
