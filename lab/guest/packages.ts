import * as path from "node:path";
import { cached, hashTree } from "../lib/cache.ts";
import { contained } from "../lib/contained.ts";
import { type Report, runLogged } from "../lib/process.ts";
import { debianMirrors } from "./debian.ts";

/** Debian release of the guests. */
export const suite = "trixie";

/**
 * Packages beyond debootstrap's minimal set. The official genericcloud image has those of the first group and more
 * (editors, manual pages, locales, unattended upgrades, AppArmor, a boot loader). The second group it lacks: machines
 * on a real cloud fetch it from Debian's archive, which the lab's guests cannot reach.
 */
const packages = [
  ...["linux-image-cloud-amd64", "initramfs-tools", "systemd", "systemd-sysv", "systemd-resolved", "systemd-timesyncd"],
  ...[
    "libpam-systemd",
    "libnss-resolve",
    "libnss-myhostname",
    "dbus",
    "udev",
    "kmod",
    "cloud-init",
    "cloud-guest-utils",
    "netplan.io",
    "openssh-server",
  ],
  ...["sudo", "iproute2", "iputils-ping", "procps", "netbase", "curl", "ca-certificates", "e2fsprogs", "fdisk"],
  ...["bind9-host", "ethtool", "tcpdump", "less", "python3", "openssl", "xz-utils", "zstd", "busybox"],
  ...["iptables", "conntrack", "ipset", "socat"],
];

/** Gives the root file system of the guest with its packages installed and not yet configured. */
export async function ensureGuestPackages(report: Report): Promise<string> {
  const script = path.join(import.meta.dirname, "packages.sh");
  const artefact = await cached(
    {
      name: "guest-packages",
      key: [suite, hashTree(script), ...packages],
      verify: "mark",
      build: async (directory) => {
        const { archive, security } = await debianMirrors();
        const root = path.join(directory, "root");
        await runLogged({
          command: contained([script, root, suite, archive, security ?? "", ...packages]),
          log: "guest-packages",
          report,
        });
      },
    },
    report,
  );
  return path.join(artefact, "root");
}
