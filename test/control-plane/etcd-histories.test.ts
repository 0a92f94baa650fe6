import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isLinearizable, lostWrites, type Operation } from "../support/history.ts";
import { EtcdMembers, type Member } from "./etcd-members.ts";

const three = [0, 1, 2];
/** A few in `npm test`; by hand, for instance `ROUNDS=200 npx vitest run --project control-plane etcd-histories`. */
const rounds = Number(process.env["ROUNDS"] ?? 3);
const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

/** The same numbers for the same seed (a linear congruential generator, Numerical Recipes). */
function numbers(from: number): (below: number) => number {
  let state = from >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Clients that write and read until they are told to stop; each register's history, and that of a set to which all add. */
class Clients {
  readonly registers = new Map<string, Operation[]>();
  readonly added: Operation[] = [];
  private isStopping = false;
  private readonly working: Promise<void>[];

  constructor(
    private readonly all: EtcdMembers,
    count: number,
  ) {
    this.working = Array.from({ length: count }, (_, client) => this.work(client));
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await Promise.all(this.working);
  }

  private async work(client: number): Promise<void> {
    const random = numbers(seed + client);
    for (let number = 0; !this.isStopping; number += 1) {
      // A round has registers of its own, so that no history grows too long to be searched.
      const key = `register-${Math.floor(number / 25)}-${random(2)}`;
      const asked = [random(three.length)];
      const value = `${client}-${number}`;
      const begin = performance.now();
      const answered = (exitCode: number | undefined) => (exitCode === 0 ? { end: performance.now() } : {});
      if (random(3) === 0) {
        const { exitCode } = await this.all.etcdctl(asked, "put", `set/${value}`, "", "--command-timeout=2s");
        this.added.push({ kind: "write", value, begin, ...answered(exitCode) });
      } else if (random(2) === 0) {
        const { exitCode } = await this.all.etcdctl(asked, "put", key, value, "--command-timeout=2s");
        this.of(key).push({ kind: "write", value, begin, ...answered(exitCode) });
      } else {
        const { exitCode, stdout } = await this.all.etcdctl(
          asked,
          "get",
          key,
          "--print-value-only",
          "--command-timeout=2s",
        );
        this.of(key).push({ kind: "read", value: stdout === "" ? undefined : stdout, begin, ...answered(exitCode) });
      }
    }
  }

  private of(key: string): Operation[] {
    const known = this.registers.get(key) ?? [];
    this.registers.set(key, known);
    return known;
  }
}

describe(`three members under clients, while one at a time is lost (seed ${seed})`, () => {
  let all: EtcdMembers;
  let members: Member[];

  beforeAll(async () => {
    all = await EtcdMembers.prepare(3);
    members = await Promise.all(three.map((ordinal) => all.describe(ordinal, three, "new")));
    await Promise.all(members.map((one) => one.startInTime()));
    await Promise.all(members.map((one) => one.untilVoting()));
  });
  afterAll(() => all.stop());

  it("lose no acknowledged write, and answer as one register each", async () => {
    const random = numbers(seed);
    const faults: Readonly<Record<string, (member: Member) => Promise<void>>> = {
      "loses its power": async (member) => {
        await member.end("SIGKILL");
        await delay(random(2_000));
        await member.startInTime();
      },
      "is cut off": async (member) => {
        await member.cutOff(true);
        await delay(random(4_000));
        await member.cutOff(false);
      },
      "stands still": async (member) => {
        member.hold(true);
        await delay(random(4_000));
        member.hold(false);
      },
      "loses its volume": async (member) => {
        await member.end("SIGKILL");
        member.loseVolume();
        await member.startInTime();
      },
    };
    const names = Object.keys(faults);
    const clients = new Clients(all, 3);
    const told: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const name = names[(round + seed) % names.length] ?? "";
      const member = members[random(three.length)] as Member;
      told.push(`${member.name} ${name}`);
      await faults[name]?.(member);
      await member.untilVoting();
      // One at a time is lost: the next when this one has all again.
      await untilHealthy(all);
      await delay(random(1_000));
    }
    await clients.stop();
    const { stdout } = await all.etcdctl([0], "get", "set/", "--prefix", "--keys-only", "--command-timeout=10s");
    const found = new Set(
      stdout
        .split("\n")
        .filter(Boolean)
        .map((key) => key.replace("set/", "")),
    );
    const what = told.join("; ");
    expect(lostWrites(clients.added, found), what).toEqual([]);
    for (const [key, history] of clients.registers) {
      expect(isLinearizable(history), `${key} after ${what}: ${JSON.stringify(history)}`).toBe(true);
    }
    const operations = [...clients.registers.values()].flat();
    const acknowledged = [...operations, ...clients.added].filter(({ end }) => end !== undefined).length;
    console.log(
      `${rounds} rounds (${what}): ${acknowledged} of ${operations.length + clients.added.length} operations answered`,
    );
    expect(acknowledged).toBeGreaterThan(rounds * 20);
  });
});

async function untilHealthy(all: EtcdMembers): Promise<void> {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const each = await Promise.all(three.map((ordinal) => all.etcdctl([ordinal], "get", "x", "--command-timeout=2s")));
    if (each.every(({ exitCode }) => exitCode === 0)) return;
    await delay(500);
  }
  throw new Error("the members do not all answer again");
}
