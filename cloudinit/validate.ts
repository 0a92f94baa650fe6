import * as net from "node:net";
import { apiServerArguments } from "./apiserver-arguments";
import type { ImageDescription, MasterDescription, NodeDescription, ReleaseFile } from "./machine";
import { kubeletFields } from "./kubelet-fields";
import { isNodeLabelAllowed } from "./node-labels";

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const domain = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const qualifiedName = /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;
const taintEffects: readonly string[] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
const imageReference = /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/;
const registryHost = /^(_default|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?)$/;
const fileName = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/;
/** Cinder's are UUIDs; what matters here is that it means nothing to udev. */
const volumeIdentifier = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** A line without options before the key, which would be commands; the comment after it may hold whatever is no control character. */
const authorizedKey = /^[a-z0-9@.-]+[ \t]+[A-Za-z0-9+/]+={0,2}([ \t]\P{Cc}*)?$/u;
const sha256 = /^[0-9a-f]{64}$/;

/**
 * Checks what the renderers rely on, so that nothing a description holds can change the meaning of a file it is put in.
 * @throws one error that lists every value found wrong; never a private key.
 */
export function checkDescription(description: NodeDescription & Partial<MasterDescription>): void {
  const wrong: string[] = [];
  const check = (right: boolean, what: string, value: unknown): void => {
    if (!right) wrong.push(`${what}: ${JSON.stringify(value)}`);
  };
  const d = description;
  check(label.test(d.clusterName), "cluster name is not a DNS label", d.clusterName);
  check(label.test(d.hostName), "host name is not a DNS label", d.hostName);
  check(net.isIPv4(d.address), "address is not IPv4", d.address);
  for (const master of d.masters) {
    check(label.test(master.hostName), "master's host name is not a DNS label", master.hostName);
    check(net.isIPv4(master.address), "master's address is not IPv4", master.address);
  }
  for (const server of d.externalInterface?.dnsServers ?? [])
    check(net.isIPv4(server), "DNS server's address is not IPv4", server);
  for (const key of ["hostCidr", "podCidr", "serviceCidr"] as const)
    check(isCidr(d[key]), `${key} is not an IPv4 CIDR`, d[key]);
  check(net.isIPv4(d.dnsServiceAddress), "DNS service address is not IPv4", d.dnsServiceAddress);
  check(domain.test(d.clusterDomain), "cluster domain is not a DNS name", d.clusterDomain);
  check(authorizedKey.test(d.sshPublicKey), "not an OpenSSH public key line", d.sshPublicKey);
  check(isAddress(d.apiUrl, ["https:"]), "API address is not an HTTPS URL", d.apiUrl);
  for (const one of d.apiServers ?? []) check(net.isIPv4(one), "API server's address is not IPv4", one);
  for (const [key, value] of Object.entries(d.labels)) {
    check(qualifiedName.test(key) && labelValue.test(value), "not a node label", `${key}=${value}`);
    check(isNodeLabelAllowed(key), "a kubelet may not give its node this label", key);
  }
  for (const taint of d.taints) {
    check(
      qualifiedName.test(taint.key) && labelValue.test(taint.value) && taintEffects.includes(taint.effect),
      "not a taint",
      taint,
    );
  }
  if (d.userDataExtra !== undefined)
    check(
      d.userDataExtra.script.startsWith("#!") && !d.userDataExtra.script.includes("\0"),
      "the script of userDataExtra names no interpreter",
      "(not shown)",
    );
  for (const server of d.ntpServers ?? []) check(isHost(server), "time server is not an address or a name", server);
  for (const name of Object.keys(d.apiServerArguments ?? {}))
    check(name in apiServerArguments, "not an argument of the API server that can be set", name);
  for (const field of Object.keys(d.kubelet ?? {}))
    check(field in kubeletFields, "a pool may not set this field of the kubelet", field);
  checkDownloads({ ...d, images: [d.pauseImage] }, check, wrong);
  if (d.etcdVolumeId !== undefined) {
    check(volumeIdentifier.test(d.etcdVolumeId), "etcd volume is not a volume identifier", d.etcdVolumeId);
  }
  // Each would make a history of its own from the snapshot: see docs/decisions/0036-several-masters.md.
  if (d.masters.length > 1) check(d.backup?.restore === undefined, "several masters restore a snapshot", d.hostName);
  if (wrong.length > 0)
    throw new Error(`machine ${JSON.stringify(d.hostName)} cannot be rendered:\n- ${wrong.join("\n- ")}`);
}

/**
 * The same for what an image is prepared from.
 * @throws one error that lists every value found wrong
 */
export function checkImageDescription(description: ImageDescription): void {
  const wrong: string[] = [];
  const check: Check = (right, what, value) => {
    if (!right) wrong.push(`${what}: ${JSON.stringify(value)}`);
  };
  check(label.test(description.hostName), "host name is not a DNS label", description.hostName);
  checkDownloads(description, check, wrong);
  if (wrong.length > 0) throw new Error(`the image cannot be prepared:\n- ${wrong.join("\n- ")}`);
}

type Check = (right: boolean, what: string, value: unknown) => void;

/** What machines download, and from where. */
function checkDownloads(
  d: Pick<ImageDescription, "images" | "registryMirrors" | "releases">,
  check: Check,
  wrong: string[],
): void {
  for (const image of d.images) check(imageReference.test(image), "not an image reference", image);
  for (const [host, mirrors] of Object.entries(d.registryMirrors)) {
    check(registryHost.test(host), "not a registry host", host);
    for (const mirror of mirrors)
      check(isAddress(mirror, ["http:", "https:"]), `mirror of ${host} is not a URL`, mirror);
  }
  d.releases.forEach((release) => wrong.push(...releaseProblems(release)));
  const names = d.releases.map((release) => release.name);
  check(new Set(names).size === names.length, "two release files have the same name", names);
}

function releaseProblems(release: ReleaseFile): readonly string[] {
  const { checksum, install } = release;
  const addresses = [release.url, ...("url" in checksum ? [checksum.url] : [])];
  const locations = install.kind === "binary" ? [install.path] : [install.directory];
  const members = install.kind === "binary" ? [] : install.members;
  const problems = [
    ...(fileName.test(release.name) ? [] : ["name is not a file name"]),
    ...(fileName.test(release.version) ? [] : [`version ${JSON.stringify(release.version)} is not a file name`]),
    ...addresses
      .filter((url) => !isAddress(url, ["http:", "https:"]))
      .map((url) => `${JSON.stringify(url)} is not a URL`),
    ...("sha256" in checksum && !sha256.test(checksum.sha256)
      ? ["SHA-256 is not 64 lower-case hexadecimal digits"]
      : []),
    ...locations
      .filter((path) => !path.startsWith("/") || !isPath(path.slice(1)))
      .map((path) => `${JSON.stringify(path)} is not an absolute path`),
    ...members
      .filter((member) => !isPath(member))
      .map((member) => `member ${JSON.stringify(member)} is not a relative path`),
  ];
  return problems.map((problem) => `release file ${JSON.stringify(release.name)}: ${problem}`);
}

function isPath(path: string): boolean {
  return path.split("/").every((part) => fileName.test(part));
}

function isHost(text: string): boolean {
  return net.isIPv4(text) || (text.length <= 253 && domain.test(text));
}

function isCidr(text: string): boolean {
  const [address = "", prefix = "", ...rest] = text.split("/");
  return rest.length === 0 && net.isIPv4(address) && /^(\d|[12]\d|3[0-2])$/.test(prefix);
}

/** Printable ASCII without quotes, blanks, backslashes or anything else that a URL writes in percent encoding. */
function isAddress(text: string, protocols: readonly string[]): boolean {
  if (!/^[A-Za-z0-9:/?#@!&()*+,;=._~%[\]-]+$/.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  return protocols.includes(url.protocol) && url.username === "" && url.hostname !== "";
}
