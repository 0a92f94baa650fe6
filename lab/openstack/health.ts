import { setTimeout as sleep } from "node:timers/promises";
import type { Report } from "../lib/process.ts";
import { CloudError, type CloudClient } from "./client.ts";

/** How much of a cloud is looked at: that every service answers, or that its workers and agents are alive as well. */
export type Extent = "answers" | "everything";

/** Says what a cloud still lacks: empty when every service answers and every worker and agent reports itself alive. */
export async function findFaults(admin: CloudClient, extent: Extent): Promise<string[]> {
  const checks: [string, () => Promise<string[]>][] = [
    ["image service", () => admin.call("image", "/v2/images?limit=1").then(() => [])],
    ["compute service", () => novaFaults(admin, extent)],
    ["network service", () => neutronFaults(admin, extent)],
    ["volume service", () => cinderFaults(admin, extent)],
  ];
  const faults = checks.map(async ([name, check]) => {
    try {
      return await check();
    } catch (error) {
      return [`${name}: ${reasonOf(error)}`];
    }
  });
  return (await Promise.all(faults)).flat();
}

function reasonOf(error: unknown): string {
  if (error instanceof CloudError) return `it answers ${error.status}`;
  // What fetch throws says nothing by itself.
  return error instanceof TypeError ? "it does not answer yet" : String(error);
}

/**
 * Waits until a cloud has no faults, reporting what is missing.
 * @param timeout in seconds
 * @throws Error with the faults that remain.
 */
export async function waitUntilHealthy(
  admin: CloudClient,
  extent: Extent,
  timeout: number,
  report: Report,
): Promise<void> {
  const end = Date.now() + timeout * 1000;
  for (;;) {
    admin.forget();
    const faults = await findFaults(admin, extent);
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

interface Service {
  readonly binary: string;
  readonly state: string;
}

async function novaFaults(admin: CloudClient, extent: Extent): Promise<string[]> {
  const { services } = await admin.call<{ services: Service[] }>("compute", "/os-services");
  if (extent === "answers") return [];
  return downServices("compute service", services, ["nova-conductor", "nova-scheduler", "nova-compute"]);
}

async function cinderFaults(admin: CloudClient, extent: Extent): Promise<string[]> {
  const { services } = await admin.call<{ services: Service[] }>("volumev3", "/os-services");
  if (extent === "answers") return [];
  return downServices("volume service", services, ["cinder-scheduler", "cinder-volume"]);
}

function downServices(kind: string, services: readonly Service[], expected: readonly string[]): string[] {
  return expected
    .filter((binary) => !services.some((service) => service.binary === binary && service.state === "up"))
    .map((binary) => `${kind}: ${binary} is not up`);
}

interface Agent {
  readonly binary: string;
  readonly alive: boolean;
}

async function neutronFaults(admin: CloudClient, extent: Extent): Promise<string[]> {
  const { agents } = await admin.call<{ agents: Agent[] }>("network", "/v2.0/agents");
  const kinds = extent === "everything" ? ["linuxbridge", "dhcp", "metadata", "l3"] : [];
  const names = kinds.map((name) => `neutron-${name}-agent`);
  const faults = names
    .filter((name) => !agents.some((agent) => agent.binary === name && agent.alive))
    .map((name) => `network service: ${name} is not alive`);
  // These touch the parts of the ORM that its first users race for.
  for (const list of ["ports", "routers", "floatingips", "security-groups"]) {
    await admin.call("network", `/v2.0/${list}?limit=1`);
  }
  return faults;
}
