import * as fs from "node:fs";
import * as path from "node:path";
import ts from "typescript";

/** A property as a declaration file gives it. */
export interface Declared {
  readonly optional: boolean;
  readonly type: DeclaredType;
}

/** A simple type by name, a list or map of something, or a nested object type by its name in `types/`. */
export type DeclaredType =
  | "string"
  | "number"
  | "boolean"
  | "any"
  | { readonly kind: "array" | "map"; readonly element: DeclaredType }
  | { readonly name: string };

type Bag = Record<string, Declared>;

/** What an npm package of a provider declares. */
export interface DeclaredPackage {
  /** Arguments of the class `Provider`. */
  provider: Bag;
  readonly resources: Map<string, { inputs: Bag; outputs: Bag; secrets: string[] }>;
  readonly functions: Map<string, { inputs: Bag; outputs: Bag }>;
  /** Object types by `inputs.` or `outputs.`, namespaces and name. */
  readonly types: Map<string, Bag>;
}

/** Every class of a provider's package with a token, and its JavaScript. */
export function sdkTokens(directory: string): { token: string; source: string }[] {
  return sourceFiles(directory, ".js").flatMap((file) => {
    const source = fs.readFileSync(path.join(directory, file), "utf8");
    return [...source.matchAll(/__pulumiType = '([^']+)'/g)].map(([, token = ""]) => ({ token, source }));
  });
}

/** Reads the declaration files of a provider's npm package, all or those named. */
export function readDeclarations(directory: string, files = sourceFiles(directory, ".d.ts")): DeclaredPackage {
  const declared: DeclaredPackage = { provider: {}, resources: new Map(), functions: new Map(), types: new Map() };
  for (const file of files) {
    const tree = ts.createSourceFile(file, fs.readFileSync(path.join(directory, file), "utf8"), ts.ScriptTarget.Latest);
    if (file.startsWith("types/")) {
      readTypes(tree.statements, file === "types/input.d.ts" ? "inputs" : "outputs", declared.types);
    } else {
      const script = path.join(directory, file.replace(/\.d\.ts$/, ".js"));
      readModule(tree, fs.readFileSync(script, "utf8"), declared);
    }
  }
  return declared;
}

function sourceFiles(directory: string, suffix: string): string[] {
  return fs
    .readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(suffix) && !/(^|\/)(node_modules|config)\/|(^|\/)(index|utilities)\./.test(file));
}

/** Reads a file with one resource class, or one function with its argument and result types. */
function readModule(tree: ts.SourceFile, script: string, declared: DeclaredPackage): void {
  const interfaces = new Map<string, Bag>();
  for (const statement of tree.statements) {
    if (ts.isInterfaceDeclaration(statement)) interfaces.set(statement.name.text, members(statement.members));
  }
  const isClass = tree.statements.find(ts.isClassDeclaration);
  const name = isClass?.name?.text;
  if (name === "Provider") {
    declared.provider = interfaces.get("ProviderArgs") ?? {};
    return;
  }
  const token = /__pulumiType = '([^']+)'/.exec(script)?.[1];
  if (isClass !== undefined && token !== undefined) {
    const secrets = /additionalSecretOutputs: \[([^\]]*)\]/.exec(script)?.[1] ?? "";
    declared.resources.set(token, {
      inputs: interfaces.get(`${name ?? ""}Args`) ?? {},
      outputs: members(isClass.members),
      secrets: [...secrets.matchAll(/"([^"]+)"/g)].map(([, secret = ""]) => secret),
    });
    return;
  }
  const invoked = /runtime\.invoke\("([^"]+)"/.exec(script)?.[1];
  if (invoked === undefined) return;
  const named = (suffix: string): Bag =>
    [...interfaces].find(([title]) => title.endsWith(suffix) && !title.endsWith("OutputArgs"))?.[1] ?? {};
  declared.functions.set(invoked, { inputs: named("Args"), outputs: named("Result") });
}

function readTypes(statements: readonly ts.Statement[], prefix: string, types: Map<string, Bag>): void {
  for (const statement of statements) {
    if (ts.isInterfaceDeclaration(statement)) {
      types.set(`${prefix}.${statement.name.text}`, members(statement.members));
    } else if (ts.isModuleDeclaration(statement) && statement.body !== undefined && ts.isModuleBlock(statement.body)) {
      readTypes(statement.body.statements, `${prefix}.${statement.name.text}`, types);
    }
  }
}

function members(nodes: readonly ts.Node[]): Bag {
  return Object.fromEntries(
    nodes.flatMap((node): [string, Declared][] => {
      const isProperty = ts.isPropertySignature(node) || ts.isPropertyDeclaration(node);
      if (!isProperty || node.type === undefined || !ts.isIdentifier(node.name)) return [];
      return [[node.name.text, { optional: node.questionToken !== undefined, type: declaredType(node.type) }]];
    }),
  );
}

/** Sees through `Input`, `Output`, `undefined` and what else does not concern the shape of a value. */
function declaredType(node: ts.TypeNode): DeclaredType {
  if (ts.isParenthesizedTypeNode(node)) return declaredType(node.type);
  if (ts.isUnionTypeNode(node)) {
    const parts = node.types.filter((part) => part.kind !== ts.SyntaxKind.UndefinedKeyword);
    // Where the name of a known value or a plain string may stand, a string is meant.
    return parts.length === 1 && parts[0] !== undefined ? declaredType(parts[0]) : "string";
  }
  if (ts.isArrayTypeNode(node)) return { kind: "array", element: declaredType(node.elementType) };
  if (ts.isTypeLiteralNode(node)) {
    const [index] = node.members.filter(ts.isIndexSignatureDeclaration);
    return { kind: "map", element: index === undefined ? "any" : declaredType(index.type) };
  }
  switch (node.kind) {
    case ts.SyntaxKind.StringKeyword:
      return "string";
    case ts.SyntaxKind.NumberKeyword:
      return "number";
    case ts.SyntaxKind.BooleanKeyword:
      return "boolean";
  }
  if (!ts.isTypeReferenceNode(node)) return "any";
  const name = entityName(node.typeName);
  const [argument] = node.typeArguments ?? [];
  if (/^pulumi\.(Input|Output)$/.test(name)) return argument === undefined ? "any" : declaredType(argument);
  return /^(inputs|outputs)\./.test(name) ? { name } : "string";
}

function entityName(node: ts.EntityName): string {
  return ts.isIdentifier(node) ? node.text : `${entityName(node.left)}.${node.right.text}`;
}
