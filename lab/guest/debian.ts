import * as fs from "node:fs";
import { capture } from "../lib/process.ts";

/** Addresses of Debian's archives, without a final slash. */
export interface DebianMirrors {
  /** The main archive, `main` component. */
  readonly archive: string;
  /** The security archive; absent when this machine has none configured. */
  readonly security: string | undefined;
}

/**
 * Reads the addresses of Debian's archives from this machine's own apt configuration: the lab names no host.
 * @throws Error when apt has no archive for the release that this machine runs.
 */
export async function debianMirrors(): Promise<DebianMirrors> {
  const codename = /^VERSION_CODENAME=(.+)$/m.exec(fs.readFileSync("/etc/os-release", "utf8"))?.[1];
  if (codename === undefined)
    throw new Error("/etc/os-release names no VERSION_CODENAME: the lab needs a Debian machine");
  const listing = await capture("apt-get", [
    "indextargets",
    "--format",
    "$(SITE) $(RELEASE) $(COMPONENT)",
    "Identifier: Packages",
  ]);
  const targets = listing.split("\n").map((line) => line.split(" "));
  const site = (release: string) =>
    targets.find(([, name, component]) => name === release && component === "main")?.[0]?.replace(/\/$/, "");
  const archive = site(codename);
  if (archive === undefined) {
    throw new Error(`apt has no archive for ${codename} main: add one to /etc/apt/sources.list and run apt-get update`);
  }
  return { archive, security: site(`${codename}-security`) };
}
