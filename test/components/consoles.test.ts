import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Consoles } from "../../components/readiness/console";

describe("what Nova tells of a machine that is waited for", () => {
  let status = "ACTIVE";
  const asked: string[] = [];
  const nova = http.createServer((request, response) => {
    asked.push(`${request.method ?? ""} ${request.url ?? ""} ${String(request.headers["x-auth-token"])}`);
    const answer = request.method === "POST" ? { output: "kovhernetes: a-0: kubelet is up\n" } : { server: { status } };
    request.resume().on("end", () => response.writeHead(status === "" ? 404 : 200).end(JSON.stringify(answer)));
  });

  beforeAll(async () => {
    await once(nova.listen(0, "127.0.0.1"), "listening");
    const url = `http://127.0.0.1:${(nova.address() as AddressInfo).port}/v2.1/`;
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
      call: () => ({
        tokenId: "a token",
        region: "R",
        roles: [],
        serviceCatalogs: [{ type: "compute", endpoints: [{ interface: "public", region: "R", url }] }],
      }),
    });
  });
  afterAll(() => nova.close());

  it("is its console while it runs, and otherwise why it does not", async () => {
    const consoles = new Consoles();
    expect(await consoles.words("id", "a-0")).toMatchObject({ stage: "kubelet is up", problems: [] });
    expect(asked).toEqual(["GET /v2.1/servers/id a token", "POST /v2.1/servers/id/action a token"]);
    status = "SHUTOFF";
    expect((await consoles.words("id", "a-0")).problems).toEqual([
      expect.stringContaining("openstack server start a-0"),
    ]);
    status = "";
    expect((await consoles.words("id", "a-0")).problems).toEqual([expect.stringContaining("gone from the cloud")]);
  });
});
