import * as pulumi from "@pulumi/pulumi";

/** One thing that is wrong in a stack's configuration, with what to do about it. */
export interface Problem {
  /** Path of the key, for instance `nodePools.default.count`; with its namespace when that is another, `openstack:authUrl`. */
  readonly key: string;
  /** The value as it may be shown: never a private key or a secret. */
  readonly value: string;
  readonly reason: string;
  readonly remedy: string;
}

/** What a check finds wrong in one value. */
export interface Flaw {
  readonly reason: string;
  readonly remedy: string;
}

const longestShownValue = 160;
// OpenSSH's and PEM's armour, PuTTY's header, and the base64 of `openssh-key-v1` for a key pasted without its armour.
const privateKeyMarks = /PRIVATE KEY|PuTTY-User-Key-File|AGE-SECRET-KEY|b3BlbnNzaC1rZXktdjE/;
const credentialsInAddress = /(:\/\/)[^/@\s"]+@/g;

/** Whether a text holds what looks like a private key. */
export function looksLikePrivateKey(text: string): boolean {
  return privateKeyMarks.test(text);
}

/** A value as text for a message: shortened, without private keys and without credentials in addresses. */
export function displayValue(value: unknown, secret = false): string {
  if (value === undefined || value === "") return "(not set)";
  if (secret) return "(secret)";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (looksLikePrivateKey(text)) return "(a private key, not shown)";
  const harmless = text.replace(credentialsInAddress, "$1…@");
  return harmless.length > longestShownValue ? `${harmless.slice(0, longestShownValue)}…` : harmless;
}

/** Where values with problems were written. */
export interface Source {
  /** As the subject of a sentence, for instance `The stack configuration`. */
  readonly title: string;
  /** A key as it is written there. */
  readonly keyText: (key: string) => string;
}

/** The stack's own configuration, whose keys have the name of the project before them. */
const stackConfiguration: Source = {
  title: "The stack configuration",
  keyText: (key) => (key.includes(":") ? key : `${pulumi.getProject()}:${key}`),
};

/** The text that lists all problems of a stack, each with its full key, value, reason and remedy. */
export function problemText(problems: readonly Problem[], { title, keyText }: Source = stackConfiguration): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const entries = problems.map(({ key, value, reason, remedy }) =>
    [`  ${keyText(key)}`, `    value:  ${value}`, `    reason: ${reason}`, `    remedy: ${remedy}`].join("\n"),
  );
  return [`${title} has ${count}; nothing was created or changed.`, ...entries].join("\n\n");
}

/** Everything wrong in the configuration of a cluster; Pulumi shows its message without a stack trace. */
export class ConfigurationError extends pulumi.RunError {
  constructor(
    readonly problems: readonly Problem[],
    source?: Source,
  ) {
    super(problemText(problems, source));
    this.name = "ConfigurationError";
  }
}
