import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { renderMaster } from "../../cloudinit";
import { masterDescription } from "../support/descriptions";
import { parseUserData } from "../support/user-data";

interface Rule {
  readonly level: string;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly { readonly group: string; readonly resources: readonly string[] }[];
  readonly nonResourceURLs?: readonly string[];
}

interface Request {
  readonly user: string;
  readonly groups: readonly string[];
  readonly verb: string;
  readonly group?: string;
  /** With its subresource. */
  readonly resource: string;
}

const path = [...parseUserData(renderMaster(masterDescription)).files.keys()].find((name) => name.includes("audit"));
const file = parseUserData(renderMaster(masterDescription)).files.get(path ?? "");
const { rules } = parse(file?.content ?? "") as { readonly rules: readonly Rule[] };

/** The level at which a request for an object is kept: that of the first rule that matches, as the API server has it. */
function levelOf({ user, groups, verb, group = "", resource }: Request): string | undefined {
  const isOneOf = (names: readonly string[] | undefined, ...given: readonly string[]): boolean =>
    names === undefined || given.some((name) => names.includes(name));
  const rule = rules.find(
    ({ users, userGroups, verbs, resources, nonResourceURLs }) =>
      nonResourceURLs === undefined &&
      isOneOf(users, user) &&
      isOneOf(userGroups, ...groups) &&
      isOneOf(verbs, verb) &&
      (resources === undefined || resources.some((each) => each.group === group && each.resources.includes(resource))),
  );
  return rule?.level;
}

const clients = [
  { user: "system:serviceaccount:kube-system:default", groups: ["system:serviceaccounts:kube-system"] },
  { user: "system:node:dev-default-0", groups: ["system:nodes"] },
  { user: "system:kube-controller-manager", groups: ["system:authenticated"] },
  { user: "alice", groups: ["system:authenticated"] },
];

describe("the audit log", () => {
  test.each(["pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy", "nodes/proxy"])(
    "tells of %s by anybody, also by the verb of reading, which a WebSocket has",
    (resource) => {
      for (const client of clients) {
        expect(levelOf({ ...client, verb: "get", resource })).toBe("Metadata");
        expect(levelOf({ ...client, verb: "create", resource })).toBe("Metadata");
      }
    },
  );

  test("passes over the components' constant reading, and nobody else's", () => {
    const levels = clients.map((client) => levelOf({ ...client, verb: "list", resource: "pods" }));
    expect(levels).toEqual(["None", "None", "None", "Metadata"]);
    expect(clients.map((client) => levelOf({ ...client, verb: "get", resource: "secrets" }))).toEqual(
      clients.map(() => "Metadata"),
    );
  });
});
