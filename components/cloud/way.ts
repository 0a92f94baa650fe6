import * as fs from "node:fs";
import * as openstack from "@pulumi/openstack";
import type { EndpointChoice, EndpointInterface } from "./catalogue";
import { cloudEntry } from "./clouds-yaml";

/** How the certificates of services are checked. */
export interface Trust {
  /** PEM of the only authorities that are trusted; `undefined` for those of the system. */
  readonly authorities?: string | undefined;
  /** PEM of a client certificate and its key. */
  readonly client?: { readonly certificate: string; readonly key: string } | undefined;
  /** Whether any certificate will do. */
  readonly insecure: boolean;
}

/** The way to the cloud's services that the provider goes, by its configuration, its variables and `clouds.yaml`. */
export interface Way extends Pick<EndpointChoice, "endpointInterface" | "overrides"> {
  readonly trust: Trust;
}

type Settings = Partial<
  Pick<typeof openstack.config, "cacertFile" | "cert" | "key" | "cloud" | "endpointType" | "insecure">
> & { readonly endpointOverrides?: Readonly<Record<string, string>> | undefined };

/**
 * Tells the provider's way. Neither `OS_INTERFACE` nor `interface` in `clouds.yaml` is any: the provider passes over both.
 * Source: terraform-provider-openstack 1.54, `provider.go`; gophercloud's `terraform/auth`.
 *
 * @param settings the provider's configuration in the stack, and the variables that its package reads
 * @throws Error when a file that is named cannot be read
 */
export function providerWay(settings: Settings = openstack.config, environment = process.env): Way {
  const variable = (name: string): string | undefined => (environment[name] === "" ? undefined : environment[name]);
  const entry = settings.cloud === undefined || settings.cloud === "" ? {} : cloudEntry(settings.cloud, environment);
  const [authorities, certificate, key] = [
    settings.cacertFile ?? variable("OS_CACERT") ?? entry.cacert,
    settings.cert ?? variable("OS_CERT") ?? entry.cert,
    settings.key ?? variable("OS_KEY") ?? entry.key,
  ].map((text) => (text === undefined || text === "" ? undefined : pathOrContent(text)));
  return {
    endpointInterface: interfaceOf(settings.endpointType),
    overrides: settings.endpointOverrides ?? {},
    trust: {
      authorities,
      client: certificate === undefined || key === undefined ? undefined : { certificate, key },
      insecure: settings.insecure ?? entry.verify === false,
    },
  };
}

function interfaceOf(endpointType = ""): EndpointInterface {
  if (endpointType.startsWith("internal")) return "internal";
  return endpointType.startsWith("admin") ? "admin" : "public";
}

/** The provider takes a path or what would be in the file. */
function pathOrContent(text: string): string {
  return text.includes("-----BEGIN ") ? text : fs.readFileSync(text, "utf8");
}
