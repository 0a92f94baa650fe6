/**
 * The machine images of the lab: Debian 13 with cloud-init, standing in for Debian's official genericcloud image, which
 * cannot be downloaded where the lab runs. It differs from the official one in this:
 * - no boot loader and no partition table: kernel and initial RAM disk are Glance images of their own, booted with
 *   {@link kernelCommandLineOf}; the initial RAM disk is a script of busybox in place of initramfs-tools';
 * - packages: see packages.ts (the first has no AppArmor, locales, editors, unattended upgrades; iptables, conntrack, ipset and socat
 *   are there, since guests reach no Debian archive);
 * - cloud-init looks for ConfigDrive and OpenStack only, leaves out modules for software that is not there, and makes
 *   no RSA host key; sshd refuses passwords; periodic timers and some services are masked, see image.sh.
 * Users, networking (netplan and systemd-networkd, written by cloud-init) and name resolution are as in the official image.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { cached, hashTree } from "../lib/cache.ts";
import { contained } from "../lib/contained.ts";
import { type Report, runLogged } from "../lib/process.ts";
import { ensureGuestPackages, guestKinds, type GuestName } from "./packages.ts";

/** Files of the guest image, all below the lab's cache. */
export interface GuestImage {
  /** Raw, sparse image of the root file system, without partitions; ext4. */
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
  /** The root file system as a directory, for {@link chrootRun}. Not to be altered. */
  readonly root: string;
  /** Debian version, kernel version and a hash of what else decides the content: `13.8-6.12.1-cloud-amd64-0123abcd`. */
  readonly version: string;
}

/**
 * Kernel command line for Glance's `os_command_line`. What is not needed to boot saves a tenth of the processor time
 * until cloud-init is done: fewer kernel messages over the serial line, and no security modules without their tools
 * (AppArmor) or with programs to verify first (BPF). The root file system goes by its label: a volume that is attached while the
 * guest boots may be found first and be called vda. A kernel that stops starts again: emulated processors sometimes run into code that
 * another one is patching ("Oops: int3", seen in one boot of ten or so).
 *
 * Timers of a tick (4 ms) in place of exact ones, and fewer switches between threads: a runtime of Go's looks after itself every 20 µs while
 * anything in it runs, which is a timer, an interrupt and two switches each time, and all of Kubernetes is Go. Until a cluster was ready, both
 * emulators computed for 781 s with them and 1342 s without, and an idle master for 96 % of a processor instead of 135 %.
 */
const kernelCommandLine =
  "root=LABEL=root rw console=ttyS0 net.ifnames=0 mitigations=off quiet systemd.show_status=1 lsm=landlock,yama oops=panic panic=2 " +
  "highres=off preempt=none psi=0 nowatchdog audit=0";

/** The kernel command line of a guest: stock images run with AppArmor, as the official ones do. */
export function kernelCommandLineOf(name: GuestName): string {
  return kernelCommandLine.replace("lsm=landlock,yama", guestKinds[name].isStock ? "lsm=landlock,yama,apparmor" : "$&");
}

/** Gives a guest image, building it when the cache has none. Needs debootstrap and e2fsprogs. */
export async function ensureGuestImage(report: Report, name: GuestName = "debian-13"): Promise<GuestImage> {
  const packages = await ensureGuestPackages(report, name);
  const here = import.meta.dirname;
  const script = path.join(here, "image.sh");
  const sources = hashTree(script, path.join(here, "initrd-init.sh"), path.join(here, "files"));
  const directory = await cached(
    {
      name: "guest-image",
      key: [packages, sources],
      verify: "mark",
      build: async (output) => {
        report("configuring the guest image");
        await runLogged({
          command: contained([script, packages, here, output]),
          log: "guest-image",
          report,
        });
      },
    },
    report,
  );
  const read = (file: string) => fs.readFileSync(path.join(directory, file), "utf8").trim();
  return {
    disk: path.join(directory, "disk.raw"),
    kernel: path.join(directory, "vmlinuz"),
    initrd: path.join(directory, "initrd"),
    root: path.join(directory, "root"),
    version: [read("root/etc/debian_version"), read("kernel-version"), path.basename(directory).slice(0, 8)].join("-"),
  };
}
