import * as fs from "node:fs";
import * as path from "node:path";
import type { Cloud } from "./cloud.ts";

/** The services that write down each request with the address it came from; Keystone and Placement write none down here. */
const logs = ["nova/nova-api.log", "neutron/neutron-server.log", "cinder/cinder-api.log", "glance/glance-api.log"];

/** How many requests compute, network, volume and image services have had from the host so far; what they ask one another is left out. */
export function countRequests({ files, addresses }: Pick<Cloud, "files" | "addresses">): number {
  return logs.reduce((sum, log) => {
    const lines = fs.readFileSync(path.join(files, "var/log", log), "utf8").split("\n");
    return sum + lines.filter((line) => line.includes(` ${addresses.host} `) && line.includes(" HTTP/1.1")).length;
  }, 0);
}
