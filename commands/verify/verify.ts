import { certificateFacts, type CertificateFacts } from "../shared/certificate-facts.ts";
import { apiOf } from "../shared/kubeconfig.ts";
import type { Machine } from "../shared/machine.ts";
import type { Access } from "../shared/remote.ts";
import type { Finding } from "./finding.ts";
import { listenerFindings } from "./listeners.ts";
import { matrix, type Probe } from "./matrix.ts";
import { outcomeText, verdict, type Outcome } from "./outcome.ts";
import { podFinding } from "./pods.ts";
import { tryOn, type MachineReport } from "./remote.ts";
import { expiredPair, strangersPair, type AuthorityPair, type MadePair } from "./strangers.ts";
import { ask, badTokens, serviceAccountToken } from "./tokens.ts";

/** A running stack, as its outputs tell. */
export interface Stack {
  readonly name: string;
  readonly machines: readonly Machine[];
  readonly kubeconfig: string;
  readonly authorization: string;
  /** Keys that only the state holds; without them nothing expired is tried. */
  readonly signers?: {
    readonly kubernetes: AuthorityPair;
    readonly etcd: AuthorityPair;
    /** PEM. */
    readonly serviceAccountKey: string;
  };
  /** Further sockets that may listen, for instance `tcp/9100`. */
  readonly listeners: readonly string[];
}

/**
 * Tries the whole matrix on a running stack.
 * @throws Error when a machine or the API cannot be reached at all.
 */
export async function verify(
  stack: Stack,
  access: Access,
  report: (line: string) => void,
): Promise<readonly Finding[]> {
  const probes = matrix({ ...stack, withExpired: stack.signers !== undefined });
  const made: Record<string, MadePair> = { stranger: await strangersPair() };
  if (stack.signers !== undefined) {
    made["expired-kubernetes"] = await expiredPair(stack.signers.kubernetes);
    made["expired-etcd"] = await expiredPair(stack.signers.etcd);
  }
  const tried = stack.machines.map(async (machine) => {
    const own = probes.filter(({ from }) => from === machine.name);
    report(`${machine.name}: ${String(own.length)} attempts, and what a pod reaches and what listens there`);
    const answers = await tryOn(machine, own, made, access);
    return [
      ...own.map((probe) => finding(probe, answers)),
      podFinding(machine, answers.outcomes),
      ...listenerFindings(machine, answers.listeners, stack.listeners),
    ];
  });
  const [machines, administrator] = await Promise.all([Promise.all(tried), tryTokens(stack, report)]);
  return [...machines.flat(), ...administrator];
}

function judged(outcome: Outcome | undefined, expected: Finding["expected"]) {
  const observed = outcome === undefined ? "not tried" : `${verdict(outcome)} (${outcomeText(outcome)})`;
  return { expected, observed, holds: outcome !== undefined && verdict(outcome) === expected };
}

function finding(probe: Probe, { outcomes, certificates }: MachineReport): Finding {
  const { id, client, server, from, attempt, identity, url, expected } = probe;
  const own = identity === undefined ? undefined : factsOf(certificates.get(identity));
  const served = factsOf(certificates.get(new URL(url).host));
  return {
    ...{ client, server, from, attempt },
    ...judged(outcomes.get(id), expected),
    ...(own === undefined ? {} : { clientCertificate: own }),
    ...(served === undefined ? {} : { serverCertificate: served }),
  };
}

function factsOf(pem: string | undefined): CertificateFacts | undefined {
  return pem === undefined || pem === "" ? undefined : certificateFacts(pem);
}

/** What is tried from where the administrator is: the kubeconfig, and tokens as pods have them. */
async function tryTokens(stack: Stack, report: (line: string) => void): Promise<readonly Finding[]> {
  const api = apiOf(stack.kubeconfig);
  report("administrator: kubeconfig and ServiceAccount tokens");
  const token = await serviceAccountToken(api);
  const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  const review = { path, method: "POST", body } as const;
  const secrets = { path: "/api/v1/namespaces/kube-system/secrets" };
  const common = { server: "kube-apiserver", from: "administrator" };
  const pod = { ...common, client: "pod (ServiceAccount)" };
  const certificate = factsOf(api.certificate);
  return [
    {
      ...{ ...common, client: "administrator", attempt: "right identity" },
      ...judged(await ask(api, { path: "/version" }), "accepted"),
      ...(certificate === undefined ? {} : { clientCertificate: certificate }),
    },
    {
      ...{ ...common, client: "anyone", attempt: "no certificate" },
      ...judged(await ask(api, { path: "/version", anonymous: true }), "refused"),
    },
    { ...pod, attempt: "right token", ...judged(await ask(api, { ...review, token }), "accepted") },
    ...(await Promise.all(
      Object.entries(badTokens(token, stack.signers?.serviceAccountKey)).map(async ([attempt, bad]) => ({
        ...pod,
        attempt,
        ...judged(await ask(api, { ...review, token: bad }), "refused"),
      })),
    )),
    {
      ...{ ...pod, server: "kube-apiserver (Secrets)", attempt: "right token, wrong role" },
      ...judged(await ask(api, { ...secrets, token }), stack.authorization === "AlwaysAllow" ? "accepted" : "refused"),
    },
  ];
}
