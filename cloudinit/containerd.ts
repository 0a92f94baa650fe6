import { daemonFile } from "./daemon";
import { publicFile, type MachineFile } from "./files";
import type { NodeDescription } from "./machine";
import { binaries, cniBinaries, cniConfiguration, hostReady, registryHosts } from "./paths";
import { commandLine } from "./units";

const executable = `${binaries}/containerd`;
const runc = `${binaries}/runc`;

/** containerd's configuration and registry mirrors. */
export function containerdSettings(
  description: Pick<NodeDescription, "pauseImage" | "registryMirrors">,
): readonly MachineFile[] {
  return [
    publicFile("/etc/containerd/config.toml", configuration(description)),
    ...Object.keys(description.registryMirrors)
      .sort()
      .map((registry) => hostsFile(registry, description.registryMirrors[registry] ?? [])),
  ];
}

/** containerd's configuration, registry mirrors and unit. */
export function containerdFiles(description: NodeDescription): readonly MachineFile[] {
  return [
    ...containerdSettings(description),
    daemonFile(description, {
      name: "containerd",
      description: "containerd container runtime",
      type: "notify",
      command: commandLine(executable),
      executables: [executable, runc],
      after: ["kovhernetes-host.service"],
      needs: [hostReady],
      prepare: [],
      stage: "containerd is up",
      service: {
        Delegate: "yes",
        // Containers outlive a restart of containerd.
        KillMode: "process",
        LimitCORE: "infinity",
        LimitNOFILE: "1048576",
        LimitNPROC: "infinity",
        TasksMax: "infinity",
      },
    }),
  ];
}

/** Version 4 is that of containerd 2.3 and later: docs/man/containerd-config.toml.5.md and docs/cri/config.md of containerd. */
function configuration({ pauseImage }: Pick<NodeDescription, "pauseImage">): string {
  return `version = 4

[plugins.'io.containerd.cri.v1.images']
snapshotter = 'overlayfs'

[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = ${tomlString(pauseImage)}

[plugins.'io.containerd.cri.v1.images'.registry]
config_path = ${tomlString(registryHosts)}

[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = [${tomlString(cniBinaries)}]
conf_dir = ${tomlString(cniConfiguration)}

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = 'io.containerd.runc.v2'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
BinaryName = ${tomlString(runc)}
SystemdCgroup = true
`;
}

/** Mirrors of one registry in order of preference; the registry itself stays the last resort (docs/hosts.md of containerd). */
function hostsFile(registry: string, mirrors: readonly string[]): MachineFile {
  const hosts = mirrors.map((mirror) =>
    [
      `[host.${tomlString(mirror)}]`,
      `capabilities = ["pull", "resolve"]`,
      // Without it containerd adds /v2 to a path that has its API root in the middle, as proxy projects of Harbor do.
      ...(/\/v2\/./.test(new URL(mirror).pathname) ? ["override_path = true"] : []),
    ].join("\n"),
  );
  const content = [...upstream(registry), ...hosts].join("\n\n");
  return publicFile(`${registryHosts}/${registry}/hosts.toml`, `${content}\n`);
}

function upstream(registry: string): readonly string[] {
  if (registry === "_default") return [];
  const server = registry === "docker.io" ? "registry-1.docker.io" : registry;
  return [`server = ${tomlString(`https://${server}`)}`];
}

/** A TOML basic string: every JSON string is one, but for characters above U+FFFF, which JSON may leave as they are too. */
function tomlString(text: string): string {
  return JSON.stringify(text).replaceAll("\x7f", "\\u007f");
}
