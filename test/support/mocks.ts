import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { pretendedAnswer } from "./pretended-answers";
import { privateKey, selfSigned } from "./self-signed";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** Signature keys by which Pulumi marks special values on the wire, see `sdk/nodejs/runtime/rpc.ts`. */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Nothing public waits for all registrations without ending the connection as well. */
const runtime = pulumi.runtime as typeof pulumi.runtime & { waitForRPCs(): Promise<void> };

type Properties = Record<string, unknown>;

/** One resource as the program registered it. */
export interface RegisteredResource {
  readonly type: string;
  readonly name: string;
  /** Name of the parent; `undefined` for the root of the program. */
  readonly parent: string | undefined;
  /** Type of the parent, which may have the name of its first resource. */
  readonly parentType: string | undefined;
  /** Inputs with secrets in their wrapper, see {@link plain} and {@link leakedSecrets}. */
  readonly inputs: Properties;
  /** What the pretended cloud answered, without wrappers. */
  readonly state: Properties;
  readonly options: pulumi.ResourceOptions;
  /** Identifier of the provider given to it; empty for the default one. */
  readonly provider: string;
}

/** One question that the program asked a provider. */
export interface ProviderCall {
  readonly token: string;
  readonly inputs: Properties;
}

/** One resource as the pretended cloud saw it. */
export type Registration = Pick<RegisteredResource, "type" | "name" | "inputs" | "provider">;

export interface ProgramRun<T> {
  readonly result: T;
  readonly resources: readonly RegisteredResource[];
  /** Also those of programs that take no options, and whose resources are therefore not among the others. */
  readonly registrations: readonly Registration[];
  readonly calls: readonly ProviderCall[];
  /** What components declared as their outputs, by URN, with secrets in their wrapper. */
  readonly outputs: ReadonlyMap<string, unknown>;
}

let seen = new Map<string, pulumi.runtime.MockResourceArgs & { readonly state: Properties }>();
let shapes = new Map<string, { readonly resource: pulumi.Resource; readonly options: pulumi.ResourceOptions }>();
let calls: ProviderCall[] = [];
let refuse: (call: ProviderCall) => string | undefined = () => undefined;
let answer: (call: ProviderCall) => Properties | undefined = () => undefined;

/**
 * Pretends a cloud for all programs of one test file; import the program afterwards. The program runs as a preview, so
 * that nothing waits for a cluster, but every identifier is known.
 */
export async function pretendCloud(): Promise<void> {
  await pulumi.runtime.setMocks(
    {
      newResource: (args) => {
        const state = stateOf(args);
        seen.set(resourceKey(args.type, args.name), { ...args, state });
        return {
          id: args.custom === false ? "" : identifier(args.type, args.name),
          state: withSecrets(args.type, state),
        };
      },
      call: (args) => {
        const call = { token: args.token, inputs: args.inputs as Properties };
        calls.push(call);
        const name = call.token.split(":").at(-1) ?? "";
        const refusal = refuse(call);
        // The program sees the details of a gRPC error, and they alone.
        if (refusal !== undefined) throw Object.assign(new Error(refusal), { details: refusal });
        return {
          ...call.inputs,
          id: identifier(call.token, String(call.inputs["name"])),
          ...pretendedAnswer(name, call.inputs),
          ...answer(call),
        };
      },
    },
    "kovhernetes",
    "test",
    true,
    "organization",
  );
}

/** Lets the pretended cloud refuse the questions for which `reason` gives one, until it is called again. */
export function refuseCalls(reason: (call: ProviderCall) => string | undefined): void {
  refuse = reason;
}

/** Has the pretended cloud answer questions otherwise than it does by itself, until it is called again. */
export function answerCalls(properties: (call: ProviderCall) => Properties | undefined): void {
  answer = properties;
}

/**
 * Runs a program to its end and tells what it registered.
 * @param program gets the options to give to its root component: they let its descendants be seen with their options.
 */
export async function runProgram<T>(
  program: (options: pulumi.ComponentResourceOptions) => T | Promise<T>,
): Promise<ProgramRun<T>> {
  seen = new Map();
  shapes = new Map();
  calls = [];
  monitor().resources.clear();
  const observe: pulumi.ResourceTransformation = ({ type, name, resource, opts }) => {
    const key = resourceKey(type, name);
    if (shapes.has(key)) throw new Error(`${key} is made twice`);
    shapes.set(key, { resource, options: opts });
    return undefined;
  };
  const result = await withoutStackTraces(async () => {
    const value = await program({ transformations: [observe] });
    await runtime.waitForRPCs();
    return value;
  });
  const keys = new Map([...shapes].map(([key, shape]) => [shape.resource, key]));
  const resources = [...shapes].map(([key, { options }]): RegisteredResource => {
    const registration = seen.get(key);
    if (registration === undefined) throw new Error(`${key} was made but never registered`);
    const { type, name, state, provider = "" } = registration;
    const parentKey = options.parent === undefined ? undefined : keys.get(options.parent);
    if (options.parent !== undefined && parentKey === undefined)
      throw new Error(`${key} has a parent outside the program`);
    const parent = parentKey === undefined ? undefined : nameIn(parentKey);
    const parentType = parentKey?.slice(0, parentKey.indexOf(" "));
    return { type, name, parent, parentType, inputs: registration.inputs as Properties, state, options, provider };
  });
  const outputs = new Map(
    [...monitor().resources].flatMap(([urn, { state }]) =>
      state instanceof Struct ? [[urn, state.toJavaScript()]] : [],
    ),
  );
  const registrations = [...seen.values()].map(({ type, name, inputs, provider = "" }) => ({
    type,
    name,
    inputs: inputs as Properties,
    provider,
  }));
  return { result, resources, registrations, calls, outputs };
}

/** Pulumi takes a stack trace for every output, which with source maps is half of a program's time. */
async function withoutStackTraces<T>(work: () => Promise<T>): Promise<T> {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return await work();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** The value of an output; never settles for one that is unknown. */
export function promiseOf<T>(output: pulumi.Output<T>): Promise<pulumi.Unwrap<T>> {
  return new Promise((resolve) => {
    pulumi.output(output).apply(resolve);
  });
}

/** The identifier that the pretended cloud gives to a resource, or to what was looked up by name: the same in every run. */
export function identifier(type: string, name: string): string {
  const digits = createHash("sha256").update(`${type} ${name}`).digest("hex");
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20, 32),
  ].join("-");
}

/** A PEM text of about the size of a real one, its body different for every kind and name, and no easier to compress. */
export function pretendedPem(
  kind: "CERTIFICATE" | "PRIVATE KEY" | "PUBLIC KEY" | "CERTIFICATE REQUEST",
  name: string,
): string {
  const authority = authorityOf(kind, name);
  if (authority !== undefined) return authority;
  const bytes = { CERTIFICATE: 440, "PRIVATE KEY": 121, "PUBLIC KEY": 91, "CERTIFICATE REQUEST": 300 }[kind];
  const body = createHash("shake256", { outputLength: bytes }).update(`${kind} ${name}`).digest("base64");
  return [`-----BEGIN ${kind}-----`, ...(body.match(/.{1,64}/g) ?? []), `-----END ${kind}-----`, ""].join("\n");
}

const authorityKeys = new Map<string, string>();
const authorityCertificates = new Map<string, string>();

/** Of authorities, real ones: the program has them sign. */
function authorityOf(kind: string, name: string): string | undefined {
  const authority = /^(.*-authority(-\d+)?)-(key|certificate)$/.exec(name)?.[1];
  if (authority === undefined) return undefined;
  const key = authorityKeys.get(authority) ?? privateKey();
  authorityKeys.set(authority, key);
  if (kind === "PRIVATE KEY") return key;
  if (kind !== "CERTIFICATE") return undefined;
  const certificate = authorityCertificates.get(authority) ?? selfSigned(authority, key);
  authorityCertificates.set(authority, certificate);
  return certificate;
}

/** When the pretended certificate of this name expires, RFC 3339: within 365 days of 2030, apart from others. */
export function pretendedExpiry(name: string): string {
  const minutes = createHash("sha256").update(name).digest().readUInt32BE(0) % (365 * 24 * 60);
  return new Date(Date.UTC(2030, 0, 1) + minutes * 60_000).toISOString();
}

/** A value without the wrappers of its secrets. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  const object = value as Properties;
  if (isSecretWrapper(object)) return plain(object["value"]);
  return Object.fromEntries(Object.entries(object).map(([key, inner]) => [key, plain(inner)]));
}

/** Paths of texts outside every secret wrapper that hold one of the given texts, as they are or in base64. */
export function leakedSecrets(value: unknown, secrets: readonly string[], path = ""): readonly string[] {
  if (typeof value === "string") return secrets.some((secret) => holds(value, secret)) ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((inner, index) => leakedSecrets(inner, secrets, `${path}[${index}]`));
  if (value === null || typeof value !== "object") return [];
  const object = value as Properties;
  if (isSecretWrapper(object)) return [];
  return Object.entries(object).flatMap(([key, inner]) => leakedSecrets(inner, secrets, `${path}.${key}`));
}

/** Whether a text holds another one, as it is or in base64. */
export function holds(text: string, secret: string): boolean {
  const bytes = Buffer.from(secret.trim(), "utf8");
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString("base64");
  return text.includes(secret.trim()) || text.includes(whole);
}

/** The monitor that {@link pretendCloud} set. */
function monitor(): MockMonitor {
  const current: unknown = pulumi.runtime.getMonitor();
  if (current instanceof MockMonitor) return current;
  throw new Error("pretendCloud has not been called");
}

function isSecretWrapper(object: Properties): boolean {
  return object[signatureKey] === secretSignature;
}

function resourceKey(type: string, name: string): string {
  return `${type} ${name}`;
}

function nameIn(key: string): string {
  return key.slice(key.indexOf(" ") + 1);
}

/** Outputs that no input gives. */
function stateOf({ type, name, inputs }: pulumi.runtime.MockResourceArgs): Properties {
  const given = plain(inputs) as Properties;
  const made: Record<string, () => Properties> = {
    "tls:index/privateKey:PrivateKey": () => ({
      privateKeyPem: pretendedPem("PRIVATE KEY", name),
      publicKeyPem: pretendedPem("PUBLIC KEY", name),
    }),
    "tls:index/certRequest:CertRequest": () => ({ certRequestPem: pretendedPem("CERTIFICATE REQUEST", name) }),
    "tls:index/selfSignedCert:SelfSignedCert": () => certificate(name),
    "tls:index/locallySignedCert:LocallySignedCert": () => certificate(name),
    "openstack:networking/port:Port": () => ({ allFixedIps: fixedAddresses(name, given) }),
    "openstack:networking/floatingIp:FloatingIp": () => ({ address: pretendedAddress(name) }),
  };
  return { ...given, ...made[type]?.() };
}

function certificate(name: string): Properties {
  return { certPem: pretendedPem("CERTIFICATE", name), validityEndTime: pretendedExpiry(name) };
}

function fixedAddresses(name: string, port: Properties): readonly string[] {
  const fixed = port["fixedIps"] as readonly { readonly ipAddress: string }[] | undefined;
  return fixed?.map(({ ipAddress }) => ipAddress) ?? ["2001:db8::7", pretendedAddress(name)];
}

/** The public address that the pretended cloud gives to a port or a floating address. */
export function pretendedAddress(name: string): string {
  return `203.0.113.${createHash("sha256").update(name).digest().readUInt8(0)}`;
}

/** Marks as secret what the real provider marks so. */
function withSecrets(type: string, state: Properties): Properties {
  if (type !== "tls:index/privateKey:PrivateKey") return state;
  return { ...state, privateKeyPem: pulumi.secret(state["privateKeyPem"]) };
}
