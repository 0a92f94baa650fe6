import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";

/** Environment variable that has a preview ask no cloud and need no credentials. */
export const offlineVariable = "KOVHERNETES_OFFLINE";

/**
 * Whether the cloud is left alone: in previews alone, for an update needs it.
 * @throws pulumi.RunError for another value than true or false, and in an update
 */
export function isOffline(environment: NodeJS.ProcessEnv = process.env): boolean {
  const value = (environment[offlineVariable] ?? "").trim().toLowerCase();
  if (["", "0", "false"].includes(value)) return false;
  if (!["1", "true"].includes(value)) {
    throw new pulumi.RunError(
      `${offlineVariable} is "${value}": set it to true for a preview without a cloud, or unset it.`,
    );
  }
  if (!pulumi.runtime.isDryRun()) {
    throw new pulumi.RunError(
      `${offlineVariable} is set, and an update needs the cloud: unset it and run \`pulumi up\` again. Nothing was created or changed.`,
    );
  }
  return true;
}

/** Inputs that hold the external network's identifier, which only the cloud knows, by type of resource. */
const externalInputs: Readonly<Record<string, readonly string[]>> = {
  "openstack:networking/port:Port": ["networkId"],
  "openstack:networking/router:Router": ["externalNetworkId"],
};

/**
 * How a cluster is made in an offline preview: by a provider that has an address to be configured with and asks nothing there, which
 * appears in this preview and nowhere else. What exists on the external network is taken to stay there.
 *
 * @param name logical name of the cluster
 */
export function offlineOptions(
  name: string,
  options: pulumi.ComponentResourceOptions = {},
): pulumi.ComponentResourceOptions {
  const provider = new openstack.Provider(`${name}-offline`, { authUrl: "https://offline.invalid/v3", cloud: "" });
  const transformation: pulumi.ResourceTransformation = ({ type, props, opts }) => {
    const ignored = externalInputs[type];
    return ignored === undefined
      ? undefined
      : { props, opts: { ...opts, ignoreChanges: [...(opts.ignoreChanges ?? []), ...ignored] } };
  };
  const given = Array.isArray(options.providers) ? options.providers : Object.values(options.providers ?? {});
  return {
    ...options,
    // Of two for the same package the later one is taken.
    providers: [...given, provider],
    transformations: [...(options.transformations ?? []), transformation],
  };
}
