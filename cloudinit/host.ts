import { publicFile, scriptFile, type MachineFile } from "./files";
import type { NodeDescription } from "./machine";
import { machineEnvironment, scripts, systemdUnits } from "./paths";
import { stockImageFiles } from "./stock-image";
import { commandLine, renderEnvironment, renderUnit } from "./units";

const kernelModules = ["br_netfilter", "nf_conntrack", "overlay", "vxlan"];

/** The first block is what `protectKernelDefaults` of the kubelet checks: `setupKernelTunables` in pkg/kubelet/cm. */
const kernelSettings = `kernel.keys.root_maxbytes = 25000000
kernel.keys.root_maxkeys = 1000000
kernel.panic = 10
kernel.panic_on_oops = 1
vm.overcommit_memory = 1
vm.panic_on_oom = 0

net.bridge.bridge-nf-call-ip6tables = 1
net.bridge.bridge-nf-call-iptables = 1
net.ipv4.ip_forward = 1

# Neighbours are all machines of a large cluster and the pods of this one; Linux has room for 1024.
net.ipv4.neigh.default.gc_thresh2 = 8192
net.ipv4.neigh.default.gc_thresh3 = 16384

fs.inotify.max_user_instances = 8192
fs.inotify.max_user_watches = 524288
`;

/** Commands that the scripts and daemons call, with the Debian package of each; a path names a file that must exist. */
const requiredCommands: Readonly<Record<string, string>> = {
  "/etc/ssl/certs/ca-certificates.crt": "ca-certificates",
  curl: "curl",
  ip: "iproute2",
  iptables: "iptables",
  modprobe: "kmod",
  tar: "tar",
};

/** Commands that formatting the etcd volume calls besides, and growing it. */
export const volumeCommands: Readonly<Record<string, string>> = {
  blkid: "util-linux",
  blockdev: "util-linux",
  "mkfs.ext4": "e2fsprogs",
  resize2fs: "e2fsprogs",
};

/** Commands with their packages, as `install-packages.sh` reads them: those of every machine, and further ones. */
export function commandPackages(moreCommands: Readonly<Record<string, string>>): string {
  return Object.entries({ ...requiredCommands, ...moreCommands })
    .map((pair) => pair.join("="))
    .join(" ");
}

/**
 * Files that make a cloud image fit for Kubernetes: names, kernel, network, packages.
 * @param moreCommands further commands a machine needs, with their packages
 */
export function hostFiles(
  description: NodeDescription,
  moreCommands: Readonly<Record<string, string>>,
): readonly MachineFile[] {
  return [
    ...[
      "report.sh",
      "report-failure.sh",
      "need.sh",
      "start.sh",
      "install-packages.sh",
      "prepare-host.sh",
      "reserve.sh",
      "guard.sh",
    ].map(scriptFile),
    publicFile(
      machineEnvironment,
      renderEnvironment({
        HOST_NAME: description.hostName,
        ...(description.externalInterface === undefined
          ? {}
          : { ADDRESS: description.address, DNS_SERVERS: description.externalInterface.dnsServers.join(" ") }),
        POD_CIDR: description.podCidr,
        REQUIRED_COMMANDS: commandPackages(moreCommands),
      }),
    ),
    publicFile("/etc/hosts", hosts(description)),
    publicFile("/etc/modules-load.d/kovhernetes.conf", kernelModules.map((module) => `${module}\n`).join("")),
    publicFile("/etc/sysctl.d/zz-kovhernetes.conf", kernelSettings),
    ...networkFiles(),
    ...(description.externalInterface === undefined ? [] : orderFiles()),
    // sshd keeps the first value that it reads.
    publicFile("/etc/ssh/sshd_config.d/00-kovhernetes.conf", sshSettings),
    ...stockImageFiles(),
    publicFile(`${systemdUnits}/kovhernetes-packages.service`, packagesUnit()),
    publicFile(`${systemdUnits}/kovhernetes-host.service`, hostUnit()),
    publicFile(`${systemdUnits}/kovhernetes-guard.service`, guardUnit()),
  ];
}

const sshSettings = `KbdInteractiveAuthentication no
PasswordAuthentication no
PermitRootLogin no
X11Forwarding no
`;

function hosts({ hostName, address, masters }: NodeDescription): string {
  const others = masters.filter((master) => master.hostName !== hostName);
  const machines = [{ hostName, address }, ...others].map((machine) => `${machine.address} ${machine.hostName}\n`);
  return `127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n${machines.join("")}`;
}

function networkFiles(): readonly MachineFile[] {
  return [
    // Kernels miscompute the checksum of packets inside VXLAN when they leave it to the (virtual) network card. systemd
    // turns off every `tx-checksum-*` feature for this setting. The address policy keeps the MAC that flannel chose.
    publicFile(
      "/etc/systemd/network/50-kovhernetes-flannel.link",
      renderUnit({
        Match: { OriginalName: "flannel.*" },
        Link: { NamePolicy: "keep kernel", MACAddressPolicy: "none", TransmitChecksumOffload: "no" },
      }),
    ),
    publicFile(
      "/etc/systemd/network/10-kovhernetes-pods.network",
      renderUnit({ Match: { Name: "cni0 flannel.* veth*" }, Link: { Unmanaged: "yes" } }),
    ),
    publicFile(
      "/etc/NetworkManager/conf.d/kovhernetes.conf",
      "[keyfile]\nunmanaged-devices=interface-name:cni0;interface-name:flannel.*;interface-name:veth*\n",
    ),
  ];
}

/** With two interfaces it has to be certain which one leads outside, and whose resolvers are asked. */
function orderFiles(): readonly MachineFile[] {
  return [
    scriptFile("order-networks.sh"),
    publicFile(
      `${systemdUnits}/kovhernetes-networks.service`,
      renderUnit({
        Unit: {
          Description: "Order of the networks of this Kubernetes machine",
          Wants: "network-online.target",
          After: "network-online.target",
          // Release files are fetched after it as well.
          Before: "kovhernetes-packages.service",
          StartLimitIntervalSec: "0",
        },
        Service: oneshot("order-networks.sh", "5min"),
      }),
    ),
  ];
}

function packagesUnit(): string {
  return renderUnit({
    Unit: {
      Description: "Packages that this Kubernetes machine needs",
      Wants: "network-online.target",
      After: "network-online.target",
      StartLimitIntervalSec: "0",
    },
    Service: oneshot("install-packages.sh", "30min"),
  });
}

function hostUnit(): string {
  return renderUnit({
    Unit: {
      Description: "Kernel and network settings of this Kubernetes machine",
      Wants: "kovhernetes-packages.service",
      After: "kovhernetes-packages.service systemd-resolved.service",
      StartLimitIntervalSec: "0",
    },
    Service: oneshot("prepare-host.sh", "5min"),
  });
}

function guardUnit(): string {
  return renderUnit({
    Unit: {
      Description: "Puts the rules back that keep pods from this machine's keys",
      Wants: "kovhernetes-packages.service",
      After: "kovhernetes-packages.service",
      StartLimitIntervalSec: "0",
    },
    Service: {
      ExecStart: commandLine(`${scripts}/guard.sh`, "watch"),
      Restart: "always",
      RestartSec: "5",
    },
  });
}

function oneshot(script: string, timeout: string): Readonly<Record<string, string>> {
  return {
    Type: "oneshot",
    RemainAfterExit: "yes",
    ExecStart: commandLine(`${scripts}/${script}`),
    Restart: "on-failure",
    RestartSec: "15",
    TimeoutStartSec: timeout,
  };
}
