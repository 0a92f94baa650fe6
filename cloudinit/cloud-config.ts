import { posix as path } from "node:path";
import { yamlText } from "../components/model/yaml";
import { apiProxyCommands, apiProxyFiles } from "./api-proxy";
import { apiServerFiles } from "./apiserver";
import { containerdFiles } from "./containerd";
import { controllerManagerFiles } from "./controller-manager";
import { etcdFiles } from "./etcd";
import { etcdVolumeFiles } from "./etcd-volume";
import { extraScriptFiles } from "./extra-script";
import { publicFile, withFinalNewline, type MachineFile } from "./files";
import { hostFiles, volumeCommands } from "./host";
import { kubeProxyFiles, nftablesCommands } from "./kube-proxy";
import { kubeletFiles } from "./kubelet";
import { localhostApiFiles } from "./localhost-api";
import type { MasterDescription, NodeDescription } from "./machine";
import { kubernetesPki, scripts, systemdUnits, userDataWritten } from "./paths";
import { fetchUnit, releaseFiles } from "./release";
import { schedulerFiles } from "./scheduler";
import { snapshotFiles, storageCommands } from "./snapshots";
import { renderUnit } from "./units";
import { checkDescription } from "./validate";

/**
 * User data of a node: a complete `#cloud-config` text. The same description gives the same text.
 * @throws when the description holds a value that cannot be rendered safely, or lacks a release file
 */
export function renderNode(description: NodeDescription): string {
  checkDescription(description);
  return cloudConfig(description, nodeFiles(description, {}));
}

/**
 * User data of a master, which is a node too and has no taint of its own.
 * @throws when the description holds a value that cannot be rendered safely, or lacks a release file
 */
export function renderMaster(description: MasterDescription): string {
  checkDescription(description);
  const { etcdVolumeId, backup } = description;
  const moreCommands = {
    ...(etcdVolumeId === undefined ? {} : volumeCommands),
    ...(backup.storage === undefined ? {} : storageCommands),
  };
  return cloudConfig(description, [
    ...nodeFiles(description, moreCommands),
    ...(etcdVolumeId === undefined ? [] : etcdVolumeFiles(etcdVolumeId)),
    ...etcdFiles(description),
    ...snapshotFiles(description),
    ...apiServerFiles(description),
    ...controllerManagerFiles(description),
    ...schedulerFiles(description),
    ...localhostApiFiles(description),
  ]);
}

function nodeFiles(
  description: NodeDescription,
  moreCommands: Readonly<Record<string, string>>,
): readonly MachineFile[] {
  return [
    ...hostFiles(description, {
      ...moreCommands,
      ...(description.kubeProxyMode === "nftables" ? nftablesCommands : {}),
      ...(description.apiServers === undefined ? {} : apiProxyCommands),
    }),
    ...releaseFiles(description),
    publicFile(`${kubernetesPki}/ca.crt`, withFinalNewline(description.kubernetesAuthority)),
    ...containerdFiles(description),
    ...apiProxyFiles(description),
    ...kubeletFiles(description),
    ...kubeProxyFiles(description),
    ...extraScriptFiles(description.userDataExtra),
  ];
}

/**
 * At each boot, before cloud-init writes files. It takes for done what it has begun, though a power loss may have left its files empty: until
 * `start.sh` has seen all of them to the disk, every boot is the first one. What cloud-init wrote before, the network's settings, is seen to it here.
 */
const unlessWritten = `[ -e ${userDataWritten} ] || { rm -f /var/lib/cloud/instance/sem/*; sync; }`;

/** https://docs.cloud-init.io/en/latest/reference/modules.html */
function cloudConfig(description: NodeDescription, files: readonly MachineFile[]): string {
  const all = [...files, publicFile(`${systemdUnits}/kovhernetes.target`, target(description, files))];
  const document = {
    hostname: description.hostName,
    preserve_hostname: false,
    prefer_fqdn_over_hostname: false,
    manage_etc_hosts: false,
    // For the image's default user, as a key pair of the cloud would be (cloud-init's cc_ssh): key pairs belong to one user of the cloud.
    ssh_authorized_keys: [description.sshPublicKey],
    disable_root: true,
    ssh_pwauth: false,
    ssh_deletekeys: true,
    // An RSA key takes an emulated machine half a minute.
    ssh_genkeytypes: ["ed25519", "ecdsa"],
    // Whichever program the image keeps the time with; cloud-init knows them all (cc_ntp).
    ...(description.ntpServers === undefined ? {} : { ntp: { enabled: true, servers: [...description.ntpServers] } }),
    bootcmd: [unlessWritten],
    write_files: all.map(({ path, content, mode }) => ({ path, owner: "root:root", permissions: mode, content })),
    runcmd: [[`${scripts}/start.sh`]],
  };
  return `#cloud-config\n${yamlText(document, { indentSeq: false, aliasDuplicateObjects: false })}`;
}

/**
 * Everything that runs on the machine, under one name. No default dependencies: multi-user.target would otherwise wait
 * for all of it, and with it whatever waits for the boot to end.
 */
function target(description: NodeDescription, files: readonly MachineFile[]): string {
  const units = files
    .filter((file) => path.dirname(file.path) === systemdUnits)
    .map((file) => path.basename(file.path));
  const timers = units.filter((unit) => unit.endsWith(".timer"));
  const services = units
    .filter((unit) => unit.endsWith(".service") && !unit.endsWith("@.service"))
    // A service of a timer is started by it alone.
    .filter((unit) => !timers.includes(unit.replace(/service$/, "timer")));
  return renderUnit({
    Unit: {
      Description: `Machine of the Kubernetes cluster ${description.clusterName}`,
      DefaultDependencies: "no",
      Conflicts: "shutdown.target",
      Before: "shutdown.target",
      Wants: [...services, ...timers, ...description.releases.map(fetchUnit)].join(" "),
    },
    Install: { WantedBy: "multi-user.target" },
  });
}
