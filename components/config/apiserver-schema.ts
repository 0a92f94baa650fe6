import { z } from "zod";
import { apiServerArguments, refusedArguments, type ApiServerArgument } from "../../cloudinit";
import type { Flaw } from "../model/problems";
import { seconds } from "./duration";
import { nearest } from "./nearest";
import * as value from "./values";

function remedyFor(argument: ApiServerArgument, text: string): string | undefined {
  switch (argument.kind) {
    case "integer": {
      const { least, most } = argument;
      const isRight = /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;
      return isRight ? undefined : `give a whole number from ${least} to ${most}`;
    }
    case "duration": {
      const { least, most } = argument;
      const time = seconds(text) ?? -1;
      return time >= least && time <= most ? undefined : `give a time from ${least}s to ${most}s, such as ${least}s`;
    }
    case "fraction": {
      const isRight = /^\d(\.\d+)?$/.test(text) && Number(text) <= argument.most;
      return isRight ? undefined : `give a number from 0 to ${argument.most}`;
    }
    case "flag":
      return text === "true" || text === "false" ? undefined : "give true or false";
  }
}

function argumentFlaw(name: string, text: string): Flaw | undefined {
  const argument = apiServerArguments[name];
  if (argument !== undefined) {
    const remedy = remedyFor(argument, text);
    return remedy === undefined ? undefined : { reason: "is not what this argument may be", remedy };
  }
  if (name.startsWith("-")) return { reason: "begins with a dash", remedy: `write ${name.replace(/^-+/, "")}` };
  const refused = refusedArguments.find(({ names }) => names.test(name));
  if (refused !== undefined) return { reason: `${refused.reason}, and is the program's own`, remedy: refused.remedy };
  const known = Object.keys(apiServerArguments);
  const meant = nearest(name, known);
  const remedy = meant === undefined ? `remove it; those that can be set: ${known.join(", ")}` : `write ${meant}`;
  return { reason: "is not an argument of the API server that can be set", remedy };
}

/** Settings of the API server that have no key of their own. */
export const apiServer = z.strictObject({
  arguments: z
    .record(z.string(), value.text())
    .superRefine((all, context) => {
      for (const [name, text] of Object.entries(all)) {
        const flaw = argumentFlaw(name, text);
        if (flaw === undefined) continue;
        const { reason: message, remedy } = flaw;
        context.addIssue({ code: "custom", path: [name], message, params: { remedy } });
      }
    })
    .default({})
    .describe(
      `Arguments of kube-apiserver without dashes, of these: ${Object.keys(apiServerArguments).sort().join(", ")}.`,
    ),
});
