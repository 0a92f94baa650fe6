import { z } from "zod";
import type { RecordedAuthorities } from "../model/recorded";
import { logicalNameInState } from "./cluster";
import { resourcesInState } from "./state";

const authorityType = "tls:index/selfSignedCert:SelfSignedCert";
const leafType = "tls:index/locallySignedCert:LocallySignedCert";
const authorityName = /^(.+)-pki-kubernetes-authority(?:-(\d+))?-certificate$/;

const text = z.string();

/**
 * The authorities in a stack's state, as `readState` gives it, and which of them issued the administrator's certificate. Machines' own
 * metadata tell theirs: the state may hold certificates that no machine has yet.
 *
 * @param clusterName whose; those of the only cluster when it is absent
 */
export function authoritiesInState(answer: unknown, clusterName?: string): RecordedAuthorities {
  const resources = resourcesInState(answer);
  const logicalName = clusterName === undefined ? undefined : logicalNameInState(resources, clusterName);
  const found = resources.flatMap(({ type, name, outputs }) => {
    const [, owner, number = "1"] = authorityName.exec(name) ?? [];
    const { data } = text.safeParse(outputs.certPem);
    const isOurs = clusterName === undefined ? owner !== undefined : owner !== undefined && owner === logicalName;
    return type === authorityType && isOurs && data !== undefined
      ? [{ owner, number: Number(number), certificate: data }]
      : [];
  });
  const [owner] = found.map((one) => one.owner);
  const administrator = resources.find(
    ({ type, name }) => type === leafType && name === `${owner ?? ""}-pki-administrator-certificate`,
  );
  const issuer = text.safeParse(administrator?.outputs.caCertPem).data;
  return {
    existing: found.map(({ number }) => number).sort((one, other) => one - other),
    administrator: found.find(({ certificate }) => certificate === issuer)?.number,
  };
}
