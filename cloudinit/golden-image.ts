import { yamlText } from "../components/model/yaml";
import { containerdSettings } from "./containerd";
import { publicFile, scriptFile, type MachineFile } from "./files";
import { commandPackages, volumeCommands } from "./host";
import type { ImageDescription } from "./machine";
import { binaries, imageParameters, machineEnvironment, registryHosts, releaseParameters, scripts } from "./paths";
import { releaseParameterFile } from "./release";
import { storageCommands } from "./snapshots";
import { commandLine, renderEnvironment, renderUnit } from "./units";
import { checkImageDescription } from "./validate";

/** In memory, so that the image cannot have it. */
const unit = "/run/systemd/system/kovhernetes-image.service";

/** What the machine says last, before it waits to be shut down. */
export const preparedWords = "the image is prepared";

/**
 * User data of the machine that becomes an image: it installs what a master needs, which is more than a node does, pulls the container
 * images, removes what no image may hold, says so and waits to be shut down. It has no key by which anybody could log in.
 * @throws when the description holds a value that cannot be rendered safely
 */
export function renderImageBuilder(description: ImageDescription): string {
  checkImageDescription(description);
  const document = {
    hostname: description.hostName,
    preserve_hostname: false,
    manage_etc_hosts: false,
    disable_root: true,
    ssh_pwauth: false,
    ssh_deletekeys: true,
    ssh_genkeytypes: ["ed25519"],
    write_files: builderFiles(description).map(({ path, content, mode }) => ({
      path,
      owner: "root:root",
      permissions: mode,
      content,
    })),
    runcmd: [
      ["systemctl", "daemon-reload"],
      ["systemctl", "start", "--no-block", "kovhernetes-image.service"],
    ],
  };
  return `#cloud-config\n${yamlText(document, { indentSeq: false, aliasDuplicateObjects: false })}`;
}

function builderFiles(description: ImageDescription): readonly MachineFile[] {
  return [
    ...["report.sh", "install-packages.sh", "fetch.sh", "prepare-image.sh", "clean-image.sh"].map(scriptFile),
    publicFile(
      machineEnvironment,
      renderEnvironment({
        HOST_NAME: description.hostName,
        REQUIRED_COMMANDS: commandPackages({ ...volumeCommands, ...storageCommands }),
      }),
    ),
    publicFile(
      imageParameters,
      renderEnvironment({
        RELEASES: description.releases.map(({ name }) => `${releaseParameters}/${name}.env`).join(" "),
        IMAGES: description.images.join(" "),
        REGISTRY_HOSTS: registryHosts,
        PREPARED: preparedWords,
      }),
    ),
    ...description.releases.map(releaseParameterFile),
    ...containerdSettings(description),
    publicFile(unit, prepareUnit()),
  ];
}

function prepareUnit(): string {
  return renderUnit({
    Unit: {
      Description: "Makes of this machine an image for Kubernetes machines",
      Wants: "network-online.target",
      // What cloud-init writes when it ends must not come after the cleaning.
      After: "network-online.target cloud-final.service",
      StartLimitIntervalSec: "0",
    },
    Service: {
      Type: "oneshot",
      Environment: `PATH=${binaries}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      ExecStart: commandLine(`${scripts}/prepare-image.sh`),
      Restart: "on-failure",
      RestartSec: "30",
      TimeoutStartSec: "2h",
    },
  });
}
