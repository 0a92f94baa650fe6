import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiProxyUrl } from "../../cloudinit/api-proxy";
import { kubernetesComponent, kubernetesOfSuites } from "../../lab/mirror/components.ts";
import { ensureGoComponent } from "../../lab/mirror/go.ts";
import { lostWrites, type Operation } from "../support/history.ts";
import { EtcdMembers, type ApiProxy, type Member } from "./etcd-members.ts";

const three = [0, 1, 2];
/** One in `npm test`; by hand, for instance `ROUNDS=200 npx vitest run --project control-plane api-servers`. */
const rounds = Number(process.env["ROUNDS"] ?? 1);
/** Which loss comes first. */
const seed = Number(process.env["SEED"] ?? Date.now() % 1_000);
const keys = "var/lib/etcd/encryption-config.yaml";

/** A client of the API by the proxy, which makes one ConfigMap after the other, and the longest time in which none was acknowledged. */
class Writer {
  readonly written: Operation[] = [];
  private isStopping = false;
  private readonly working: Promise<void>;
  private answered = performance.now();
  private longest = 0;
  private inARow = 0;

  constructor(private readonly all: EtcdMembers) {
    this.working = this.work();
  }

  /** The longest time without an acknowledged write since this was asked last. */
  gap(): number {
    const longest = Math.max(this.longest, performance.now() - this.answered);
    this.longest = 0;
    this.answered = performance.now();
    return longest;
  }

  /** Waits until as many writes in a row have been acknowledged: nobody is led to an API server that is not there. @throws Error when they are not in time */
  async untilSteady(writes: number, seconds: number): Promise<void> {
    this.inARow = 0;
    for (let waited = 0; waited < seconds * 5; waited += 1) {
      if (this.inARow >= writes) return;
      await delay(200);
    }
    throw new Error(`${this.inARow} writes in a row after ${seconds} s`);
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await this.working;
  }

  private async work(): Promise<void> {
    for (let number = 0; !this.isStopping; number += 1) {
      const value = `w${number}`;
      const begin = performance.now();
      const body = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: value } });
      const { exitCode } = await this.all.curl(
        `${apiProxyUrl}/api/v1/namespaces/default/configmaps`,
        ...["--output", "/dev/null", "--max-time", "2", "--header", "Content-Type: application/json", "--data", body],
      );
      const end = performance.now();
      this.written.push({ kind: "write", value, begin, ...(exitCode === 0 ? { end } : {}) });
      this.inARow = exitCode === 0 ? this.inARow + 1 : 0;
      if (exitCode !== 0) continue;
      this.longest = Math.max(this.longest, end - this.answered);
      this.answered = end;
    }
  }
}

describe(`three API servers behind the proxy of a machine, while one at a time is lost (seed ${seed})`, () => {
  let all: EtcdMembers;
  let members: Member[];
  let proxy: ApiProxy;
  let programs: string;

  beforeAll(async () => {
    programs = await ensureGoComponent(kubernetesComponent(kubernetesOfSuites()), console.log);
    all = await EtcdMembers.prepare(3, false);
    members = await Promise.all(three.map((ordinal) => all.describe(ordinal, three, "new")));
    await Promise.all(members.map((one) => one.startInTime()));
    await Promise.all(members.map((one) => one.untilVoting()));
    const [first] = members as [Member];
    const made = fs.readFileSync(path.join(first.root, keys));
    for (const one of members) {
      if (one !== first) fs.writeFileSync(path.join(one.root, keys), made, { mode: 0o600 });
      one.startApiServer(programs);
    }
    await untilReady(all);
    // Two of the five that a machine knows are not there yet.
    proxy = all.proxy([0, 1, 2, 3, 4]);
    await proxy.start();
    await delay(5_000);
  });
  afterAll(async () => {
    await proxy.stop();
    await all.stop();
  });

  it("lose no acknowledged write", async () => {
    const writer = new Writer(all);
    await delay(3_000);
    const faults: Readonly<Record<string, (member: Member) => Promise<() => Promise<void>>>> = {
      "API server killed": async (member) => {
        await member.endApiServer();
        return () => {
          member.startApiServer(programs);
          return Promise.resolve();
        };
      },
      "machine cut off": async (member) => {
        await member.cutOff(true);
        return () => member.cutOff(false);
      },
      "machine lost": async (member) => {
        await member.end("SIGKILL");
        return async () => {
          await member.startInTime();
          await member.untilVoting();
          member.startApiServer(programs);
        };
      },
    };
    const names = Object.keys(faults);
    const told: string[] = [];
    writer.gap();
    for (let round = 0; round < rounds; round += 1) {
      const name = names[(round + seed) % names.length] ?? "";
      const member = members[round % three.length] as Member;
      const mend = await faults[name]?.(member);
      await writer.untilSteady(10, 90);
      told.push(`${member.name} ${name}: ${(writer.gap() / 1_000).toFixed(1)} s`);
      await mend?.();
      await untilReady(all);
      await delay(2_500);
      writer.gap();
    }
    await writer.stop();
    console.log(`longest time without an acknowledged write: ${told.join("; ")}`);
    const { stdout } = await all.curl(`${apiProxyUrl}/api/v1/namespaces/default/configmaps`, "--max-time", "20");
    const { items } = JSON.parse(stdout) as { items: { metadata: { name: string } }[] };
    expect(lostWrites(writer.written, new Set(items.map(({ metadata }) => metadata.name)))).toEqual([]);
    const acknowledged = writer.written.filter(({ end }) => end !== undefined).length;
    console.log(`${acknowledged} of ${writer.written.length} writes acknowledged`);
    expect(acknowledged).toBeGreaterThan(rounds * 9);
  });
});

async function untilReady(all: EtcdMembers): Promise<void> {
  for (let attempt = 0; attempt < 180; attempt += 1) {
    const each = await Promise.all(
      three.map((ordinal) => all.curl(`https://192.168.0.${10 + ordinal}:6443/readyz`, "--max-time", "3")),
    );
    if (each.every(({ stdout }) => stdout === "ok")) return;
    await delay(500);
  }
  throw new Error("the API servers are not all ready");
}
