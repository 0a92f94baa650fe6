import { certificateFacts, type CertificateFacts } from "../shared/certificate-facts.ts";
import type { Answer, Section } from "./section.ts";

/** A certificate and where it is. */
export interface CertificateRow extends CertificateFacts {
  /** Machine that holds it, or `administrator`. */
  readonly holder: string;
  /** Path on the machine, or what holds it. */
  readonly file: string;
  /** Until it ends; negative afterwards. */
  readonly daysLeft: number;
  readonly state: "ok" | "near its end" | "expired";
}

export interface CertificateArgs {
  readonly answers: readonly (Answer<string> & { readonly machine: string })[];
  /** The administrator's own certificate, PEM. */
  readonly administrator: string;
  readonly now: Date;
  /** How long before its end a certificate is worth a warning, hours. */
  readonly warningHours: number;
}

const day = 24 * 3_600_000;

/** All certificates, the first to end first, and what to think of them. */
export function certificateSection({
  answers,
  administrator,
  now,
  warningHours,
}: CertificateArgs): Section<CertificateRow> {
  const held = answers.flatMap((answer) =>
    "failure" in answer ? [] : readCertificates(answer.value).map((found) => ({ holder: answer.machine, ...found })),
  );
  const rows = [{ holder: "administrator", file: "kubeconfig", pem: administrator }, ...held]
    .map(({ holder, file, pem }): CertificateRow => {
      const facts = certificateFacts(pem);
      const left = Date.parse(facts.expires) - now.getTime();
      const state = left <= 0 ? "expired" : left < warningHours * 3_600_000 ? "near its end" : "ok";
      return { holder, file, ...facts, daysLeft: Math.floor(left / day), state };
    })
    .sort((one, other) => one.expires.localeCompare(other.expires));
  const empty = answers.filter((answer) => "value" in answer && readCertificates(answer.value).length === 0);
  return {
    rows,
    wrong: [
      ...empty.map(({ machine }) => `${machine} has no certificates: it has not configured itself`),
      ...rows.filter(({ state }) => state !== "ok").map(endText),
    ],
    unknown: answers.flatMap((answer) => ("failure" in answer ? [answer.failure] : [])),
    notes: [],
  };
}

function endText({ holder, file, expires, state }: CertificateRow): string {
  return `${file} of ${holder} ${state === "expired" ? "expired" : "expires"} at ${expires}`;
}

/** Reads what `certificates.sh` printed; a file may hold several. */
export function readCertificates(output: string): readonly { readonly file: string; readonly pem: string }[] {
  return output.split("\n").flatMap((line) => {
    const [kind, file = "", content = ""] = line.split("\t");
    if (kind !== "certificate") return [];
    const text = Buffer.from(content, "base64").toString("utf8");
    return (text.match(/-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/g) ?? []).map((pem) => ({
      file,
      pem,
    }));
  });
}
