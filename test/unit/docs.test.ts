import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, test } from "vitest";
import { renderMaster } from "../../cloudinit";
import { securityRules } from "../../components/network/rules";
import { administratorHolder, certificateTable } from "../../components/pki/certificates";
import { controls, readRendered } from "../support/cis-benchmark";
import { masterDescription } from "../support/descriptions";

const file = path.join(__dirname, "../../docs/security.md");

/** A Markdown table, its columns as wide as they need to be. */
function markdownTable(rows: readonly (readonly string[])[]): string {
  const [header = []] = rows;
  const widths = header.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...rows.slice(1).map(line)].join("\n");
}

/** The part of a document between two marks. `UPDATE_DOCUMENTS=1` writes it. */
function documented(name: string, table: string): string {
  const text = fs.readFileSync(file, "utf8");
  const pattern = new RegExp(`(<!-- begin ${name} -->\n)[^]*?(<!-- end ${name} -->)`);
  if (process.env["UPDATE_DOCUMENTS"] !== undefined) {
    fs.writeFileSync(
      file,
      text.replace(pattern, (_, begin: string, end: string) => `${begin}\n${table}\n\n${end}`),
    );
    return table;
  }
  return (pattern.exec(text)?.[0] ?? "").split("\n").slice(2, -2).join("\n");
}

describe("the tables of docs/security.md are those of the program (UPDATE_DOCUMENTS=1 writes them)", () => {
  test("ports", () => {
    const rules = securityRules({
      hostCidr: "hostCidr",
      adminCidrs: ["adminCidrs"],
      nodePortCidrs: ["nodePortCidrs"],
      masterAddresses: ["each master"],
    });
    const rows = rules.map(({ appliesTo, protocol, ports, from, description }) => [
      appliesTo === "masters" ? "masters" : "every machine",
      protocol.toUpperCase(),
      ports === undefined ? "" : [...new Set(ports)].join("–"),
      from.replace("/32", ""),
      description,
    ]);
    const table = markdownTable([["of", "protocol", "port", "from", "what"], ...rows]);
    expect(documented("rules", table)).toBe(table);
  });

  test("the CIS benchmark's automated checks, each of which holds or has its reason", () => {
    const rendered = readRendered(renderMaster(masterDescription));
    const wrong = controls.filter(({ holds, reason }) => holds(rendered) !== (reason === undefined));
    expect(wrong.map(({ id, title }) => `${id} ${title}`)).toEqual([]);
    const rows = controls.map(({ id, title, reason }) => [
      id,
      title,
      reason === undefined ? "holds" : `does not: ${reason}`,
    ]);
    const table = markdownTable([["check", "what it asks", "here"], ...rows]);
    expect(documented("cis", table)).toBe(table);
  });

  test("AlwaysAllow is what the benchmark finds wrong of the default mode", () => {
    const rendered = readRendered(renderMaster({ ...masterDescription, authorization: { mode: "AlwaysAllow" } }));
    const failing = controls.filter(({ holds, reason }) => reason === undefined && !holds(rendered));
    expect(failing.map(({ id }) => id)).toEqual(["1.2.6", "1.2.7", "1.2.8", "1.2.14"]);
  });

  test("certificates", () => {
    const rows = certificateTable({
      masters: [{ hostName: "MASTER", address: "MASTER'S ADDRESS" }],
      nodes: [{ hostName: "NODE", address: "NODE'S ADDRESS" }],
      apiServiceAddress: "first service address",
      clusterDomain: "CLUSTER DOMAIN",
      localhostApi: true,
    }).map(({ commonName, organization, authority, usages, dnsNames, ipAddresses, holder, servesPublicAddresses }) => [
      holder === administratorHolder ? "state, kubeconfig" : holder,
      organization === undefined ? commonName : `${commonName}, O=${organization}`,
      authority,
      usages
        .filter((usage) => usage !== "digital_signature")
        .map((usage) => usage.replace("_auth", ""))
        .join(", "),
      [...dnsNames, ...ipAddresses, ...(servesPublicAddresses ? ["public addresses"] : [])].join(", "),
    ]);
    const table = markdownTable([["holder of the key", "subject", "authority", "usage", "names"], ...rows]);
    expect(documented("certificates", table)).toBe(table);
  });
});
