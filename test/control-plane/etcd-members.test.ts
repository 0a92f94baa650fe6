import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EtcdMembers, type Member } from "./etcd-members.ts";

const three = [0, 1, 2];

/** Writes, and tells how long it took until a write was acknowledged, milliseconds. */
async function untilWritten(all: EtcdMembers, asked: readonly number[], key: string, seconds = 30): Promise<number> {
  const began = Date.now();
  while (Date.now() - began < seconds * 1000) {
    const { exitCode } = await all.etcdctl(asked, "put", key, "written", "--command-timeout=2s");
    if (exitCode === 0) return Date.now() - began;
    await delay(100);
  }
  throw new Error(`nothing is written within ${seconds} seconds`);
}

const valueAt = async (all: EtcdMembers, asked: number, key: string): Promise<string> =>
  (await all.etcdctl([asked], "get", key, "--print-value-only")).stdout;

describe("etcd of three masters, from their user data", () => {
  let all: EtcdMembers;
  let members: Member[];

  beforeAll(async () => {
    all = await EtcdMembers.prepare(3);
    members = await Promise.all(three.map((ordinal) => all.describe(ordinal, three, "new")));
  });
  afterAll(() => all.stop());

  const member = (ordinal: number): Member => {
    const found = members[ordinal];
    if (found === undefined) throw new Error(`there is no member ${ordinal}`);
    return found;
  };

  it("forms at once, in any order and with nobody asked for leave, by certificates alone", async () => {
    await member(2).startInTime();
    await member(0).startInTime();
    await member(1).startInTime();
    for (const one of members) await one.untilVoting();
    expect(await all.membership(0)).toEqual({ voters: members.map(({ name }) => name), learners: [] });
    await untilWritten(all, three, "first");
    for (const ordinal of three) expect(await valueAt(all, ordinal, "first")).toBe("written");
  });

  it("takes writes again soon after its leader lost power, and the one that was lost comes back with its data", async () => {
    const leader = await leaderOf(all, three);
    await member(leader).end("SIGKILL");
    const others = three.filter((ordinal) => ordinal !== leader);
    // The longest that an election takes is twice its time-out; one that nobody wins is held again.
    expect(await untilWritten(all, others, "without-one")).toBeLessThan(6_000);
    await member(leader).startInTime();
    await member(leader).untilVoting();
    expect(await valueAt(all, leader, "first")).toBe("written");
    expect(await valueAt(all, leader, "without-one")).toBe("written");
    expect(await all.membership(leader)).toEqual({ voters: members.map(({ name }) => name), learners: [] });
  });

  it("takes no writes from a member that is cut off, and has all of them once it is back", async () => {
    await member(1).cutOff(true);
    await untilWritten(all, [0, 2], "without-network");
    // What it still has it does not take for the newest either.
    const own = await member(1).etcdctl("get", "without-network", "--command-timeout=2s");
    expect([own.exitCode, own.stderr]).toEqual([1, expect.stringMatching(/deadline|no leader|timed out/i)]);
    await member(1).cutOff(false);
    await untilWritten(all, [1], "back");
    expect(await valueAt(all, 1, "without-network")).toBe("written");
  });

  it("is the same member on the same volume after a master is replaced, whatever its new user data says", async () => {
    const before = (await all.etcdctl([0], "member", "list")).stdout;
    await member(2).end("SIGTERM");
    await all.describe(2, three, "join");
    await member(2).startInTime();
    await member(2).untilVoting();
    expect((await all.etcdctl([0], "member", "list")).stdout).toBe(before);
    expect(await valueAt(all, 2, "back")).toBe("written");
  });

  it("takes a member that has lost its volume for another one: the old one is removed, and the new one learns before it votes", async () => {
    const { stdout: before } = await all.etcdctl([0], "member", "list");
    await member(1).end("SIGKILL");
    member(1).loseVolume();
    // Its user data is still that of a new cluster, which would have it begin one.
    await member(1).startInTime();
    await member(1).untilVoting();
    const { stdout: after } = await all.etcdctl([0], "member", "list");
    const idOf = (list: string): string =>
      list
        .split("\n")
        .find((line) => line.includes("test-master-1"))
        ?.split(",")[0] ?? "";
    expect(idOf(after)).not.toBe(idOf(before));
    expect(await all.membership(0)).toEqual({ voters: members.map(({ name }) => name), learners: [] });
    expect(member(1).console()).toContain("has lost its data and was removed; it joins anew");
    expect(await valueAt(all, 1, "first")).toBe("written");
  });

  it("makes no cluster of its own of a member without data where no quorum answers, and tells why it waits", async () => {
    await member(0).end("SIGKILL");
    await member(1).end("SIGKILL");
    member(1).loseVolume();
    await all.describe(1, three, "join");
    const ended = await member(1).start();
    expect(ended.exitCode).toBe(1);
    expect(ended.stdout).toMatch(/its data comes from the other masters, and none of them answers with a quorum/);
    // The other comes back: a quorum is there, and with it the way in.
    await member(0).startInTime();
    await member(1).startInTime();
    await member(1).untilVoting();
    expect(await valueAt(all, 1, "without-one")).toBe("written");
  });
});

describe("etcd that grows from one master, and shrinks", () => {
  let all: EtcdMembers;
  const members: Member[] = [];

  beforeAll(async () => {
    all = await EtcdMembers.prepare(5);
    const [first] = await Promise.all([all.describe(0, [0])]);
    members.push(first);
    await first.startInTime();
    await untilWritten(all, [0], "alone");
  });
  afterAll(() => all.stop());

  const names = (count: number): string[] => Array.from({ length: count }, (_, ordinal) => `test-master-${ordinal}`);

  it("takes in two masters that come together, one at a time, the first one untouched", async () => {
    const added = await Promise.all([1, 2].map((ordinal) => all.describe(ordinal, three, "join")));
    members.push(...added);
    await Promise.all(added.map((one) => one.startInTime()));
    await Promise.all(added.map((one) => one.untilVoting()));
    expect(await all.membership(0)).toEqual({ voters: names(3), learners: [] });
    for (const ordinal of three) expect(await valueAt(all, ordinal, "alone")).toBe("written");
  });

  it("goes on where a joining master lost power between being added and starting", async () => {
    const fourth = await all.describe(3, [0, 1, 2, 3], "join");
    members.push(fourth);
    const { exitCode, stdout, stderr } = await fourth.execute("etcd-member.sh", "join");
    expect([exitCode, stdout, stderr]).toEqual([0, "", ""]);
    expect((await all.membership(0)).learners).toEqual([""]);
    await fourth.startInTime();
    await fourth.untilVoting();
    expect(await all.membership(0)).toEqual({ voters: names(4), learners: [] });
  });

  it("goes back in the same manner: members are taken out, the leader too, while the rest goes on", async () => {
    for (const ordinal of [3, 2]) {
      // The one that goes leads.
      await lead(all, ordinal, [0, 1, 2, 3].slice(0, ordinal + 1));
      const { exitCode, stderr } = await (members[1] as Member).execute(
        "etcd-member.sh",
        "leave",
        `test-master-${ordinal}`,
      );
      expect([exitCode, stderr]).toEqual([0, ""]);
      expect(await untilWritten(all, [0, 1], `without-${ordinal}`)).toBeLessThan(3_000);
    }
    expect(await all.membership(0)).toEqual({ voters: names(2), learners: [] });
    // One that was taken out takes no part any more.
    for (const ordinal of [2, 3]) await expectEnd(members[ordinal] as Member);
  });
});

/** Ordinal of the leader. */
async function leaderOf(all: EtcdMembers, ordinals: readonly number[]): Promise<number> {
  for (const ordinal of ordinals) {
    const { stdout } = await all.etcdctl([ordinal], "endpoint", "status", "--write-out=json");
    const [found] = JSON.parse(stdout) as [{ Status: { header: { member_id: number }; leader: number } }];
    if (found.Status.header.member_id === found.Status.leader) return ordinal;
  }
  throw new Error("nobody leads");
}

/** Has a member lead. */
async function lead(all: EtcdMembers, ordinal: number, ordinals: readonly number[]): Promise<void> {
  const { stdout } = await all.etcdctl([ordinal], "member", "list");
  const id =
    stdout
      .split("\n")
      .find((line) => line.includes(`test-master-${ordinal},`))
      ?.split(",")[0] ?? "";
  const leader = await leaderOf(all, ordinals);
  if (leader !== ordinal) expect(await all.etcdctl([leader], "move-leader", id)).toMatchObject({ exitCode: 0 });
}

async function expectEnd(member: Member): Promise<void> {
  for (let waited = 0; waited < 100 && !member.hasEnded; waited += 1) await delay(200);
  expect(member.hasEnded).toBe(true);
}
