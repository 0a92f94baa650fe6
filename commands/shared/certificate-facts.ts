import { X509Certificate } from "node:crypto";

/** A certificate as people speak of it. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** RFC 3339. */
  readonly expires: string;
}

/** @throws Error when the text is no certificate in PEM. */
export function certificateFacts(pem: string): CertificateFacts {
  const { subject, issuer, validTo } = new X509Certificate(pem);
  const oneLine = (name: string): string => name.replaceAll("\n", ", ");
  return { subject: oneLine(subject), issuer: oneLine(issuer), expires: new Date(validTo).toISOString() };
}
