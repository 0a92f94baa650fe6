import { describe, expect, test } from "vitest";
import { renderMaster } from "../../cloudinit";
import { securityRules } from "../../components/plan/security-rules";
import { administratorHolder, certificateTable } from "../../components/pki/certificates";
import { knownListeners } from "../../commands/verify/listeners.ts";
import { controls, readRendered } from "../support/cis-benchmark";
import { masterDescription } from "../support/descriptions";
import { documentedPart, markdownTable } from "../support/markdown";

const documented = (name: string, table: string) => documentedPart("docs/security.md", name, table);

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

  test("listeners", () => {
    const rows = knownListeners.map(({ processes, protocols, ports, on, what, protection }) => [
      processes.length === 0 ? "the kernel" : processes.join(", "),
      protocols.map((protocol) => protocol.toUpperCase()).join(", "),
      ports === undefined ? "any" : [...new Set(ports)].join("–"),
      on,
      what,
      protection,
    ]);
    const table = markdownTable([["program", "protocol", "port", "on", "what", "protection"], ...rows]);
    expect(documented("listeners", table)).toBe(table);
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
