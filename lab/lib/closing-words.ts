import type { ClusterOutputs } from "./cluster-stack.ts";

/** A lab's cluster, and where what is needed to act on it lies. */
export interface Made {
  readonly outputs: Pick<ClusterOutputs, "machines" | "certificateExpiry">;
  /** What `kubectl get nodes` says. */
  readonly nodes: string;
  /** How long each stage took. */
  readonly stages: string;
  readonly kubectl: string;
  readonly stack: {
    readonly name: string;
    readonly configFile: string;
    readonly sshKeyFile: string;
    readonly kubeconfigFile: string;
  };
}

/** The administrator's commands on that cluster, each in full: its stack file is outside the checkout, its engine in nobody's PATH. */
export function administratorCommands({ name, configFile, sshKeyFile }: Made["stack"]): readonly string[] {
  // Machines of the next lab have the same addresses and other keys.
  const ssh = [`-i${sshKeyFile}`, "-oUserKnownHostsFile=/dev/null"].map((option) => `--ssh-option=${option}`).join(" ");
  const command = (script: string, options: string): string =>
    `npm run lab -- npm run ${script} -- --stack ${name} --config-file ${configFile} ${options}`.trim();
  return [
    ...["status", "verify", "restore-drill", "rotate"].map((script) => command(script, ssh)),
    command("diagram", `--output ${name}.svg`),
    command("destroy", ""),
  ];
}

/** What `npm start` ends with. */
export function closingWords(made: Made): string {
  const { outputs, nodes, stages, kubectl, stack } = made;
  const ssh = `-i ${stack.sshKeyFile} -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no`;
  const machines = outputs.machines.map(
    ({ name, role, address, publicAddress }) =>
      `  ${name} (${role}): Ready, ${address}, reached at ${publicAddress ?? "its private address only"}`,
  );
  return `
${nodes}

Stages
${stages}

Machines
${machines.join("\n")}

Certificates are valid until ${outputs.certificateExpiry} (the first to expire).

  kubectl:     export KUBECONFIG=${stack.kubeconfigFile}
               ${kubectl} get pods --all-namespaces
  SSH:         ${outputs.machines.map((machine) => machine.ssh.replace("ssh ", `ssh ${ssh} `)).join("\n               ")}
  pulumi:      npm run pulumi -- preview
  remove all:  npm stop

The administrator's commands, on this cluster; \`npm run lab -- COMMAND\` gives any command its stack's environment:

${administratorCommands(stack).join("\n")}`;
}
