import { accessOf, report, runCommand, sshOptions, sshUsage, stackUsage } from "../shared/command.ts";
import type { StackLocation } from "../shared/pulumi.ts";
import { readConfiguration, readOutputs } from "../shared/stack.ts";
import { readResources } from "../shared/export.ts";
import { table } from "./report.ts";
import { verify, type Stack } from "./verify.ts";

const usage = `usage: npm run verify -- --stack NAME [OPTION]...

Tries every connection of a running cluster, by the right client and in every wrong way, from its machines (over SSH, as root)
and from here; what pods reach of the metadata service; and every socket that listens on a machine. Ends with 1 when one did not end as it must, with 2 when it could not be tried.

${stackUsage}
  --json                  findings as JSON, for programs
  --listener PROTO/PORT   a socket of your own that may listen on machines, for instance --listener=tcp/9100; once for each
  --with-authority-keys   try expired certificates and tokens too; takes the authorities' keys out of the stack's state, in memory
${sshUsage}`;

const options = {
  json: { type: "boolean", default: false },
  listener: { type: "string", multiple: true, default: [] as string[] },
  "with-authority-keys": { type: "boolean", default: false },
  ...sshOptions,
} as const;

async function readStack(
  location: StackLocation,
  withAuthorityKeys: boolean,
  listeners: readonly string[],
): Promise<Stack> {
  const outputs = await readOutputs(location);
  const configuration = await readConfiguration(location);
  // What runs: a setting since may wait for the master's next generation, and a library's cluster has none of these keys.
  const running = outputs.machines.find(({ role }) => role === "master")?.authorization;
  const authorization = running ?? configuration.get("authorization") ?? "AlwaysAllow";
  const issuing = configuration.get("authorities")?.split("+")[0] ?? "1";
  const signers = withAuthorityKeys ? { signers: await readSigners(location, issuing) } : {};
  return { name: location.stack, ...outputs, authorization, listeners, ...signers };
}

/** @param issuing number of the authorities that issue, of several while they are rotated */
async function readSigners(location: StackLocation, issuing: string): Promise<NonNullable<Stack["signers"]>> {
  const resources = await readResources(location);
  const output = (type: string, suffix: string, property: string): string => {
    const found = resources.find((resource) => resource.type === type && resource.urn.endsWith(suffix));
    const text = found?.outputs[property];
    if (typeof text !== "string") throw new Error(`the state has no ${property} of …${suffix}`);
    return text;
  };
  const number = issuing === "1" ? "" : `-${issuing}`;
  const key = (name: string): string => output("tls:index/privateKey:PrivateKey", `${name}-key`, "privateKeyPem");
  const authority = (name: string) => ({
    certificate: output(
      "tls:index/selfSignedCert:SelfSignedCert",
      `-pki-${name}-authority${number}-certificate`,
      "certPem",
    ),
    privateKey: key(`-pki-${name}-authority${number}`),
  });
  return {
    kubernetes: authority("kubernetes"),
    etcd: authority("etcd"),
    serviceAccountKey: key(`-pki-service-account${number}`),
  };
}

await runCommand(usage, options, async (location, values) => {
  const stack = await readStack(location, values["with-authority-keys"], values.listener);
  const findings = await verify(stack, accessOf(values), report);
  const { name, authorization } = stack;
  const answer = { stack: name, at: new Date().toISOString(), authorization, findings };
  console.log(values.json ? JSON.stringify(answer, null, 2) : table(findings));
  return findings.every(({ holds }) => holds) ? 0 : 1;
});
