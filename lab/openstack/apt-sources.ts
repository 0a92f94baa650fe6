import { capture } from "../lib/process.ts";

/** How the host's own apt reaches Debian, for use by an apt in another root file system. */
export interface AptSources {
  /** Content for `sources.list`. */
  readonly sourcesList: string;
  /** Content for a file in `apt.conf.d`: the host's options for downloads, such as a proxy. */
  readonly options: string;
}

/**
 * Reads the mirrors of one Debian suite, with its updates and security suites, from the host's apt configuration.
 * @throws Error when apt on this host knows no source for the suite.
 */
export async function readAptSources(suite: string): Promise<AptSources> {
  const format = "$(REPO_URI) $(RELEASE) $(COMPONENT)";
  const targets = await capture("apt-get", ["indextargets", "--format", format, "Created-By: Packages"]);
  const suites = [suite, `${suite}-updates`, `${suite}-security`];
  const lines = targets
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, release, component]) => suites.includes(release ?? "") && component === "main")
    .map((fields) => `deb ${fields.join(" ")}`);
  if (!lines.some((line) => line.split(" ")[2] === suite)) {
    throw new Error(
      `apt on this machine has no source for Debian ${suite} (component main): add one below /etc/apt/sources.list.d`,
    );
  }
  const dump = await capture("apt-config", ["dump"]);
  const options = dump.split("\n").filter((line) => /^Acquire::(https?::|Check-)/.test(line));
  return { sourcesList: `${[...new Set(lines)].join("\n")}\n`, options: `${options.join("\n")}\n` };
}
