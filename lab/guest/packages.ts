import * as path from "node:path";
import { cached, hashTree } from "../lib/cache.ts";
import { contained } from "../lib/contained.ts";
import { type Report, runLogged } from "../lib/process.ts";
import { debianMirrors } from "./debian.ts";

/** A root file system that guests have. */
export interface GuestKind {
  /** Debian's release. */
  readonly suite: "bookworm" | "trixie";
  /** Whether it has besides what Debian's own cloud images have and the cluster does without: see {@link stock}. */
  readonly isStock: boolean;
}

/** Guests by name. `npm test` boots the first one, `KOVHERNETES_LAB_GUEST=NAME npx vitest run --project cluster` any other. */
export const guestKinds = {
  "debian-13": { suite: "trixie", isStock: false },
  "debian-13-stock": { suite: "trixie", isStock: true },
  "debian-12-stock": { suite: "bookworm", isStock: true },
} as const satisfies Readonly<Record<string, GuestKind>>;

/** Name of a guest. */
export type GuestName = keyof typeof guestKinds;

/** The guest that `KOVHERNETES_LAB_GUEST` names, or the lab's own. @throws Error for a name that is none, with those that there are */
export function chosenGuest(name = process.env["KOVHERNETES_LAB_GUEST"] ?? "debian-13"): GuestName {
  if (name in guestKinds) return name as GuestName;
  throw new Error(`KOVHERNETES_LAB_GUEST: there is no guest ${name}: take ${Object.keys(guestKinds).join(", ")}`);
}

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

/**
 * What the official image has beside the first group and may be in a cluster's way: updates that restart and reboot, a security module with
 * profiles of its own, another cron, swap and console tools. A boot loader is left out: kernels are Glance images here.
 */
const stock = [
  ...["unattended-upgrades", "apparmor", "apparmor-utils", "apt-listchanges", "apt-utils", "cron", "logrotate"],
  ...["locales", "tzdata", "man-db", "vim-tiny", "nano", "screen", "bash-completion", "file", "pciutils", "reportbug"],
  ...["gdisk", "parted", "uuid-runtime", "wget", "bzip2", "traceroute", "dmsetup"],
];

/** Gives the root file system of a guest with its packages installed and not yet configured. */
export async function ensureGuestPackages(report: Report, name: GuestName = "debian-13"): Promise<string> {
  const { suite, isStock } = guestKinds[name];
  const all = [...packages, ...(isStock ? stock : [])];
  const script = path.join(import.meta.dirname, "packages.sh");
  const artefact = await cached(
    {
      name: "guest-packages",
      key: [suite, hashTree(script), ...all],
      verify: "mark",
      build: async (directory) => {
        const { archive, security } = await debianMirrors();
        const root = path.join(directory, "root");
        await runLogged({
          command: contained([script, root, suite, archive, security ?? "", ...all]),
          log: "guest-packages",
          report,
        });
      },
    },
    report,
  );
  return path.join(artefact, "root");
}
