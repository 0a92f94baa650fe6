import { unknownKeyProblem } from "./issues";
import type { Problem } from "../model/problems";

/** Namespace of this repository's own stack files and examples. */
const ownNamespace = "kovhernetes";

/** Keys that earlier releases of the OpenStack provider had, and what became of them; the engine refuses them where the provider has them no more. */
const retiredKeys: Readonly<Record<string, string>> = {
  useOctavia: "the installed OpenStack provider uses Octavia always; releases up to 3.15 have the key still",
};

/**
 * Keys of a stack that nobody reads because of what stands before their colon: those of the OpenStack provider that it does not have, which it
 * would pass over in silence, and those of this repository's examples in a project of another name.
 *
 * @param keys full keys of the stack, `NAMESPACE:KEY`; their values may be secret, and none is shown
 * @param namespace the project's own
 * @param providerKeys keys that the OpenStack provider has, without namespace
 */
export function namespaceProblems(
  keys: readonly string[],
  namespace: string,
  providerKeys: readonly string[],
): readonly Problem[] {
  return keys.flatMap((full): Problem[] => {
    const [first = "", ...rest] = full.split(":");
    const key = rest.join(":");
    const retired = first === "openstack" && !providerKeys.includes(key) ? retiredKeys[key] : undefined;
    if (retired !== undefined) {
      const remedy = `\`pulumi config rm ${full}\``;
      return [{ key: full, value: "(not shown)", reason: `is no longer needed: ${retired}`, remedy }];
    }
    if (first === "openstack" && !providerKeys.includes(key)) {
      const problem = unknownKeyProblem([key], "(not shown)", providerKeys);
      const remedy = problem.remedy.replace(/^write /, "write openstack:");
      return [{ ...problem, key: full, reason: "is not a key of the OpenStack provider", remedy }];
    }
    if (first !== ownNamespace || namespace === ownNamespace) return [];
    const reason = `belongs to a project called ${ownNamespace}, and this one is called ${namespace}`;
    return [{ key: full, value: "(not shown)", reason, remedy: `write ${namespace}:${key} instead` }];
  });
}
