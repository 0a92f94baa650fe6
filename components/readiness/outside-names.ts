import { randomBytes } from "node:crypto";

/** What became of names from outside at one DNS server of the cluster. */
export interface ServerAnswer {
  /** The machine that it runs on, and whose resolvers it asks. */
  readonly node: string;
  /** Response codes in DNS' words, one for each name. */
  readonly codes: readonly string[];
  /** The end of its log; empty where everything was answered. */
  readonly log: string;
}

/** Whether a resolver did its work: that there is no such name is an answer as well. */
export function isAnswered(code: string): boolean {
  return code === "NOERROR" || code === "NXDOMAIN";
}

/** Names below a zone that nobody has asked for yet: what was asked before is answered from the cache, whatever the resolvers do now. */
export function freshNames(zone: string, count: number): readonly string[] {
  return Array.from({ length: count }, () => `kovhernetes-${randomBytes(4).toString("hex")}.${zone}`);
}

/** How the cluster's DNS does for names from outside: for all, for none as in a closed network, or for some, at random. */
export type OutsideVerdict =
  { readonly kind: "all" } | { readonly kind: "none" | "some"; /** Who failed, a phrase. */ readonly text: string };

/** Judges what the DNS servers answered to `names`. */
export function judgeOutside(answers: readonly ServerAnswer[], names: readonly string[]): OutsideVerdict {
  const codes = answers.flatMap((answer) => answer.codes);
  const failed = codes.filter((code) => !isAnswered(code)).length;
  if (failed === 0) return { kind: "all" };
  const who = answers.filter((answer) => !answer.codes.every(isAnswered)).map((answer) => failureText(answer, names));
  return {
    kind: failed === codes.length ? "none" : "some",
    text: `${failed} of ${codes.length} names were not answered (${who.join("; ")})`,
  };
}

/** On which machine, and by which of its resolvers where CoreDNS' log tells. */
function failureText({ node, codes, log }: ServerAnswer, names: readonly string[]): string {
  const lines = log.split("\n").filter((line) => names.some((name) => line.includes(name)));
  const resolvers = lines.flatMap((line) => {
    // The program's own format, see the Corefile; and how the errors plugin says that nothing came back.
    const said = /(\d+(?:\.\d+){3}):\d+ said (\S+) to /.exec(line);
    if (said !== null) return [`${said[1] ?? ""} says ${said[2] ?? ""}`];
    const silent = /->(\d+(?:\.\d+){3}):\d+: (.+)$/.exec(line);
    return silent === null ? [] : [`${silent[1] ?? ""}: ${silent[2] ?? ""}`];
  });
  const seen = [...new Set(resolvers.length > 0 ? resolvers : codes.filter((code) => !isAnswered(code)))];
  return `on ${node} ${seen.join(", ")}`;
}
