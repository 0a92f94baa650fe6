import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repositoryRoot } from "../../lab/lib/paths.ts";
import { LabStack } from "../../lab/lib/stack.ts";
import {
  leftInProject,
  machinesOnly,
  openstackClient,
  previewChanges,
  refusal,
  startPretendedLab,
  type OpenStackClient,
  type PretendedLab,
} from "./support.ts";

const hostCidr = "192.168.7.0/24";

let lab: PretendedLab;
let openstack: OpenStackClient;
let stack: LabStack;
let existingNetwork: { readonly networkId: string; readonly subnetId: string };
let before: Awaited<ReturnType<typeof told>>;

/** Everything that the cloud tells of something, but when it was touched last. */
async function shown(kind: "network" | "subnet" | "router"): Promise<unknown> {
  const facts = (await openstack.read(kind, "show", "shop")) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(facts).filter(([name]) => !/^(updated_at|revision_number)$/.test(name)));
}

/** The network, its subnet and its router, and what the project has. */
async function told() {
  return {
    network: await shown("network"),
    subnet: await shown("subnet"),
    router: await shown("router"),
    project: await leftInProject(lab.cloud),
  };
}

/** Waits for the port that Neutron's DHCP makes by itself some time after the subnet: it would count as left behind. */
async function untilDhcp(): Promise<void> {
  for (let attempt = 0; attempt < 30; attempt += 1) {
    const ports = await openstack.read("port", "list", "--network", "shop", "--device-owner", "network:dhcp");
    if ((ports as readonly unknown[]).length > 0) return;
    await delay(2_000);
  }
}

beforeAll(async () => {
  lab = await startPretendedLab("existing-network");
  openstack = openstackClient(lab.cloud);
  stack = new LabStack("guest", lab.engine, lab.cloud);
  const { id: networkId } = (await openstack.read("network", "create", "shop")) as { id: string };
  const { id: subnetId } = (await openstack.read(
    ...["subnet", "create", "shop", "--network", "shop", "--subnet-range", hostCidr],
    ...["--allocation-pool", "start=192.168.7.2,end=192.168.7.9"],
  )) as { id: string };
  existingNetwork = { networkId, subnetId };
  await openstack.run("router", "create", "shop");
  await openstack.run("router", "set", "--external-gateway", lab.cloud.externalNetwork, "shop");
  await openstack.run("router", "add", "subnet", "shop", "shop");
  await untilDhcp();
  before = await told();
});

afterAll(async () => {
  await openstack.run("router", "remove", "subnet", "shop", "shop");
  await openstack.run("router", "delete", "shop");
  await openstack.run("network", "delete", "shop");
  stack.forget();
});

describe("a cluster in a network that is somebody's already", () => {
  it("is refused before anything is made when the subnet is another one than the configuration says", async () => {
    await stack.configure({ ...(await machinesOnly(stack, lab.cloud)), existingNetwork, hostCidr: "192.168.8.0/24" });
    expect(await refusal(stack, ["preview"])).toContain(`set hostCidr to ${hostCidr}`);
    expect(await told()).toEqual(before);
  });

  it("has its machines there, with no network, subnet or router of its own, and is previewed without a change", async () => {
    await stack.configure({ ...(await machinesOnly(stack, lab.cloud)), existingNetwork, hostCidr });
    await stack.run(["up", "--yes", "--skip-preview"]);
    const { machines } = await stack.outputs<{
      machines: { name: string; address: string; publicAddress: string }[];
    }>();
    expect(machines.map(({ name, address }) => [name, address])).toEqual([
      ["guest-master-0", "192.168.7.10"],
      ["guest-default-0", "192.168.7.15"],
    ]);
    const ports = (await openstack.read("port", "list", "--network", "shop")) as { "Fixed IP Addresses": unknown }[];
    const addresses = JSON.stringify(ports.map((port) => port["Fixed IP Addresses"]));
    for (const { address } of machines) expect(addresses).toContain(`"${address}"`);
    // Floating addresses lead there by the owner's router.
    expect(machines.every(({ publicAddress }) => publicAddress !== "")).toBe(true);
    const left = await leftInProject(lab.cloud);
    for (const kind of ["networks", "routers"]) expect(left[kind], kind).toBe(before.project[kind]);
    expect(await previewChanges(stack)).toEqual([]);
  });

  it("leaves the network, its subnet and its router as they were when it is destroyed", async () => {
    const args = [
      path.join(repositoryRoot, "commands/destroy/main.ts"),
      "--stack",
      stack.name,
      "--config-file",
      stack.configFile,
    ];
    const settings = { cwd: repositoryRoot, env: stack.environment, stdin: "ignore" } as const;
    const { stdout } = await execa(process.execPath, [...args, "--yes"], settings);
    expect(stdout).toContain("Nothing that stack guest made is left in the project");
    expect(await told()).toEqual(before);
  });
});
