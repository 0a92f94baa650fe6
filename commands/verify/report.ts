import { columns } from "../shared/columns.ts";
import type { Finding } from "./finding.ts";

function connectionOf({ client, server }: Finding): string {
  return `${client} → ${server}`;
}

/** The findings for people: what is accepted with its certificates, what is refused, and every breach by itself. */
export function table(findings: readonly Finding[]): string {
  const accepted = findings.filter(({ expected }) => expected === "accepted");
  const refused = findings.filter(({ expected }) => expected === "refused");
  const mark = ({ holds }: Finding): string => (holds ? "ok" : "BREACH");
  const identity = ({ clientCertificate }: Finding): string => clientCertificate?.subject ?? "";
  const connections = [
    ["", "connection", "as", "client certificate", "issued by", "expires", "server certificate, expires"],
    ...accepted.map((finding) => [
      mark(finding),
      connectionOf(finding),
      finding.attempt,
      identity(finding),
      finding.clientCertificate?.issuer ?? "",
      finding.clientCertificate?.expires.slice(0, 10) ?? "",
      finding.serverCertificate === undefined
        ? ""
        : `${finding.serverCertificate.subject}, ${finding.serverCertificate.expires.slice(0, 10)}`,
    ]),
  ];
  const attempts = [
    ["", "refused to", "at", "from", "how"],
    ...refused.map((finding) => [
      mark(finding),
      finding.attempt,
      connectionOf(finding),
      finding.from,
      finding.observed,
    ]),
  ];
  const breaches = findings.filter(({ holds }) => !holds);
  const verdict =
    breaches.length === 0
      ? `All ${String(findings.length)} attempts ended as they must.`
      : [
          `${String(breaches.length)} of ${String(findings.length)} attempts did not end as they must:`,
          ...breaches.map(
            (finding) =>
              `  ${connectionOf(finding)}, ${finding.attempt}, from ${finding.from}: ${finding.observed}, must be ${finding.expected}`,
          ),
        ].join("\n");
  return [columns(connections), columns(attempts), verdict].join("\n\n");
}
