import { stringify } from "yaml";

/** Settings of one run of the registry server (distribution/distribution). */
export interface RegistrySettings {
  /** Address and port to listen on. */
  readonly address: string;
  /** Folder of its storage. */
  readonly storage: string;
  readonly readOnly: boolean;
}

/** Environment of the registry server: it would send traces to a collector otherwise. */
export const registryEnvironment = { OTEL_TRACES_EXPORTER: "none" };

/** Text of the registry server's configuration file. */
export function registryConfiguration(settings: RegistrySettings): string {
  return stringify({
    version: 0.1,
    log: { level: "warn" },
    storage: {
      filesystem: { rootdirectory: settings.storage },
      cache: { blobdescriptor: "inmemory" },
      maintenance: { uploadpurging: { enabled: false }, readonly: { enabled: settings.readOnly } },
    },
    http: { addr: settings.address },
  });
}
