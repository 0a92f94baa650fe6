import { Address4, Address6 } from "ip-address";
import { z } from "zod";
import type { Flaw } from "../model/problems";

/** A check of one text: what is wrong with it, or nothing. */
export type Check = (text: string) => Flaw | undefined;

/** What can be written for a value, for documents and type declarations: zod sees only that it is parsed. */
export type Form =
  | { readonly kind: "text" | "flag" | "anything" }
  | { readonly kind: "integer"; readonly least: number; readonly most: number }
  | { readonly kind: "choice"; readonly words: readonly string[] };

/** The form of each single value. */
export const forms = z.registry<Form>();

/** A value read by `parse`, which returns what it read, or the flaw that keeps it from being read. */
function value<T>(form: Form, parse: (input: unknown) => { readonly read: T } | Flaw) {
  const schema = z.unknown().transform((input, context): T => {
    const result = parse(input);
    if ("read" in result) return result.read;
    context.issues.push({ code: "custom", input, message: result.reason, params: { remedy: result.remedy } });
    return z.NEVER;
  });
  forms.add(schema, form);
  return schema;
}

const missing: Flaw = { reason: "is not given", remedy: "give it" };

function plainText(input: unknown): string | undefined {
  if (typeof input === "string") return input.trim();
  return typeof input === "number" || typeof input === "boolean" ? String(input) : undefined;
}

/** A text that passes every check, each of which may count on those before it; numbers and booleans are taken as they are written. */
export function text(...checks: readonly Check[]) {
  return value({ kind: "text" }, (input) => {
    if (input === undefined || input === null) return missing;
    const read = plainText(input);
    if (read === undefined) return { reason: "is not a text", remedy: "give a plain text" };
    for (const check of checks) {
      const flaw = check(read);
      if (flaw !== undefined) return flaw;
    }
    return { read };
  });
}

/** A whole number between two limits, as a number or as the text that `pulumi config set` stores. */
export function integer(least: number, most: number) {
  const remedy = `give a whole number from ${least} to ${most}`;
  return value({ kind: "integer", least, most }, (input) => {
    if (input === undefined || input === null) return { ...missing, remedy };
    const written = plainText(input) ?? "";
    if (!/^-?\d+$/.test(written)) return { reason: "is not a whole number", remedy };
    const read = Number(written);
    return read < least || read > most ? { reason: "is out of range", remedy } : { read };
  });
}

/** A whole number without which nothing is left of another, such as hours that fit a day. */
export function wholeDivisor(whole: number) {
  const divisors = Array.from({ length: whole }, (_, index) => index + 1).filter((number) => whole % number === 0);
  return integer(1, whole).refine((read) => divisors.includes(read), {
    message: `does not divide ${whole}`,
    params: { remedy: `give one of ${divisors.join(", ")}` },
  });
}

/** `true` or `false`, as a boolean or as a text. */
export function flag() {
  return value({ kind: "flag" }, (input) => {
    if (input === true || input === "true") return { read: true };
    if (input === false || input === "false") return { read: false };
    return { reason: "is neither true nor false", remedy: "give true or false" };
  });
}

/** Whatever a program of somebody else's takes; who uses it judges it. */
export function anything() {
  return value<unknown>({ kind: "anything" }, (input) => ({ read: input }));
}

/** One of a few words. */
export function choice<const Word extends string>(...words: readonly Word[]) {
  return value<Word>({ kind: "choice", words }, (input) => {
    const read = words.find((word) => word === input);
    return read === undefined ? { reason: "is not known", remedy: `give one of ${words.join(", ")}` } : { read };
  });
}

const address4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** An IPv4 address without a prefix length. */
export const ipv4Address: Check = (input) =>
  address4.test(input) && Address4.isValid(input)
    ? undefined
    : { reason: "is not an IPv4 address", remedy: "give an address such as 192.0.2.53" };

/** An IPv4 address, or the name of a host. */
export const hostName: Check = (input) =>
  !/^[\d.]+$/.test(input) &&
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(input)
    ? undefined
    : ipv4Address(input) && {
        reason: "is neither an IPv4 address nor the name of a host",
        remedy: "give one such as 192.0.2.123 or ntp.example.org",
      };

/** An IPv4 network in CIDR form whose address is the network's own. */
export const cidr: Check = (input) => {
  const example = "such as 192.168.0.0/24";
  if (Address6.isValid(input))
    return { reason: "is IPv6, which is not supported", remedy: `give an IPv4 network ${example}` };
  if (!Address4.isValid(input)) return { reason: "is not an IPv4 network", remedy: `give an IPv4 network ${example}` };
  if (!input.includes("/")) return { reason: "has no prefix length", remedy: `write ${input}/32 for this one address` };
  const network = new Address4(input);
  const correct = `${network.startAddress().correctForm()}/${network.subnetMask}`;
  if (correct === input) return undefined;
  return { reason: "is not the address of a network", remedy: `write ${correct}` };
};

const unusable = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"].map((range) => new Address4(range));

/** A network that machines, pods or services can have: not loopback, link-local, multicast or reserved. */
export const clusterCidr: Check = (input) => {
  const flaw = cidr(input);
  if (flaw !== undefined) return flaw;
  const network = new Address4(input);
  const clash = unusable.find((range) => network.isInSubnet(range) || range.isInSubnet(network));
  if (clash === undefined) return undefined;
  const reason = `covers addresses of ${clash.address}, which are no one's to use`;
  return { reason, remedy: "give a private network: a part of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16" };
};

/** A network whose prefix length lies between two limits, which `why` explains. */
export function prefixBetween(shortest: number, longest: number, why: string): Check {
  return (input) => {
    const length = new Address4(input).subnetMask;
    if (length >= shortest && length <= longest) return undefined;
    return { reason: `is a /${length}; ${why}`, remedy: `give a network from /${shortest} to /${longest}` };
  };
}

/** A lower-case DNS label that begins with a letter. */
export function label(longest: number): Check {
  return (input) =>
    /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(input) && input.length <= longest
      ? undefined
      : {
          reason: `is not a name of at most ${longest} characters`,
          remedy: "use lower-case letters, digits and inner dashes, and begin with a letter",
        };
}

/** A text that matches a pattern. */
export function matching(pattern: RegExp, reason: string, remedy: string): Check {
  return (input) => (pattern.test(input) ? undefined : { reason, remedy });
}

/** The address of a mirror over HTTP or HTTPS, without credentials, query and fragment. */
export const mirrorAddress: Check = (input) => {
  const remedy = "give an address such as https://mirror.example/path";
  if (!URL.canParse(input)) return { reason: "is not a web address", remedy };
  const { protocol, username, password, search, hash } = new URL(input);
  if (protocol !== "http:" && protocol !== "https:") return { reason: "is neither http nor https", remedy };
  if (username !== "" || password !== "") {
    return { reason: "holds credentials, which every machine's user data would show", remedy };
  }
  return search === "" && hash === "" ? undefined : { reason: "has a query or a fragment", remedy };
};
