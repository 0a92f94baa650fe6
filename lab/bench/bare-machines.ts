import { setTimeout as delay } from "node:timers/promises";
import { guestImageName } from "../lib/prepare.ts";
import type { Report } from "../lib/process.ts";
import type { CloudClient } from "../openstack/client.ts";

/** Longest that a machine may take to boot, milliseconds. */
const patience = 15 * 60_000;
const interval = 1_000;

/** What cloud-init's `final_message` begins with. */
const isDone = /Cloud-init v\. \S+ finished at/;

/** Machines of the lab's image with no user data: the least that any machine takes. */
export class BareMachines {
  private readonly client: CloudClient;

  /** @param client of the project in which they are made */
  constructor(client: CloudClient) {
    this.client = client;
  }

  /**
   * Boots one machine of each flavor, all at once, and removes them.
   * @returns seconds from the first request for a server until cloud-init has ended on the last
   * @throws Error when one does not get there
   */
  async time(flavors: readonly string[], report: Report): Promise<number> {
    const { network } = await this.post<{ network: Identified }>("network", "/v2.0/networks", {
      network: { name: "bare" },
    });
    const subnet = { network_id: network.id, ip_version: 4, cidr: "192.168.77.0/24" };
    await this.post("network", "/v2.0/subnets", { subnet });
    const image = await this.find("image", "/v2/images", "images", guestImageName);
    const flavorIds = await Promise.all(flavors.map((name) => this.find("compute", "/flavors", "flavors", name)));
    const began = Date.now();
    const servers = await Promise.all(
      flavorIds.map(async (flavorRef, index) => {
        const server = { flavorRef, imageRef: image, networks: [{ uuid: network.id }], config_drive: true };
        const body = { server: { ...server, name: `bare-${String(index)}` } };
        return (await this.post<{ server: Identified }>("compute", "/servers", body)).server.id;
      }),
    );
    await Promise.all(servers.map((server) => this.booted(server, began + patience, report)));
    const seconds = (Date.now() - began) / 1000;
    for (const server of servers) await this.client.call("compute", `/servers/${server}`, { method: "DELETE" });
    await this.removed(began + patience);
    await this.client.call("network", `/v2.0/networks/${network.id}`, { method: "DELETE" });
    return seconds;
  }

  private async booted(server: string, deadline: number, report: Report): Promise<void> {
    for (;;) {
      const body = { "os-getConsoleOutput": {} };
      const { output } = await this.post<{ output: string }>("compute", `/servers/${server}/action`, body).catch(
        // There is no console before there is a machine.
        () => ({ output: "" }),
      );
      if (isDone.test(output)) return;
      if (Date.now() > deadline) throw new Error(`a bare machine did not boot:\n${output.slice(-2000)}`);
      report(output.trimEnd().split("\n").at(-1)?.slice(0, 100) ?? "no console yet");
      await delay(interval);
    }
  }

  private async removed(deadline: number): Promise<void> {
    while (Date.now() < deadline) {
      const { servers } = await this.client.call<{ servers: unknown[] }>("compute", "/servers");
      if (servers.length === 0) return;
      await delay(interval);
    }
  }

  private async find(service: "image" | "compute", path: string, list: string, name: string): Promise<string> {
    const answer = await this.client.call<Record<string, Identified[]>>(service, path);
    const id = answer[list]?.find((one) => one.name === name)?.id;
    if (id === undefined) throw new Error(`the cloud has no ${name} among its ${list}`);
    return id;
  }

  private post<Answer>(service: "compute" | "network", path: string, json: unknown): Promise<Answer> {
    return this.client.call<Answer>(service, path, { method: "POST", json });
  }
}

interface Identified {
  readonly id: string;
  readonly name?: string;
}
