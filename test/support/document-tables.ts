import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { planMachines } from "../../components/plan/machines";
import { planAddresses } from "../../components/plan/addresses";
import type { ClusterConfig } from "../../components/model/cluster";
import { validateConfig } from "../../components/checks/validate";
import { defaultKubernetesVersion } from "../../components/model/release-table";
import { images, releaseFiles } from "../../components/plan/releases";
import { markdownTable, repository } from "./markdown";

const code = (text: string): string => `\`${text}\``;

/** The configuration that a stack file of this repository gives. @throws Error when it has problems */
export function stackFileConfig(file: string): ClusterConfig {
  const { config } = parse(fs.readFileSync(path.join(repository, file), "utf8")) as { config: Record<string, unknown> };
  const own = Object.entries(config).flatMap(([key, value]) =>
    key.startsWith("kovhernetes:") ? [[key.replace("kovhernetes:", ""), value] as const] : [],
  );
  const stackName = /Pulumi\.(.*)\.yaml$/.exec(file)?.[1] ?? "example";
  const result = validateConfig(Object.fromEntries(own), { stackName });
  if ("problems" in result) throw new Error(`${file}: ${JSON.stringify(result.problems)}`);
  return result.config;
}

function publicAddresses({ access, masters }: ClusterConfig, machines: number): string {
  if (access.mode === "none") return "none";
  if (access.mode === "direct") return `${machines} on ${access.externalNetwork}`;
  return `${access.nodes ? machines : masters.count} floating, 1 router`;
}

/** What example stacks have in machines: what a cloud bills. */
export function machineTable(files: readonly string[]): string {
  const rows = files.map((file) => {
    const config = stackFileConfig(file);
    const { masters, nodePools, network, access } = config;
    const addresses = planAddresses({ ...network, masterCount: masters.count, pools: nodePools });
    const plans = planMachines(config, addresses);
    const flavors = [...new Set(plans.map(({ shape }) => shape.flavor))];
    const counted = flavors.map(
      (flavor) => `${plans.filter(({ shape }) => shape.flavor === flavor).length} × ${flavor}`,
    );
    return [
      `[${path.basename(file)}](../${file})`,
      counted.join(", "),
      masters.etcdVolume === undefined ? "none" : `1 × ${masters.etcdVolume.sizeGiB} GiB`,
      publicAddresses(config, plans.length),
      String(plans.length * (access.mode === "direct" ? 2 : 1)),
    ];
  });
  return markdownTable([["stack", "servers", "volume", "public addresses", "ports"], ...rows]);
}

/** Every release file of the default release, for whoever fills a mirror. */
export function releaseFileTable(): string {
  const config = {
    kubernetes: { version: defaultKubernetesVersion },
    artifacts: { checksums: {}, registryMirrors: {} },
  };
  const onNodes = new Set(releaseFiles(config, "node").map(({ name }) => name));
  const rows = releaseFiles(config, "master").map(({ name, version, url, checksum }) => [
    code(`${name}-${version}`),
    onNodes.has(name) ? "every machine" : "master",
    code(url.replace("https://", "")),
    "sha256" in checksum ? "pinned" : code(checksum.url.replace("https://", "")),
  ]);
  return markdownTable([["mark", "on", "HOST/PATH", "SHA-256"], ...rows]);
}

/** Every container image that a cluster runs from the start. */
export function imageList(): string {
  const all: Readonly<Record<string, string>> = { ...images({ kubernetes: { version: defaultKubernetesVersion } }) };
  return Object.values(all)
    .map((image) => `- ${code(image)}`)
    .join("\n");
}
