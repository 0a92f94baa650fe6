import { setTimeout as sleep } from "node:timers/promises";
import type { Report } from "../lib/process.ts";
import type { CloudClient } from "./client.ts";

/**
 * Says what a cloud still lacks: empty when every service answers, and every agent and worker reports itself alive.
 */
export async function findFaults(admin: CloudClient): Promise<string[]> {
  const checks: [string, () => Promise<string[]>][] = [
    ["image service", () => admin.call("image", "/v2/images").then(() => [])],
    ["compute service", () => novaFaults(admin)],
    ["network service", () => neutronFaults(admin)],
    ["volume service", () => cinderFaults(admin)],
  ];
  const faults: string[] = [];
  for (const [name, check] of checks) {
    try {
      faults.push(...(await check()));
    } catch (error) {
      faults.push(`${name}: ${error instanceof Error ? error.message.slice(0, 120) : String(error)}`);
    }
  }
  return faults;
}

/**
 * Waits until a cloud has no faults, reporting what is missing.
 * @param timeout in seconds
 * @throws Error with the faults that remain.
 */
export async function waitUntilHealthy(admin: CloudClient, timeout: number, report: Report): Promise<void> {
  const end = Date.now() + timeout * 1000;
  for (;;) {
    admin.forget();
    const faults = await findFaults(admin);
    if (faults.length === 0) return;
    if (Date.now() > end) throw new Error(`the cloud is not healthy after ${timeout} s: ${faults.join("; ")}`);
    report(`waiting for ${faults[0]}`);
    await sleep(1000);
  }
}

/**
 * Waits until Keystone gives tokens.
 * @param timeout in seconds
 * @throws Error of the last attempt.
 */
export async function waitUntilKeystoneAnswers(admin: CloudClient, timeout: number): Promise<void> {
  const end = Date.now() + timeout * 1000;
  for (;;) {
    try {
      await admin.projectId();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(500);
    }
  }
}

interface ComputeService {
  readonly binary: string;
  readonly state: string;
}

async function novaFaults(admin: CloudClient): Promise<string[]> {
  const { services } = await admin.call<{ services: ComputeService[] }>("compute", "/os-services");
  return downServices("compute service", services, ["nova-conductor", "nova-scheduler", "nova-compute"]);
}

async function cinderFaults(admin: CloudClient): Promise<string[]> {
  const { services } = await admin.call<{ services: ComputeService[] }>("volumev3", "/os-services");
  return downServices("volume service", services, ["cinder-scheduler", "cinder-volume"]);
}

function downServices(kind: string, services: readonly ComputeService[], expected: readonly string[]): string[] {
  return expected
    .filter((binary) => !services.some((service) => service.binary === binary && service.state === "up"))
    .map((binary) => `${kind}: ${binary} is not up`);
}

interface Agent {
  readonly binary: string;
  readonly alive: boolean;
}

async function neutronFaults(admin: CloudClient): Promise<string[]> {
  const { agents } = await admin.call<{ agents: Agent[] }>("network", "/v2.0/agents");
  const names = ["linuxbridge", "dhcp", "metadata", "l3"].map((name) => `neutron-${name}-agent`);
  const faults = names
    .filter((name) => !agents.some((agent) => agent.binary === name && agent.alive))
    .map((name) => `network service: ${name} is not alive`);
  // These touch the parts of the ORM that its first users race for.
  for (const list of ["ports", "routers", "floatingips", "security-groups"]) {
    await admin.call("network", `/v2.0/${list}?limit=1`);
  }
  return faults;
}
