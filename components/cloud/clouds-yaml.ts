import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const entry = z.object({
  profile: z.string().optional(),
  cloud: z.string().optional(),
  cacert: z.string().optional(),
  cert: z.string().optional(),
  key: z.string().optional(),
  verify: z.boolean().optional(),
});
const clouds = z.record(z.string(), entry.catch({}));

/** What an entry of `clouds.yaml` says of how services are reached. */
export type CloudEntry = Pick<z.output<typeof entry>, "cacert" | "cert" | "key" | "verify">;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * An entry of `clouds.yaml`, with what `clouds-public.yaml` and `secure.yaml` add to it, where the provider looks for them (gophercloud's
 * `clientconfig`). What cannot be read is left out: the provider says so itself.
 */
export function cloudEntry(name: string, environment: Environment = process.env): CloudEntry {
  const own = readFile("clouds.yaml", "clouds", environment)[name] ?? {};
  const profile = own.profile ?? own.cloud;
  const shared = profile === undefined ? {} : readFile("clouds-public.yaml", "public-clouds", environment)[profile];
  return { ...shared, ...own, ...readFile("secure.yaml", "clouds", environment)[name] };
}

function readFile(file: string, key: string, environment: Environment): z.output<typeof clouds> {
  const home = environment["HOME"] ?? environment["USERPROFILE"];
  const given = file === "clouds.yaml" ? environment["OS_CLIENT_CONFIG_FILE"] : undefined;
  const places = [
    ...(given === undefined ? [] : [given]),
    file,
    ...(home === undefined ? [] : [path.join(home, ".config", "openstack", file)]),
    `/etc/openstack/${file}`,
  ];
  const found = places.find((place) => fs.existsSync(place));
  if (found === undefined) return {};
  try {
    return z.object({ [key]: clouds }).parse(parse(fs.readFileSync(found, "utf8")))[key] ?? {};
  } catch {
    return {};
  }
}
