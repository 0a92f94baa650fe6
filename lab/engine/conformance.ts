import { ExecaError } from "execa";
import { capture } from "../lib/process.ts";
import { type Declared, type DeclaredPackage, readDeclarations, sdkTokens } from "./declarations.ts";
import type { Engine } from "./engine.ts";
import { packageDirectory, requiredPlugins } from "./plugins.ts";

/** As much of a Pulumi package schema as is compared. */
interface Schema {
  readonly version?: string;
  readonly types?: Record<string, { readonly properties?: Record<string, Property> }>;
  readonly provider?: { readonly inputProperties?: Record<string, Property> };
  readonly resources?: Record<string, Resource>;
  readonly functions?: Record<string, { readonly inputs?: Bag; readonly outputs?: Bag }>;
}

interface Bag {
  readonly properties?: Record<string, Property>;
  readonly required?: readonly string[];
}

interface Resource extends Bag {
  readonly inputProperties?: Record<string, Property>;
  readonly requiredInputs?: readonly string[];
}

interface Property {
  readonly type?: string;
  readonly $ref?: string;
  readonly items?: Property;
  readonly additionalProperties?: Property;
  readonly secret?: boolean;
}

/**
 * Compares what the engine's plugins know with the type declarations of the npm packages that programs are written
 * against: tokens, names and types of inputs and outputs at every depth, required inputs, and what is secret.
 * @returns one line for each difference; none when programs mean the same to both.
 */
export async function checkConformance(engine: Engine): Promise<string[]> {
  const differences = await Promise.all(
    requiredPlugins().map(async ({ name, version }) => {
      const schema = await schemaOf(engine, `${name}@${version}`);
      const versions =
        schema.version === version ? [] : [`${name}: plugin is version ${schema.version ?? "none"}, not ${version}`];
      return [...versions, ...(name === "kubernetes" ? compareKubernetes(schema) : comparePackage(name, schema))];
    }),
  );
  return differences.flat();
}

async function schemaOf(engine: Engine, plugin: string): Promise<Schema> {
  const command = ["package", "get-schema", plugin];
  try {
    return JSON.parse(await capture(engine.pulumi, command, { env: engine.environment })) as Schema;
  } catch (error) {
    // The schema itself is part of the output; what is wrong stands in the first lines of the other stream.
    const reason = error instanceof ExecaError ? String(error.stderr).slice(0, 1000) : String(error);
    throw new Error(`pulumi ${command.join(" ")} failed: ${reason}`, { cause: error });
  }
}

function comparePackage(name: string, schema: Schema): string[] {
  const declared = readDeclarations(packageDirectory(name));
  const differences = compareNames(`${name}: resource`, Object.keys(schema.resources ?? {}), [
    ...declared.resources.keys(),
  ]);
  for (const [token, { inputs, outputs, secrets }] of declared.resources) {
    const resource = schema.resources?.[token];
    if (resource === undefined) continue;
    const at = (part: string): Place => ({ where: `${token} ${part}`, schema, declared });
    differences.push(
      ...compareBag(at("input"), { properties: resource.inputProperties ?? {} }, inputs),
      ...compareNames(`${token}: required input`, resource.requiredInputs ?? [], required(inputs)),
      ...compareBag(at("output"), resource, outputs),
      ...compareNames(`${token}: secret output`, secretNames(resource), secrets),
    );
  }
  if (name === "tls") return differences; // the stand-in says that it leaves the package's functions out
  differences.push(
    ...compareNames(`${name}: function`, Object.keys(schema.functions ?? {}), [...declared.functions.keys()]),
  );
  for (const [token, { inputs, outputs }] of declared.functions) {
    const known = schema.functions?.[token];
    if (known === undefined) continue;
    differences.push(
      ...compareBag({ where: `${token} argument`, schema, declared }, known.inputs ?? {}, inputs),
      ...compareNames(`${token}: required argument`, known.inputs?.required ?? [], required(inputs)),
      ...compareBag({ where: `${token} result`, schema, declared }, known.outputs ?? {}, outputs),
    );
  }
  return differences;
}

/** The stand-in takes an object's kind from the object; so the token of every class must agree with its own fields. */
function compareKubernetes(schema: Schema): string[] {
  const directory = packageDirectory("kubernetes");
  const declared = readDeclarations(directory, ["provider.d.ts"]);
  const differences = compareNames(
    "kubernetes: provider setting",
    Object.keys(schema.provider?.inputProperties ?? {}),
    Object.keys(declared.provider),
  );
  for (const { token, source } of sdkTokens(directory)) {
    const given = /resourceInputs\["apiVersion"\] = "([^"]+)";\s*resourceInputs\["kind"\] = "([^"]+)"/.exec(source);
    if (given === null || /(List|Patch)$/.test(token)) continue;
    const [, apiVersion = "", kind = ""] = given;
    const expected = `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
    if (token !== expected) differences.push(`kubernetes: class ${token} makes ${expected}`);
  }
  return differences;
}

interface Place {
  readonly where: string;
  readonly schema: Schema;
  readonly declared: DeclaredPackage;
}

function compareBag(place: Place, known: Bag, declared: Record<string, Declared>): string[] {
  const properties = known.properties ?? {};
  const names = Object.keys(declared);
  const shared = names.filter((name) => properties[name] !== undefined);
  return [
    ...compareNames(place.where, Object.keys(properties), names),
    ...shared.flatMap((name) =>
      compareType({ ...place, where: `${place.where} ${name}` }, properties[name] ?? {}, declared[name]?.type ?? "any"),
    ),
  ];
}

function compareType(place: Place, known: Property, declared: Declared["type"]): string[] {
  const nested =
    known.$ref?.startsWith("#/types/") === true
      ? place.schema.types?.[decodeURIComponent(known.$ref.slice(8))]
      : undefined;
  if (declared === "any" || known.$ref === "pulumi.json#/Any") return [];
  if (typeof declared === "string") return same(place, simple(known), declared);
  if ("element" in declared) {
    const element =
      known.type === "array" ? known.items : known.type === "object" ? known.additionalProperties : undefined;
    const kind = known.type === "object" ? "map" : known.type;
    return element === undefined || kind !== declared.kind
      ? same(place, simple(known), declared.kind)
      : compareType(place, element, declared.element);
  }
  const object = place.declared.types.get(declared.name);
  if (object === undefined) return [`${place.where}: declares an unknown type ${declared.name}`];
  return nested === undefined ? same(place, simple(known), "object") : compareBag(place, nested, object);
}

function simple(known: Property): string {
  if (known.$ref !== undefined) return "object";
  return known.type === "integer" ? "number" : (known.type ?? "none");
}

function same({ where }: Place, known: string, declared: string): string[] {
  return known === declared ? [] : [`${where}: is ${known} in the plugin, ${declared} in the declarations`];
}

function compareNames(what: string, known: readonly string[], declared: readonly string[]): string[] {
  return [
    ...declared.filter((name) => !known.includes(name)).map((name) => `${what} ${name} is not in the plugin`),
    ...known.filter((name) => !declared.includes(name)).map((name) => `${what} ${name} is not in the declarations`),
  ];
}

function required(bag: Record<string, Declared>): string[] {
  return Object.entries(bag).flatMap(([name, { optional }]) => (optional ? [] : [name]));
}

function secretNames({ properties = {} }: Bag): string[] {
  return Object.entries(properties).flatMap(([name, { secret }]) => (secret === true ? [name] : []));
}
