import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

/** One resource of the stack as the last update left it, ended or not. */
export interface StateResource {
  /** Type token, for instance `openstack:networking/port:Port`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** Holds secrets in clear. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/**
 * Reads the engine's own record of this stack's resources, also those of an `up` that did not end. Stack outputs would tell only what the
 * last `up` that ended well left behind: after one that was interrupted they name machines that are no more.
 *
 * @returns what the engine answers: resources by URN, each with its type and outputs, secrets in clear
 * @throws pulumi.RunError when the backend does not give it: to go on without would be to guess which machines to replace
 */
export async function readState(): Promise<unknown> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  try {
    return await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName });
  } catch (error) {
    throw new pulumi.RunError(
      `The state of this stack cannot be read, and it tells which machines to keep: ${String(error)}\n` +
        "Check that `pulumi stack export` works with the same backend and passphrase. Nothing was created or changed.",
    );
  }
}

const resource = z.object({ type: z.string(), outputs: z.record(z.string(), z.unknown()) });
const state = z.object({ outputs: z.record(z.string(), z.unknown()) });

/** The resources in what the engine answers; none of a new stack. */
export function resourcesInState(answer: unknown): readonly StateResource[] {
  return Object.entries(state.safeParse(answer).data?.outputs ?? {}).flatMap(([urn, value]): StateResource[] => {
    const parsed = resource.safeParse(value);
    return parsed.success ? [{ ...parsed.data, name: urn.split("::").slice(3).join("::") }] : [];
  });
}
