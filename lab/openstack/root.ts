import * as fs from "node:fs";
import * as path from "node:path";
import { cached, hashTree } from "../lib/cache.ts";
import { contained } from "../lib/contained.ts";
import { runLogged, type Report } from "../lib/process.ts";
import { readAptSources } from "./apt-sources.ts";

const suite = "bookworm";
const folder = path.join(import.meta.dirname, "root");

/**
 * Gives the cached root file system that holds the cloud's packages, unconfigured; builds it when absent (about 6
 * minutes). Packages come from the Debian mirrors of the host's own apt configuration.
 */
export async function ensureCloudRoot(report: Report): Promise<string> {
  return cached(
    {
      name: "openstack-root",
      key: [suite, hashTree(folder)],
      verify: "mark",
      build: async (directory, progress) => {
        const sources = await readAptSources(suite);
        const sourcesFile = path.join(directory, "sources.list");
        const optionsFile = path.join(directory, "apt.conf");
        fs.writeFileSync(sourcesFile, sources.sourcesList);
        fs.writeFileSync(optionsFile, sources.options);
        const command = [path.join(folder, "build.sh"), path.join(directory, "root"), suite, sourcesFile, optionsFile];
        await runLogged({
          command: contained([...command, ...packages()]),
          log: "openstack-root",
          report: progress,
        });
      },
    },
    report,
  ).then((directory) => path.join(directory, "root"));
}

function packages(): string[] {
  const lines = fs.readFileSync(path.join(folder, "packages.txt"), "utf8").split("\n");
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}
