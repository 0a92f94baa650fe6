import * as dgram from "node:dgram";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { decode, encode, RECURSION_DESIRED, type DecodedPacket } from "dns-packet";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { corefile } from "../../components/addons/coredns";
import { freshNames, judgeOutside } from "../../components/readiness/outside-names";
import { components } from "../../lab/mirror/components.ts";
import { ensureGoComponent } from "../../lab/mirror/go.ts";

const rcode = { noName: 3, refused: 5 } as const;
const codeOf = (reply: Buffer): string => (decode(reply) as DecodedPacket & { rcode: string }).rcode;

let program: string;
const directory = fs.mkdtempSync(path.join(os.tmpdir(), "coredns-"));
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  program = path.join(await ensureGoComponent(components.coredns, () => undefined), "coredns");
});
afterAll(async () => {
  for (const end of ends) await end();
  fs.rmSync(directory, { recursive: true });
});

/** A resolver that says one thing to whatever it is asked; gives its port. */
async function resolver(code: number): Promise<number> {
  const socket = dgram.createSocket("udp4");
  socket.on("message", (message, { port, address }) => {
    const reply = Buffer.from(message);
    reply.writeUInt16BE(0x8000 | (reply.readUInt16BE(2) & 0x0100) | 0x0080 | code, 2);
    socket.send(reply, port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  ends.push(() => socket.close());
  return socket.address().port;
}

/** CoreDNS as the cluster has it, but for the API, its ports and whose resolvers it asks. */
async function coredns(resolvers: readonly number[], text: string) {
  const probe = dgram.createSocket("udp4").bind(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  const configuration = text
    .replace(".:53 {", `.:${port} {\n    bind 127.0.0.1`)
    .replace(/ {4}kubernetes [^}]*}\n/, "")
    .replace(/ {4}health [^}]*}\n {4}ready\n/, "")
    .replace("/etc/resolv.conf", resolvers.map((one) => `127.0.0.1:${one}`).join(" "));
  const file = path.join(directory, `Corefile-${port}`);
  fs.writeFileSync(file, configuration);
  const server = execa(program, ["-conf", file], { reject: false, all: true, stdin: "ignore" });
  let log = "";
  server.all.on("data", (chunk: Buffer) => (log += chunk.toString()));
  ends.push(async () => {
    server.kill();
    await server;
  });
  const client = dgram.createSocket("udp4");
  ends.push(() => client.close());
  const ask = async (name: string): Promise<string> => {
    const query = encode({ type: "query", id: 7, flags: RECURSION_DESIRED, questions: [{ type: "A", name }] });
    client.send(query, port, "127.0.0.1");
    const [reply] = (await once(client, "message", { signal: AbortSignal.timeout(8_000) })) as [Buffer];
    return codeOf(reply);
  };
  for (let attempt = 0; attempt < 100 && !log.includes("CoreDNS-"); attempt++) await delay(100);
  return { ask, log: () => log };
}

async function asked(resolvers: readonly number[], text = corefile("cluster.local")) {
  const server = await coredns(resolvers, text);
  const names = freshNames("registry.k8s.io", 30);
  const codes: string[] = [];
  for (const name of names) codes.push(await server.ask(name));
  return { codes, verdict: judgeOutside([{ node: "dev-master-0", codes, log: server.log() }], names) };
}

describe("CoreDNS with the cluster's settings", () => {
  it("answers everything where one of the machine's two resolvers refuses", async () => {
    const { codes } = await asked([await resolver(rcode.noName), await resolver(rcode.refused)]);
    expect(new Set(codes)).toEqual(new Set(["NXDOMAIN"]));
  });

  it("without them fails now and then, and names the resolver that refuses", async () => {
    const resolvers = [await resolver(rcode.noName), await resolver(rcode.refused)];
    const earlier = corefile("cluster.local").replace(/ *failover .*\n/, "");
    const { codes, verdict } = await asked(resolvers, earlier);
    expect(new Set(codes)).toEqual(new Set(["NXDOMAIN", "REFUSED"]));
    expect(verdict).toMatchObject({
      kind: "some",
      text: expect.stringMatching(/on dev-master-0 127\.0\.0\.1 says REFUSED\)$/) as string,
    });
  });

  it("says that nothing is answered where all refuse, as in a closed network", async () => {
    const { verdict } = await asked([await resolver(rcode.refused), await resolver(rcode.refused)]);
    expect(verdict).toMatchObject({ kind: "none", text: expect.stringMatching(/127\.0\.0\.1 says REFUSED/) as string });
  });
});
