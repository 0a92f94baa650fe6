import { once } from "node:events";
import * as readline from "node:readline/promises";
import { report, runCommand, stackUsage } from "../shared/command.ts";
import { exportState } from "../shared/export.ts";
import { followPulumi, type StackLocation } from "../shared/pulumi.ts";
import { inventoryOf, type Inventory } from "./inventory.ts";
import { outcomeText, planText, protectedText } from "./report.ts";

const usage = `usage: npm run destroy -- --stack NAME [OPTION]...

Deletes everything that a stack made, also of a cluster whose machines or API are gone (\`pulumi destroy\`), and says what is left. What is
protected it refuses before anything is deleted. Ends with 0 when nothing is left, with 1 when it refused or something is left or may be, with
2 when it could not be tried.

${stackUsage}
  --delete-protected      also what is protected: etcd's volume with its snapshots, the authorities
  --yes                   do not ask for the stack's name first`;

const ownOptions = {
  "delete-protected": { type: "boolean", default: false },
  yes: { type: "boolean", default: false },
} as const;

async function inventory(location: StackLocation): Promise<Inventory> {
  return inventoryOf(await exportState(location));
}

/** Asks for the stack's name. @throws Error when nobody can answer */
async function isConfirmed(stack: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Error("nothing was deleted: without a terminal to ask on, --yes has to be given");
  const terminal = readline.createInterface({ input: process.stdin, output: process.stderr });
  try {
    const given = terminal.question("\nType the stack's name to delete all of it: ");
    return (await Promise.race([given, once(terminal, "close").then(() => "")])).trim() === stack;
  } finally {
    terminal.close();
  }
}

/** The options that find the same stack again. */
function optionsOf({ stack, cwd, configFile }: StackLocation): string {
  const words = [`--stack ${stack}`];
  if (cwd !== process.cwd()) words.push(`--cwd ${cwd}`);
  if (configFile !== undefined) words.push(`--config-file ${configFile}`);
  return words.join(" ");
}

/** A cluster that does not answer is about to go with its machines, and what was in it is forgotten; not so one of somebody else. */
function environmentFor({ holdsForeignCluster }: Inventory): Record<string, string> {
  return holdsForeignCluster || process.env["PULUMI_K8S_DELETE_UNREACHABLE"] !== undefined
    ? {}
    : { PULUMI_K8S_DELETE_UNREACHABLE: "true" };
}

await runCommand(usage, ownOptions, async (location, values) => {
  const { stack } = location;
  const before = await inventory(location);
  const again = optionsOf(location);
  if (before.items.length > 0) {
    if (!values["delete-protected"] && before.items.some((item) => item.protected)) {
      console.log(protectedText(stack, again, before));
      return 1;
    }
    report(planText(stack, before));
    if (!values.yes && !(await isConfirmed(stack))) {
      console.log("Nothing was deleted: that is not the stack's name.");
      return 1;
    }
  }
  const protection = values["delete-protected"] ? ["--ignore-protect"] : [];
  const isDone = await followPulumi(
    location,
    ["destroy", "--yes", "--skip-preview", ...protection],
    environmentFor(before),
  );
  const after = await inventory(location);
  const isLeft = after.items.length > 0;
  const options = isLeft && values["delete-protected"] ? `${again} --delete-protected` : again;
  console.log(outcomeText(stack, options, before, after));
  return isDone && !isLeft && after.uncertain.length === 0 ? 0 : 1;
});
