import { describe, expect, test } from "vitest";
import { renderMaster, renderNode } from "../../cloudinit";
import { securityRules } from "../../components/plan/security-rules";
import { administratorHolder, certificateTable } from "../../components/pki/certificates";
import { knownListeners } from "../../commands/verify/listeners.ts";
import { controls } from "../support/cis-benchmark";
import { policies } from "../support/cis-policies";
import { readRendered } from "../support/cis-rendered";
import { masterDescription, nodeDescription } from "../support/descriptions";
import { documentedPart, markdownTable } from "../support/markdown";

/** `4.1.2, 6–8, 5.2.1` in full: 4.1.2, 4.1.6, 4.1.7, 4.1.8, 5.2.1. */
function checkNumbers(id: string): readonly string[] {
  let section = "";
  return id.split(", ").flatMap((part) => {
    const [first = "", last] = part.split("–");
    const dot = first.lastIndexOf(".");
    if (dot >= 0) section = first.slice(0, dot);
    const from = Number(first.slice(dot + 1));
    return Array.from({ length: Number(last ?? from) - from + 1 }, (_, index) => `${section}.${String(from + index)}`);
  });
}

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

  test("the CIS benchmark's checks, each of which holds or has its reason", () => {
    const rendered = readRendered(renderMaster(masterDescription));
    const wrong = controls.filter(({ holds, reason }) => holds(rendered) !== (reason === undefined));
    expect(wrong.map(({ id, title }) => `${id} ${title}`)).toEqual([]);
    const rows = controls.map(({ id, title, reason, note }) => [
      id,
      title,
      reason === undefined ? ["holds", ...(note === undefined ? [] : [note])].join(": ") : `does not: ${reason}`,
    ]);
    const others = policies.map(({ id, title, here }) => [id, title, here]);
    const table = markdownTable([["check", "what it asks", "here"], ...rows, ...others]);
    expect(documented("cis", table)).toBe(table);
  });

  test("the CIS benchmark's checks of a node, which holds the same files", () => {
    const rendered = readRendered(renderNode(nodeDescription));
    const ofNodes = controls.filter(({ id }) => id.startsWith("4."));
    const wrong = ofNodes.filter(({ holds, reason }) => holds(rendered) !== (reason === undefined));
    expect(wrong.map(({ id, title }) => `${id} ${title}`)).toEqual([]);
  });

  // Numbers of the checks in the five files of cfg/cis-1.12 of kube-bench: 131.
  test("the CIS benchmark's checks are all there, once", () => {
    const sections = {
      ...{ "1.1": 21, "1.2": 30, "1.3": 7, "1.4": 2, "2": 7, "3.1": 3, "3.2": 2, "4.1": 10, "4.2": 14, "4.3": 1 },
      ...{ "5.1": 13, "5.2": 12, "5.3": 2, "5.4": 2, "5.5": 1, "5.6": 4 },
    };
    const all = Object.entries(sections).flatMap(([section, count]) =>
      Array.from({ length: count }, (_, index) => `${section}.${String(index + 1)}`),
    );
    expect([...controls, ...policies].flatMap(({ id }) => checkNumbers(id)).sort()).toEqual(all.sort());
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
