import * as fs from "node:fs";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { proxyFor } from "../../components/cloud/proxy";
import { request } from "../../components/cloud/transport";
import { providerWay } from "../../components/cloud/way";
import { HttpCloud } from "../support/http-cloud";
import { TestAuthority } from "../support/issued-pki";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "cloud-way-"));
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

describe("the proxy to a service", () => {
  const proxy = "http://proxy.example:3128";
  const chosen = (address: string, environment: Record<string, string>): string | undefined =>
    proxyFor(new URL(address), environment)?.href;

  it.each([
    ["https://nova.example", { HTTPS_PROXY: proxy }, true],
    ["https://nova.example", { https_proxy: proxy }, true],
    ["https://nova.example", { HTTP_PROXY: proxy }, false],
    ["http://nova.example", { HTTP_PROXY: proxy, HTTPS_PROXY: "http://other.example" }, true],
    ["https://nova.example", { HTTPS_PROXY: proxy, NO_PROXY: "nova.example" }, false],
    ["https://a.nova.example", { HTTPS_PROXY: proxy, NO_PROXY: "nova.example" }, false],
    ["https://nova.example", { HTTPS_PROXY: proxy, NO_PROXY: ".nova.example, other" }, true],
    ["https://a.nova.example", { HTTPS_PROXY: proxy, no_proxy: "*.nova.example" }, false],
    ["https://mynova.example", { HTTPS_PROXY: proxy, NO_PROXY: "nova.example" }, true],
    ["https://nova.example:8774", { HTTPS_PROXY: proxy, NO_PROXY: "nova.example:443" }, true],
    ["https://nova.example", { HTTPS_PROXY: proxy, NO_PROXY: "nova.example:443" }, false],
    ["https://nova.example", { HTTPS_PROXY: proxy, NO_PROXY: "*" }, false],
    ["https://10.1.2.3:8774", { HTTPS_PROXY: proxy, NO_PROXY: "10.0.0.0/8" }, false],
    ["https://11.1.2.3:8774", { HTTPS_PROXY: proxy, NO_PROXY: "10.0.0.0/8,11.1.2.4" }, true],
    ["https://11.1.2.3:8774", { HTTPS_PROXY: proxy, NO_PROXY: "11.1.2.3" }, false],
    ["https://[2001:db8::1]:8774", { HTTPS_PROXY: proxy, NO_PROXY: "2001:db8::/32" }, false],
    ["https://[2001:db8::1]:8774", { HTTPS_PROXY: proxy, NO_PROXY: "2001:db8::1" }, false],
    ["https://127.0.0.1:8774", { HTTPS_PROXY: proxy }, false],
    ["http://localhost:8774", { HTTP_PROXY: proxy }, false],
    ["https://nova.example", { HTTPS_PROXY: "" }, false],
  ])("%s with %o: %s", (address, environment, isUsed) => {
    expect(chosen(address, environment)).toBe(isUsed ? `${proxy}/` : undefined);
  });

  it("may be written without http", () => {
    expect(chosen("https://nova.example", { HTTPS_PROXY: "proxy.example:3128" })).toBe(`${proxy}/`);
  });
});

describe("the provider's way", () => {
  const clouds = path.join(folder, "clouds.yaml");
  const pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
  const caFile = path.join(folder, "ca.pem");
  beforeAll(() => {
    fs.writeFileSync(caFile, pem);
    fs.writeFileSync(
      clouds,
      JSON.stringify({
        clouds: {
          mine: { auth: {}, interface: "internal", verify: false, cacert: caFile },
          other: {},
          odd: { verify: "?" },
        },
      }),
    );
  });

  it.each([
    [{}, "public"],
    [{ endpointType: "internal" }, "internal"],
    [{ endpointType: "internalURL" }, "internal"],
    [{ endpointType: "adminURL" }, "admin"],
    [{ endpointType: "publicURL" }, "public"],
  ] as const)("of %o is the %s interface", (settings, endpointInterface) => {
    expect(providerWay(settings, { OS_INTERFACE: "admin" }).endpointInterface).toBe(endpointInterface);
  });

  it("trusts what it is told to", () => {
    const environment = { OS_CLIENT_CONFIG_FILE: clouds };
    expect(providerWay({}, {}).trust).toEqual({ insecure: false });
    expect(providerWay({}, { OS_CACERT: caFile }).trust).toEqual({ authorities: pem, insecure: false });
    expect(providerWay({ cacertFile: pem, insecure: true }, {}).trust).toEqual({ authorities: pem, insecure: true });
    expect(providerWay({ cert: pem, key: caFile }, {}).trust.client).toEqual({ certificate: pem, key: pem });
    expect(providerWay({ cert: pem }, {}).trust.client).toBeUndefined();
    expect(providerWay({ cloud: "mine" }, environment).trust).toEqual({ authorities: pem, insecure: true });
    expect(providerWay({ cloud: "mine", insecure: false }, environment).trust.insecure).toBe(false);
    for (const cloud of ["other", "odd", "unknown"]) {
      expect(providerWay({ cloud }, environment).trust).toEqual({ insecure: false });
    }
  });
});

describe("a question", () => {
  let proxy: HttpCloud;
  beforeAll(async () => {
    proxy = await HttpCloud.start();
  });
  afterAll(() => proxy.stop());
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("goes by the proxy, and past it where that is not for it", async () => {
    vi.stubEnv("HTTP_PROXY", proxy.address);
    vi.stubEnv("NO_PROXY", "");
    proxy.answer("/compute/servers/detail", { servers: ["by the proxy"] });
    const asked = async (address: string) => (await request(address, {}, { insecure: false })).json();
    expect(await asked("http://nova.invalid/compute/servers/detail")).toEqual({ servers: ["by the proxy"] });
    expect(proxy.requests.at(-1)?.byProxy).toBe(true);
    await asked(`${proxy.address}/compute/servers/detail`);
    expect(proxy.requests.at(-1)?.byProxy).toBe(false);
  });

  it("trusts the authority that it is told, and any where that is said", async () => {
    const authority = await TestAuthority.create("cloud");
    const { certificate, privateKey } = await authority.issue({
      commonName: "nova",
      usages: ["server_auth"],
      dnsNames: [],
      ipAddresses: ["127.0.0.1"],
    });
    const server = https.createServer({ cert: certificate, key: privateKey }, (_, response) => response.end("{}"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect((await request(address, {}, { insecure: false, authorities: authority.pair.certificate })).ok).toBe(true);
      expect((await request(address, {}, { insecure: true })).ok).toBe(true);
      const refused = request(address, {}, { insecure: false });
      await expect(refused).rejects.toHaveProperty("cause.code", expect.stringMatching(/UNABLE_TO_/));
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
