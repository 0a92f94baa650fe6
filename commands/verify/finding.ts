import type { CertificateFacts } from "../shared/certificate-facts.ts";

/** One attempt with its result. */
export interface Finding {
  readonly client: string;
  readonly server: string;
  readonly from: string;
  readonly attempt: string;
  readonly expected: "accepted" | "refused";
  readonly observed: string;
  readonly holds: boolean;
  /** Of the client, where it showed one of its own. */
  readonly clientCertificate?: CertificateFacts;
  readonly serverCertificate?: CertificateFacts;
}
