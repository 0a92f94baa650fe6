import { parse } from "yaml";
import { parseUserData, renderedUnits, splitCommand, unitDirectives } from "./user-data";

/** What a control looks at: a rendered master under RBAC. */
export interface Rendered {
  /** Value of a daemon's flag, or `undefined`. */
  readonly flag: (daemon: string, name: string) => string | undefined;
  /** Configuration files. */
  readonly kubelet: Readonly<Record<string, unknown>>;
  readonly scheduler: Readonly<Record<string, unknown>>;
  /** User of etcd's unit, when it has one of its own. */
  readonly etcdUser: string | undefined;
  /** Permissions of a file, or `undefined`. */
  readonly mode: (path: string) => string | undefined;
  /** Owners of all files. */
  readonly owners: ReadonlySet<string>;
  /** Permissions of all files below a directory that have an ending. */
  readonly modes: (directory: string, ending: string) => ReadonlySet<string>;
  /** Texts of all files. */
  readonly texts: readonly string[];
  /** Level at which the API server's audit policy records a request of `user`. */
  readonly audited: (request: AuditedRequest) => string;
}

/** Reads a machine's user data. */
export function readRendered(text: string): Rendered {
  const units = renderedUnits(text);
  const { files } = parseUserData(text);
  const flags = (daemon: string): ReadonlyMap<string, string> => {
    const directives = unitDirectives(units.get(`${daemon}.service`) ?? "", "Service");
    const [, ...words] = splitCommand(directives.find(([name]) => name === "ExecStart")?.[1] ?? "");
    return new Map(words.map((word) => [word.slice(2, word.indexOf("=")), word.slice(word.indexOf("=") + 1)] as const));
  };
  const configuration = (component: string): Record<string, unknown> =>
    parse(files.get(`/etc/kubernetes/${component}.yaml`)?.content ?? "") as Record<string, unknown>;
  return {
    flag: (daemon, name) => flags(daemon).get(name),
    kubelet: configuration("kubelet"),
    scheduler: configuration("kube-scheduler"),
    etcdUser: unitDirectives(units.get("etcd.service") ?? "", "Service").find(([name]) => name === "User")?.[1],
    mode: (path) => files.get(path)?.mode,
    owners: new Set([...files.values()].map(({ owner }) => owner)),
    modes: (directory, ending) =>
      new Set(
        [...files].filter(([path]) => path.startsWith(directory) && path.endsWith(ending)).map(([, f]) => f.mode),
      ),
    texts: [...files.values()].map(({ content }) => content),
    audited: (request) => auditLevel(configuration("audit-policy"), request),
  };
}

/** A person's request, as the rules of an audit policy look at it. */
export interface AuditedRequest {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
}

interface AuditRule {
  readonly level: string;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly { readonly group: string; readonly resources: readonly string[] }[];
  readonly nonResourceURLs?: readonly string[];
}

/** The first rule that matches counts; rules for components and for other addresses than objects' do not match a person's request. */
function auditLevel(policy: Readonly<Record<string, unknown>>, { verb, group, resource }: AuditedRequest): string {
  const rule = (policy["rules"] as readonly AuditRule[]).find(
    ({ users, userGroups, verbs, resources, nonResourceURLs }) =>
      users === undefined &&
      userGroups === undefined &&
      nonResourceURLs === undefined &&
      (verbs?.includes(verb) ?? true) &&
      (resources?.some((of) => of.group === group && of.resources.includes(resource)) ?? true),
  );
  return rule?.level ?? "None";
}

/** Whether a machine is as a check asks. */
export type Check = (rendered: Rendered) => boolean;
export type Test = (value: string | undefined) => boolean;
export const absent: Test = (value) => value === undefined;
export const given: Test = (value) => value !== undefined && value !== "";
export const is =
  (...wanted: readonly string[]): Test =>
  (value) =>
    value !== undefined && wanted.includes(value);
export const isNot =
  (word: string): Test =>
  (value) =>
    value?.split(",").includes(word) !== true;
export const includes =
  (word: string): Test =>
  (value) =>
    value?.split(",").includes(word) === true;
export const atLeast =
  (number: number): Test =>
  (value) =>
    Number(value) >= number;

export const flag =
  (daemon: string, name: string, test: Test): Check =>
  ({ flag: valueOf }) =>
    test(valueOf(daemon, name));
export const both =
  (...checks: readonly Check[]): Check =>
  (rendered) =>
    checks.every((check) => check(rendered));
export const file =
  (path: string, ...modes: readonly string[]): Check =>
  ({ mode }) =>
    is(...modes)(mode(path));
export const kubelet =
  (path: string, test: (value: unknown) => boolean): Check =>
  (rendered) =>
    test(
      path
        .split(".")
        .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], rendered.kubelet),
    );
