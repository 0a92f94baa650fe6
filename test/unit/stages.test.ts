import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  apiText,
  giveUpText,
  machineStage,
  rolloutText,
  type ExpectedMachine,
  type MachineObservation,
} from "../../components/readiness/stages";

const reason = fc.string({ minLength: 1, maxLength: 40 });
const node = fc.option(
  fc.record({
    ready: fc.boolean(),
    reason,
    providerId: fc.string(),
    systemUuid: fc.uuid(),
    labels: fc.constant({}),
  }),
  { nil: undefined },
);
const observation: fc.Arbitrary<MachineObservation> = fc.record({
  ssh: fc.constantFrom(true, false, undefined),
  node,
});
const machine: fc.Arbitrary<ExpectedMachine> = fc.record({
  hostName: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/),
  role: fc.constantFrom("master" as const, "node" as const),
  sshCommand: fc.ipV4().map((address) => `ssh debian@${address}`),
  publicAddress: fc.constant(undefined),
  serverId: fc.uuid(),
});

describe("machineStage", () => {
  it("is ready exactly when the Node object is Ready, whatever SSH says", () => {
    fc.assert(
      fc.property(observation, (seen) => {
        expect(machineStage(seen).stage === "ready").toBe(seen.node?.ready === true);
      }),
    );
  });

  it("tells why a registered machine is not Ready", () => {
    fc.assert(
      fc.property(reason, fc.constantFrom(true, false, undefined), (why, ssh) => {
        const { stage, text } = machineStage({
          ssh,
          node: { ready: false, reason: why, providerId: "", systemUuid: "", labels: {} },
        });
        expect(stage).toBe("registered");
        expect(text).toContain(why);
      }),
    );
  });

  it.each([
    [undefined, "booting", "has not registered yet"],
    [{ ssh: undefined, node: undefined }, "booting", "has not registered yet"],
    [{ ssh: false, node: undefined }, "booting", "SSH does not answer yet"],
    [{ ssh: true, node: undefined }, "configuring", "has not registered yet"],
  ] as const)("calls a machine seen as %o %s", (seen, stage, text) => {
    expect(machineStage(seen).stage).toBe(stage);
    expect(machineStage(seen).text).toContain(text);
  });

  it("does not claim to have tried SSH where a machine cannot be reached from outside", () => {
    expect(machineStage({ ssh: undefined, node: undefined }).text).not.toContain("SSH");
  });
});

describe("rolloutText", () => {
  const workload = { kind: "DaemonSet", namespace: "kube-flannel", name: "flannel" } as const;
  const count = fc.nat(1000);

  it("is silent exactly when the controller has seen the newest specification and every pod is new and available", () => {
    fc.assert(
      fc.property(fc.boolean(), count, count, count, (observed, wanted, updated, available) => {
        const text = rolloutText(workload, { observed, wanted, updated, available });
        expect(text === undefined).toBe(observed && updated >= wanted && available >= wanted);
        expect(text ?? "kube-flannel/flannel").toContain("kube-flannel/flannel");
      }),
    );
  });

  it("names a workload that does not exist", () => {
    expect(rolloutText(workload, undefined)).toBe("kube-flannel/flannel does not exist");
  });
});

describe("apiText", () => {
  it("carries the reason of an API that does not answer, or answers and is not healthy", () => {
    fc.assert(
      fc.property(fc.constantFrom("unreachable" as const, "unhealthy" as const), reason, (state, why) => {
        expect(apiText({ state, reason: why })).toContain(why);
      }),
    );
    expect(apiText({ state: "healthy" })).toBe("API healthy");
  });
});

describe("giveUpText", () => {
  const stuck = fc.array(fc.record({ machine, text: reason }), { minLength: 1, maxLength: 5 });

  it("names every stuck machine with its role, its stage, and the commands that show why", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 240 }), reason, stuck, (minutes, what, machines) => {
        const text = giveUpText(minutes, what, machines);
        expect(text).toContain(`within ${minutes} minutes: ${what}.`);
        const lines = text.split("\n");
        for (const { machine: one, text: stage } of machines) {
          expect(text).toContain(`${one.hostName} (${one.role}): ${stage}`);
          expect(text).toContain(`openstack console log show ${one.hostName}`);
          expect(lines.some((line) => line.includes(`${one.sshCommand} sudo journalctl`))).toBe(true);
        }
      }),
    );
  });

  it("asks for the logs of the control plane on masters alone", () => {
    fc.assert(
      fc.property(machine, reason, (one, text) => {
        expect(giveUpText(20, "x", [{ machine: one, text }]).includes("-u kube-apiserver")).toBe(one.role === "master");
      }),
    );
  });

  it("shows how to look at pods from the master when every machine is Ready and the cluster does not work", () => {
    fc.assert(
      fc.property(machine, reason, (one, text) => {
        const look = `${one.sshCommand} sudo kubectl`;
        expect(giveUpText(20, "x", [], one)).toContain(look);
        expect(giveUpText(20, "x", [{ machine: one, text }], one)).not.toContain(look);
      }),
    );
  });

  it("ends with how to go on, also when no machine is to blame", () => {
    for (const machines of [[], [{ machine: fc.sample(machine, 1)[0] as ExpectedMachine, text: "Ready" }]]) {
      const text = giveUpText(7, "cluster DNS does not answer", machines);
      expect(text).toContain("`pulumi up` again");
      expect(text).toContain("pulumi config set readinessTimeoutMinutes");
    }
    expect(giveUpText(7, "x", [])).not.toContain("how to look");
  });
});
