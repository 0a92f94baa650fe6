import { startCloud, type Cloud } from "../openstack/cloud.ts";
import type { GuestImage } from "../openstack/images.ts";
import type { Report } from "./process.ts";

/** An image with nothing in it: all that a machine needs that never boots. */
export function emptyImage(name: string): GuestImage {
  return { name, disk: "/dev/null", diskFormat: "raw" };
}

/** Starts a cloud whose machines are Nova's pretended ones: the whole API is real, no machine boots, the image `pretended` is empty. */
export async function startPretendedCloud(instance: string, report: Report): Promise<Cloud> {
  const cloud = await startCloud({ instance, driver: "pretended" }, report);
  await cloud.ensureImage(emptyImage("pretended"), report);
  return cloud;
}
