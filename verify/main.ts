import { parseArgs } from "node:util";
import { LocalWorkspace, type Stack as PulumiStack } from "@pulumi/pulumi/automation/index.js";
import { z } from "zod";
import { table } from "./report.ts";
import { verify, type Stack } from "./verify.ts";

const usage = `usage: npm run verify -- --stack NAME [--json] [--with-authority-keys] [--ssh-option=OPTION]... [--cwd FOLDER]

Tries every connection of a running cluster, by the right client and in every wrong way, from its machines (over SSH, as root)
and from here. Ends with 1 when one did not end as it must, with 2 when it could not be tried.

  --stack NAME            the Pulumi stack; its backend, passphrase and cloud are those of \`pulumi\` here
  --json                  findings as JSON, for programs
  --with-authority-keys   try expired certificates and tokens too; takes the authorities' keys out of the stack's state, in memory
  --ssh-option=OPTION     for ssh, for instance --ssh-option=-iKEYFILE or --ssh-option=-oProxyJump=bastion
  --cwd FOLDER            where the project's and the stack's files are; here by default`;

const outputs = z.object({
  machines: z.array(
    z.object({ name: z.string(), role: z.enum(["master", "node"]), address: z.string(), ssh: z.string() }),
  ),
  kubeconfig: z.string(),
});

const state = z.object({
  resources: z.array(
    z.object({ urn: z.string(), type: z.string(), outputs: z.record(z.string(), z.unknown()).optional() }),
  ),
});

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      json: { type: "boolean", default: false },
      "with-authority-keys": { type: "boolean", default: false },
      "ssh-option": { type: "string", multiple: true, default: [] },
      cwd: { type: "string", default: process.cwd() },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help || values.stack === undefined) {
    console.log(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const stack = await readStack(values.stack, values.cwd, values["with-authority-keys"]);
  const report = (line: string): void => {
    console.error(line);
  };
  const sshOptions = ["-oStrictHostKeyChecking=accept-new", ...values["ssh-option"]];
  const findings = await verify(stack, { sshOptions }, report);
  console.log(
    values.json
      ? JSON.stringify(
          { stack: stack.name, at: new Date().toISOString(), authorization: stack.authorization, findings },
          null,
          2,
        )
      : table(findings),
  );
  process.exitCode = findings.every(({ holds }) => holds) ? 0 : 1;
}

/** @throws Error when the stack does not exist, or has no cluster. */
async function readStack(name: string, workDir: string, withAuthorityKeys: boolean): Promise<Stack> {
  const stack = await LocalWorkspace.selectStack({ stackName: name, workDir });
  const values = Object.fromEntries(
    Object.entries(await stack.outputs()).map(([key, { value }]) => [key, value as unknown]),
  );
  const parsed = outputs.safeParse(values);
  if (!parsed.success) throw new Error(`stack ${name} has no cluster: run \`pulumi up\` first`);
  const config = await stack.getAllConfig();
  const authorization = config["kovhernetes:authorization"]?.value ?? "AlwaysAllow";
  const signers = withAuthorityKeys ? { signers: await readSigners(stack) } : {};
  return { name, ...parsed.data, authorization, ...signers };
}

async function readSigners(stack: PulumiStack): Promise<NonNullable<Stack["signers"]>> {
  const { resources } = state.parse((await stack.exportStack()).deployment);
  const output = (type: string, suffix: string, property: string): string => {
    const found = resources.find((resource) => resource.type === type && resource.urn.endsWith(suffix));
    const value = found?.outputs?.[property];
    // With secrets shown, a secret is wrapped: its plain text is JSON.
    const text =
      typeof value === "object" && value !== null && "plaintext" in value
        ? (JSON.parse(String(value.plaintext)) as unknown)
        : value;
    if (typeof text !== "string") throw new Error(`the state has no ${property} of …${suffix}`);
    return text;
  };
  const key = (name: string): string => output("tls:index/privateKey:PrivateKey", `${name}-key`, "privateKeyPem");
  const authority = (name: string) => ({
    certificate: output("tls:index/selfSignedCert:SelfSignedCert", `${name}-authority-certificate`, "certPem"),
    privateKey: key(`${name}-authority`),
  });
  return {
    kubernetes: authority("kubernetes"),
    etcd: authority("etcd"),
    serviceAccountKey: key("service-account"),
  };
}

main().catch((error: unknown) => {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 2;
});
