import { describe, expect, it } from "vitest";
import { administratorCommands, closingWords } from "../../lab/lib/closing-words.ts";
import { commandsIn } from "../support/documented-commands";
import { scripts, unknownOptions } from "../support/npm-scripts";

const stack = {
  name: "lab",
  configFile: "/state/Pulumi.lab.yaml",
  sshKeyFile: "/state/id_ed25519",
  kubeconfigFile: "/state/kubeconfig",
};
const machine = { address: "192.168.0.10", publicAddress: "10.98.0.5", ssh: "ssh debian@10.98.0.5" };
const words = closingWords({
  outputs: { machines: [{ name: "lab-master-0", role: "master", ...machine }], certificateExpiry: "2027-12-01" },
  nodes: "lab-master-0   Ready",
  stages: "  pulumi up 600 s",
  kubectl: "/cache/kubectl",
  stack,
});
const loggingIn = ["status", "verify", "restore-drill", "rotate"];

describe("what `npm start` ends with", () => {
  const commands = administratorCommands(stack).map((command) => commandsIn(command)[0] ?? []);
  const scriptOf = (command: readonly string[]): string => command[6] ?? "";

  it("names every command that reads a stack, once", () => {
    const reading = Object.entries(scripts).filter(([, text]) => /^node commands\//.test(text));
    expect(commands.map(scriptOf).sort()).toEqual(reading.map(([name]) => name).sort());
    for (const command of administratorCommands(stack)) expect(words.split("\n")).toContain(command);
  });

  it.each(commands.map((command) => [scriptOf(command), command] as const))(
    "%s is a script, with options that it has, on the lab's stack and with its environment",
    (script, command) => {
      expect(command.slice(0, 8)).toEqual(["npm", "run", "lab", "--", "npm", "run", script, "--"]);
      expect(scripts["lab"]).toBe("bash lab/run.sh exec");
      const options = command.slice(8);
      expect(unknownOptions(script, options)).toEqual([]);
      expect(options.join(" ")).toContain(`--stack ${stack.name} --config-file ${stack.configFile}`);
      expect(options.includes(`--ssh-option=-i${stack.sshKeyFile}`)).toBe(loggingIn.includes(script));
    },
  );

  it("finds an option that there is not", () => {
    expect(unknownOptions("diagram", ["--ssh-option=-ikey", "--out"])).toEqual(["--ssh-option", "--out"]);
  });

  it("tells how machines are reached", () => {
    expect(words).toContain("lab-master-0 (master): Ready, 192.168.0.10, reached at 10.98.0.5");
    expect(words).toMatch(/ssh -i \/state\/id_ed25519 .* debian@10\.98\.0\.5/);
  });
});
