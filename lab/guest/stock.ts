/**
 * What stock cloud images have beyond the lab's guest, from the packages themselves: Debian's releases, unpacked and not configured. Ubuntu's
 * archive is not to be had where the lab runs; needrestart and multipath-tools, which its images have and Debian's have not, are Debian's here.
 */
import * as path from "node:path";
import { cached, hashTree } from "../lib/cache.ts";
import { contained } from "../lib/contained.ts";
import { type Report, runLogged } from "../lib/process.ts";
import { debianMirrors } from "./debian.ts";

export const stockSuites = ["bookworm", "trixie"] as const;

const packages = [
  ...["base-files", "base-passwd", "bash", "coreutils", "apt", "systemd", "systemd-resolved", "openssh-server"],
  ...["unattended-upgrades", "needrestart", "multipath-tools", "ufw"],
];

/**
 * Gives a root file system for `chrootRun`, with the packages that the user data suite holds our settings against.
 * @param more packages beside them
 */
export async function ensureStockRoot(
  suite: (typeof stockSuites)[number],
  report: Report,
  more: readonly string[] = [],
): Promise<string> {
  const script = path.join(import.meta.dirname, "stock.sh");
  const artefact = await cached(
    {
      name: "stock-packages",
      key: [suite, hashTree(script), ...packages, ...more],
      verify: "mark",
      build: async (directory) => {
        const { archive } = await debianMirrors();
        await runLogged({
          command: contained([script, path.join(directory, "root"), suite, archive, ...packages, ...more]),
          log: "stock-packages",
          report,
        });
      },
    },
    report,
  );
  return path.join(artefact, "root");
}
