import { z } from "zod";
import { accessOf, report, runCommand, sshOptions, sshUsage, stackUsage } from "../shared/command.ts";
import { readConfiguration, readOutputs } from "../shared/stack.ts";
import { statusJson, statusText } from "./report.ts";
import { exitCodeOf } from "./section.ts";
import { askStatus } from "./status.ts";

const usage = `usage: npm run status -- --stack NAME [OPTION]...

Tells how a running cluster is: nodes, etcd, certificates by expiry (over SSH, as root), and drift between the configuration and
the cloud (\`pulumi preview --refresh\`). Changes nothing. Ends with 0 when it is healthy, with 1 when something is wrong or near its
end, with 2 when something could not be asked and nothing that could is wrong.

${stackUsage}
  --json                  the status as JSON, for programs
  --no-drift              leave out the comparison with the cloud, which takes the cloud's credentials and the longest
${sshUsage}`;

const options = {
  json: { type: "boolean", default: false },
  drift: { type: "boolean", default: true },
  ...sshOptions,
} as const;

/** What is taken for settings that cannot be read: the default of one, the longest that the other may be. Hours. */
const otherwise = { certificateEarlyRenewalHours: 720, snapshotIntervalHours: 24 } as const;

const snapshots = z.object({ intervalHours: z.number() });

function snapshotHours(etcdSnapshots: string | undefined): number {
  const read = etcdSnapshots?.startsWith("{") === true ? snapshots.safeParse(JSON.parse(etcdSnapshots)) : undefined;
  return read?.data?.intervalHours ?? otherwise.snapshotIntervalHours;
}

await runCommand(usage, options, async (location, values) => {
  const outputs = await readOutputs(location);
  const configuration = await readConfiguration(location);
  const count = outputs.machines.length;
  report(
    `asking the API, etcd and ${count} ${count === 1 ? "machine" : "machines"}${values.drift ? ", and the cloud" : ""}`,
  );
  const status = await askStatus({
    ...{ location, outputs, report },
    access: accessOf(values),
    drift: values.drift,
    warningHours: Number(configuration.get("certificateEarlyRenewalHours") ?? otherwise.certificateEarlyRenewalHours),
    snapshotHours: snapshotHours(configuration.get("etcdSnapshots")),
  });
  const now = new Date();
  console.log(values.json ? statusJson(location.stack, status, now) : statusText(location.stack, status, now));
  return exitCodeOf(Object.values(status));
});
