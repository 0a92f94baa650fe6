import { accessOf, report, runCommand, sshOptions, sshUsage, stackUsage } from "../shared/command.ts";
import { runAsRoot } from "../shared/remote.ts";
import { readOutputs } from "../shared/stack.ts";
import { compare } from "./compare.ts";
import { drillScript, readDrill } from "./drill.ts";
import { drillJson, drillText, isWhole } from "./report.ts";

const usage = `usage: npm run restore-drill -- --stack NAME [OPTION]...

Restores the newest etcd snapshot on the master (over SSH, as root) into an etcd that is thrown away afterwards and that nobody else can
reach, and compares it with the cluster object by object. Changes nothing. Ends with 0 when the snapshot has everything, with 1 when it has
not, with 2 when it could not be tried.

${stackUsage}
  --from-storage          the newest one in the object storage, in place of the one on etcd's volume
  --json                  the comparison as JSON, for programs
${sshUsage}`;

const options = {
  json: { type: "boolean", default: false },
  "from-storage": { type: "boolean", default: false },
  ...sshOptions,
} as const;

await runCommand(usage, options, async (location, values) => {
  const { machines } = await readOutputs(location);
  const master = machines.find(({ role }) => role === "master");
  if (master === undefined) throw new Error(`stack ${location.stack} has no master`);
  report(`${master.name}: restoring the newest snapshot and reading all objects; minutes, when they are many`);
  const script = drillScript(values["from-storage"] ? "storage" : "volume");
  const drill = readDrill(await runAsRoot(master, script, accessOf(values)));
  const resources = compare(drill);
  console.log(values.json ? drillJson(location.stack, master.name, drill, resources) : drillText(drill, resources));
  return isWhole(resources) ? 0 : 1;
});
