import { ensureEngine, type Engine } from "../engine/engine.ts";
import { ensureGuestImage, kernelCommandLineOf, type GuestImage } from "../guest/guest.ts";
import { chosenGuest } from "../guest/packages.ts";
import { ensureMirror, type Mirror } from "../mirror/mirror.ts";
import { mirrorService } from "../mirror/service.ts";
import { ensureCloudRoot, startCloud, type Cloud } from "../openstack/cloud.ts";
import { addressesOf } from "../openstack/addresses.ts";
import { checkCapacity, ensureHostPackages } from "./host.ts";
import type { Stages } from "./stages.ts";

/** Everything that is built once and cached. */
export interface Parts {
  readonly engine: Engine;
  readonly mirror: Mirror;
  readonly guest: GuestImage;
}

/** Name of the guest image in the boxed cloud. */
export const guestImageName = chosenGuest();

/**
 * Builds or finds every part. What waits for the network runs beside what computes.
 * @param kubernetes the releases of Kubernetes that machines can download, when others than the lab's own
 */
export async function prepareParts(stages: Stages, kubernetes?: readonly string[]): Promise<Parts> {
  checkCapacity();
  await stages.run("host packages", ensureHostPackages);
  const downloads = async (): Promise<GuestImage> => {
    await stages.run("OpenStack packages", ensureCloudRoot);
    return stages.run("guest image", (report) => ensureGuestImage(report, guestImageName));
  };
  const builds = async (): Promise<{ engine: Engine; mirror: Mirror }> => {
    const engine = await stages.run("engine and plugins", ensureEngine);
    return { engine, mirror: await stages.run("Kubernetes mirror", (report) => ensureMirror(report, kubernetes)) };
  };
  const [guest, { engine, mirror }] = await Promise.all([downloads(), builds()]);
  return { engine, mirror, guest };
}

/** Starts the boxed OpenStack in which machines really boot, with the mirror beside it and the guest image in it. */
export async function startMachineCloud(parts: Parts, stages: Stages): Promise<Cloud> {
  const cloud = await stages.run("OpenStack", (report) =>
    startCloud({ instance: "lab", driver: "qemu", ...mirrorService(parts.mirror, addressesOf("lab").gateway) }, report),
  );
  await stages.run("image upload", (report) =>
    cloud.ensureImage(
      {
        name: guestImageName,
        disk: parts.guest.disk,
        diskFormat: "raw",
        kernel: parts.guest.kernel,
        initrd: parts.guest.initrd,
        // An emulated machine needs longer to shut down than the minute that Nova gives.
        properties: { os_command_line: kernelCommandLineOf(guestImageName), os_shutdown_timeout: "300" },
      },
      report,
    ),
  );
  return cloud;
}
