import { describe, expect, it } from "vitest";
import { serviceUrl, type EndpointChoice } from "../../components/cloud/catalogue";
import { machineWords } from "../../components/readiness/console";
import { serverProblem } from "../../components/readiness/server-state";
import { giveUpText, stageWithWords } from "../../components/readiness/stages";

const boot = [
  "[    0.000000] Linux version 6.12",
  "kovhernetes: a-node-0: user data is running\r",
  "[   58.747419] cloud-init[284]: kovhernetes: a-node-0: host is prepared",
  "[  OK  ] Started kubelet.service.",
  "kovhernetes: a-node-0: problem: wrong checksum of https://h/x: SHA-256 is ab, expected cd",
  "kovhernetes: a-node-0: fetched runc 1.5.2 in 18 s",
  "kovhernetes: a-node-0: problem: wrong checksum of https://h/x: SHA-256 is ab, expected cd",
  "kovhernetes: another: kubelet is up",
].join("\n");

describe("what a machine says on its console", () => {
  it("is its newest stage, and each problem once", () => {
    expect(machineWords(boot, "a-node-0")).toMatchObject({
      stage: "fetched runc 1.5.2 in 18 s",
      problems: ["wrong checksum of https://h/x: SHA-256 is ab, expected cd"],
    });
  });

  it("is nothing before the machine said something", () => {
    expect(machineWords("[    0.000000] Linux", "a-node-0")).toMatchObject({ stage: undefined, problems: [] });
    expect(stageWithWords("booted", undefined)).toBe("booted");
  });

  it("stands in the text that ends an `up` which gave up", () => {
    const machine = {
      hostName: "a-node-0",
      role: "node" as const,
      sshCommand: "ssh debian@203.0.113.9",
      publicAddress: undefined,
      serverId: "4daa8f09-7fd2-4e4c-a1b2-0123456789ab",
    };
    const text = giveUpText(20, "1 of 2 machines are not Ready", [
      { machine, text: "booted, SSH answers", words: machineWords(boot, "a-node-0") },
    ]);
    expect(text).toContain("a-node-0 (node): booted, SSH answers; it says: fetched runc 1.5.2 in 18 s");
    expect(text).toContain("it cannot go on: wrong checksum of https://h/x");
    expect(text).not.toContain("its console ends");
    const silent =
      "one\r\n\r\n\u001b[1;31mtwo\u001b[0m\nthree\nfour\nKernel panic\u0007 - not syncing\nsix\n" + "x".repeat(500);
    const panic = giveUpText(20, "x", [{ machine, text: "server made", words: machineWords(silent, "a-node-0") }]);
    const tail = ["three", "four", "Kernel panic - not syncing", "six", "x".repeat(160)];
    expect(panic).toContain(["    its console ends:", ...tail.map((line) => `      ${line}`)].join("\n"));
  });
});

describe("a server that does not run", () => {
  it.each([
    ["SHUTOFF", "its server is SHUTOFF: `openstack server start a-node-0` lets it run again"],
    ["PAUSED", "its server is PAUSED: `openstack server unpause a-node-0` lets it run again"],
    ["ERROR", "the cloud has its server in state ERROR: `openstack server show -c fault a-node-0` says why"],
    [undefined, "its server is gone from the cloud: `pulumi up --refresh` makes a new one"],
  ])("in state %s is told with what to do", (status, text) => {
    expect(serverProblem(status, "a-node-0")).toBe(text);
  });

  it.each(["ACTIVE", "BUILD", "REBOOT", "HARD_REBOOT"])("is not one in state %s", (status) => {
    expect(serverProblem(status, "a-node-0")).toBeUndefined();
  });
});

describe("where Nova answers", () => {
  const endpoint = (audience: string, region: string, url: string) => ({ interface: audience, region, url });
  const catalogue = [
    { type: "image", endpoints: [endpoint("public", "GRA11", "https://image.example")] },
    {
      type: "compute",
      endpoints: [
        endpoint("internal", "GRA11", "https://internal.example"),
        endpoint("public", "BHS5", "https://bhs5.example/v2.1"),
        endpoint("public", "GRA11", "https://gra11.example/v2.1/"),
      ],
    },
  ];

  it("is the endpoint of the region and the interface that the provider asks", () => {
    const choice = { region: "GRA11", endpointInterface: "public", overrides: {} } as const;
    const url = (change: Partial<EndpointChoice> = {}) => serviceUrl(catalogue, "compute", { ...choice, ...change });
    expect(url()).toBe("https://gra11.example/v2.1");
    expect(url({ region: "" })).toBe("https://bhs5.example/v2.1");
    expect(url({ endpointInterface: "internal" })).toBe("https://internal.example");
    expect(url({ overrides: { compute: "https://mine.example/v2.1/" } })).toBe("https://mine.example/v2.1");
    expect(() => url({ region: "elsewhere" })).toThrow("no public compute service in region elsewhere");
    expect(() => serviceUrl([], "compute", choice)).toThrow("no public compute service");
  });
});
