import { posix as path } from "node:path";
import { publicFile, scriptFile, type MachineFile } from "./files";
import type { NodeDescription, ReleaseFile } from "./machine";
import { releaseMarkers, releaseParameters, scripts, systemdUnits } from "./paths";
import { commandLine, renderEnvironment, renderUnit } from "./units";

/** Name of the unit that fetches one release file. Names are checked not to need systemd's escaping. */
export function fetchUnit(release: ReleaseFile): string {
  return `kovhernetes-fetch@${release.name}.service`;
}

/** File that exists once this version of the release file is verified and installed. A prepared image brings it along. */
export function releaseMarker(release: ReleaseFile): string {
  return `${releaseMarkers}/${release.name}-${release.version}.sha256`;
}

/**
 * The release file that installs an executable.
 * @param executable absolute path, for instance `/opt/kovhernetes/bin/kubelet`
 * @throws when no release file of the description does
 */
export function releaseProviding(description: NodeDescription, executable: string): ReleaseFile {
  const found = description.releases.find((release) => installedPaths(release).includes(executable));
  if (!found) throw new Error(`machine ${description.hostName}: no release file installs ${executable}`);
  return found;
}

function installedPaths(release: ReleaseFile): readonly string[] {
  const { install } = release;
  if (install.kind === "binary") return [install.path];
  return install.members.map((member) => path.join(install.directory, member));
}

/**
 * Executables that are fetched before all others, in stages: the API, for which everything waits, then the kubelet, which
 * has to register and to pull images. What starts after them is fetched while they start.
 */
const fetchStages: readonly (readonly string[])[] = [
  ["etcd", "kube-apiserver"],
  ["containerd", "runc", "kubelet"],
];

function fetchStage(release: ReleaseFile): number {
  const names = installedPaths(release).map((installed) => path.basename(installed));
  const stage = fetchStages.findIndex((executables) => executables.some((name) => names.includes(name)));
  return stage === -1 ? fetchStages.length : stage;
}

/** Files that fetch the release files: a template unit, parameters and order of each instance, and the last stage line. */
export function releaseFiles(description: NodeDescription): readonly MachineFile[] {
  return [
    scriptFile("fetch.sh"),
    publicFile(`${systemdUnits}/kovhernetes-fetch@.service`, fetchTemplate()),
    publicFile(`${systemdUnits}/kovhernetes-fetched.service`, fetchedUnit(description.releases)),
    ...description.releases.map(releaseParameterFile),
    ...description.releases.flatMap((release) => orderFile(release, description.releases)),
  ];
}

/** An order alone: a file that cannot be had lets the next stage begin once its own attempts are over. */
function orderFile(release: ReleaseFile, releases: readonly ReleaseFile[]): readonly MachineFile[] {
  const earlier = releases.filter((other) => fetchStage(other) < fetchStage(release));
  if (earlier.length === 0) return [];
  const content = renderUnit({ Unit: { After: earlier.map(fetchUnit).join(" ") } });
  return [publicFile(`${systemdUnits}/${fetchUnit(release)}.d/order.conf`, content)];
}

/** What `fetch.sh` is told of one release file. */
export function releaseParameterFile(release: ReleaseFile): MachineFile {
  return publicFile(`${releaseParameters}/${release.name}.env`, renderEnvironment(fetchParameters(release)));
}

function fetchParameters(release: ReleaseFile): Readonly<Record<string, string>> {
  const { checksum, install } = release;
  return {
    NAME: release.name,
    VERSION: release.version,
    URL: release.url,
    SHA256: "sha256" in checksum ? checksum.sha256 : "",
    CHECKSUM_URL: "url" in checksum ? checksum.url : "",
    KIND: install.kind,
    TARGET: install.kind === "binary" ? install.path : install.directory,
    STRIP: install.kind === "binary" ? "0" : String(install.stripComponents),
    MEMBERS: install.kind === "binary" ? "" : install.members.join(" "),
  };
}

function fetchTemplate(): string {
  return renderUnit({
    Unit: {
      Description: "Release file %i of this Kubernetes cluster",
      // Not after the packages, which take apt its time and are for pods alone on most images: `fetch.sh` waits for them where it has to.
      Wants: "network-online.target kovhernetes-packages.service",
      After: "network-online.target kovhernetes-networks.service",
      // A daemon that restarts for want of its file starts this unit again: five attempts of six downloads an hour.
      StartLimitIntervalSec: "1h",
      StartLimitBurst: "5",
    },
    Service: {
      Type: "oneshot",
      RemainAfterExit: "yes",
      EnvironmentFile: `${releaseParameters}/%i.env`,
      ExecStart: commandLine(`${scripts}/fetch.sh`),
      TimeoutStartSec: "1h",
    },
  });
}

function fetchedUnit(releases: readonly ReleaseFile[]): string {
  const units = releases.map(fetchUnit).join(" ");
  return renderUnit({
    Unit: { Description: "All release files are installed", Wants: units, After: units, StartLimitIntervalSec: "0" },
    Service: {
      Type: "oneshot",
      RemainAfterExit: "yes",
      ExecStartPre: commandLine(`${scripts}/need.sh`, ...releases.map(releaseMarker)),
      ExecStart: commandLine(`${scripts}/report.sh`, "release files are in place"),
      Restart: "on-failure",
      RestartSec: "15",
    },
  });
}
