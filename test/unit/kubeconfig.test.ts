import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { kubeconfigOfMaster } from "../../components/readiness/api-servers";
import { renderKubeconfig, type KubeconfigArgs } from "../../components/pki/kubeconfig";

interface Kubeconfig {
  readonly apiVersion: unknown;
  readonly kind: unknown;
  readonly clusters: readonly { readonly name: unknown; readonly cluster: Readonly<Record<string, string>> }[];
  readonly users: readonly { readonly name: unknown; readonly user: Readonly<Record<string, string>> }[];
  readonly contexts: readonly { readonly name: unknown; readonly context: Readonly<Record<string, unknown>> }[];
  readonly "current-context": unknown;
}

// Text that YAML would read as something else, or that ends a scalar early.
const hostile = fc.constantFrom(
  "no",
  "null",
  "~",
  "1e3",
  "0x10",
  "",
  " x ",
  "a: b",
  "- x",
  "#c",
  "'",
  '"',
  "|\n x",
  "\u2028",
  "---",
  "&a",
  "*a",
  "!!int 1",
  "{{x}}",
);
const text = fc.oneof(hostile, fc.string({ unit: "grapheme", maxLength: 60 }));
const kubeconfigArgs: fc.Arbitrary<KubeconfigArgs> = fc.record({
  clusterName: text,
  userName: text,
  server: fc.oneof(fc.webUrl(), text),
  authority: text,
  certificate: text,
  privateKey: text,
});

const decoded = (base64: string | undefined): string => Buffer.from(base64 ?? "", "base64").toString("utf8");

describe("renderKubeconfig", () => {
  it("gives back through a YAML parser what it was given, whatever that is", () => {
    fc.assert(
      fc.property(kubeconfigArgs, (args) => {
        const read = parse(renderKubeconfig(args)) as Kubeconfig;
        expect([read.apiVersion, read.kind]).toEqual(["v1", "Config"]);
        expect(read.clusters).toHaveLength(1);
        expect(read.users).toHaveLength(1);
        expect(read.contexts).toHaveLength(1);
        const { cluster, name: clusterName } = read.clusters[0] ?? { cluster: {}, name: undefined };
        const { user, name: userName } = read.users[0] ?? { user: {}, name: undefined };
        expect({
          clusterName,
          userName,
          server: cluster["server"],
          authority: decoded(cluster["certificate-authority-data"]),
          certificate: decoded(user["client-certificate-data"]),
          privateKey: decoded(user["client-key-data"]),
        }).toEqual(args);
      }),
    );
  });

  it("points its current context at the one cluster and the one user", () => {
    fc.assert(
      fc.property(kubeconfigArgs, (args) => {
        const read = parse(renderKubeconfig(args)) as Kubeconfig;
        expect(read.contexts).toEqual([
          { name: read["current-context"], context: { cluster: args.clusterName, user: args.userName } },
        ]);
      }),
    );
  });

  it("has a context for each of several masters besides, and keeps the first one's as the current one", () => {
    const urls = [7, 8, 9].map((number) => `https://203.0.113.${number}:6443`);
    const masters = urls.map((url, ordinal) => ({ hostName: `dev-master-${ordinal}`, url }));
    const [server = ""] = urls;
    const args = {
      clusterName: "dev",
      userName: "administrator",
      server,
      authority: "A",
      certificate: "C",
      privateKey: "K",
    };
    const text = renderKubeconfig({ ...args, masters });
    const read = parse(text) as Kubeconfig;
    expect(read["current-context"]).toBe("administrator@dev");
    expect(read.contexts.map(({ name }) => name)).toEqual([
      ...[
        "administrator@dev",
        "administrator@dev-master-0",
        "administrator@dev-master-1",
        "administrator@dev-master-2",
      ],
    ]);
    expect(read.clusters.map(({ cluster }) => cluster["server"])).toEqual([server, ...urls]);
    const second = parse(kubeconfigOfMaster(text, "dev-master-1")) as Kubeconfig;
    expect(second["current-context"]).toBe("administrator@dev-master-1");
    expect(second.contexts).toHaveLength(1);
    // A single master's stays the text that it always was.
    expect(kubeconfigOfMaster(renderKubeconfig(args), "dev-master-0")).toBe(renderKubeconfig(args));
  });

  it("never turns TLS verification off, and puts nothing into files of its own", () => {
    fc.assert(
      fc.property(kubeconfigArgs, (args) => {
        const read = parse(renderKubeconfig(args)) as Kubeconfig;
        expect(Object.keys(read.clusters[0]?.cluster ?? {}).sort()).toEqual(["certificate-authority-data", "server"]);
        expect(Object.keys(read.users[0]?.user ?? {}).sort()).toEqual(["client-certificate-data", "client-key-data"]);
      }),
    );
  });
});
