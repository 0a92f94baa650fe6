import * as fs from "node:fs";
import * as path from "node:path";
import { stateRoot } from "../lib/paths.ts";
import type { Mirror } from "./mirror.ts";
import { registryConfiguration, registryEnvironment } from "./registry.ts";

/** Ports of the mirror on the gateway's address: `files` by HTTP, `registry` by the registry protocol without TLS. */
export const mirrorPorts = { files: 8000, registry: 5000 } as const;

/** What a cloud needs to serve a mirror: see `startCloud`. */
export interface MirrorService {
  readonly binds: readonly { readonly source: string; readonly target: string }[];
  readonly programs: readonly { readonly name: string; readonly command: string }[];
}

/**
 * Gives the programs that serve a mirror on the gateway's address of a cloud: nginx (of the cloud's root file system)
 * and the registry, both read-only. Their configuration is written below the lab's state folder. A machine's containerd
 * uses the registry by `[host."http://<gateway>:5000"]` with `capabilities = ["pull", "resolve"]` in the `hosts.toml`
 * of registry.k8s.io and ghcr.io.
 */
export function mirrorService(mirror: Mirror, gateway: string): MirrorService {
  const configuration = path.join(stateRoot, "mirror", gateway);
  fs.mkdirSync(configuration, { recursive: true });
  fs.writeFileSync(path.join(configuration, "nginx.conf"), nginxConfiguration(gateway));
  fs.writeFileSync(
    path.join(configuration, "registry.yaml"),
    registryConfiguration({
      address: `${gateway}:${String(mirrorPorts.registry)}`,
      storage: "/srv/mirror/registry",
      readOnly: true,
    }),
  );
  const environment = Object.entries(registryEnvironment).map(([name, value]) => `${name}=${value}`);
  // The gateway's address comes up after the programs: both would give up at once without it.
  const onceReachable = (command: string) =>
    `/bin/sh -c 'until ip -4 -o address | grep -qF " ${gateway}/"; do sleep 1; done; exec ${command}'`;
  return {
    binds: [
      { source: mirror.files, target: "/srv/mirror/files" },
      { source: mirror.registry, target: "/srv/mirror/registry" },
      { source: configuration, target: "/etc/mirror" },
      { source: path.join(mirror.bin, "registry"), target: "/usr/local/bin/registry" },
    ],
    programs: [
      { name: "mirror-files", command: onceReachable("nginx -c /etc/mirror/nginx.conf") },
      {
        name: "mirror-registry",
        command: onceReachable(`env ${environment.join(" ")} /usr/local/bin/registry serve /etc/mirror/registry.yaml`),
      },
    ],
  };
}

function nginxConfiguration(gateway: string): string {
  return `# Written by the lab: serves release files to the cloud's machines.
daemon off;
user root;
worker_processes 1;
pid /run/mirror-nginx.pid;
error_log /dev/stderr warn;
events {}
http {
  access_log /dev/stdout;
  default_type application/octet-stream;
  sendfile on;
  server {
    listen ${gateway}:${String(mirrorPorts.files)};
    root /srv/mirror/files;
    autoindex on;
  }
}
`;
}
