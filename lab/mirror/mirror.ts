import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { ensureGuestImage } from "../guest/guest.ts";
import { cached, hashTree, sha256File } from "../lib/cache.ts";
import { capture, type Report } from "../lib/process.ts";
import { components, componentsOf, type GoComponent } from "./components.ts";
import { ensureGoComponent, goComponentKey, goEnvironment, moduleDirectory } from "./go.ts";
import { containerImages } from "./image-trees.ts";
import { publishImages } from "./images.ts";
import { ReleaseFiles } from "./releases.ts";
import { versions } from "./versions.ts";

/** A mirror of everything that machines and clusters download, on disk; all paths below the lab's cache. */
export interface Mirror {
  /** Release files in the layout of their official addresses: `<host>/<path>`. */
  readonly files: string;
  /** Storage of a container registry, for {@link Mirror.bin}'s `registry`. */
  readonly registry: string;
  /** Programs for this machine: kubectl (of the first version), etcdctl, etcdutl, ctr, crane, registry. */
  readonly bin: string;
  readonly versions: typeof versions;
  /** SHA-256 of each release file, by `<host>/<path>`. */
  readonly checksums: Readonly<Record<string, string>>;
}

/**
 * Gives the mirror, building from Go modules what the cache has not. Components are cached one by one, so a new version
 * of one builds that one alone. Needs `go`, `gcc`, `setcap` and libseccomp's headers.
 * @param kubernetes the releases of Kubernetes that it offers
 */
export async function ensureMirror(
  report: Report,
  kubernetes: readonly string[] = versions.kubernetes,
): Promise<Mirror> {
  const guest = await ensureGuestImage(report);
  const here = import.meta.dirname;
  const sources = ["releases.ts", "image-trees.ts", "images.ts", "registry.ts", "mirror.ts"];
  const all = componentsOf(kubernetes);
  const keys = await Promise.all(all.map(goComponentKey));
  const directory = await cached(
    {
      name: "mirror",
      key: [...keys.flat(), guest.version, hashTree(...sources.map((file) => path.join(here, file)))],
      build: async (output) => {
        const programsOf = await buildComponents(all, report);
        report("release files");
        await writeReleases(path.join(output, "files"), kubernetes, programsOf);
        const sums = await checksumsOf(path.join(output, "files"));
        fs.writeFileSync(path.join(output, "checksums.json"), JSON.stringify(sums, null, 2));
        linkHostPrograms(path.join(output, "bin"), programsOf);
        await writeImages(output, programsOf, guest.root, report);
      },
    },
    report,
  );
  return {
    files: path.join(directory, "files"),
    registry: path.join(directory, "registry"),
    bin: path.join(directory, "bin"),
    versions,
    checksums: JSON.parse(fs.readFileSync(path.join(directory, "checksums.json"), "utf8")) as Record<string, string>,
  };
}

/** Folder of the programs of a component. */
type ProgramsOf = (component: Pick<GoComponent, "name" | "version">) => string;

const mainKubernetes = { name: "kubernetes", version: versions.kubernetes[0] };

async function buildComponents(all: readonly GoComponent[], report: Report): Promise<ProgramsOf> {
  const built = new Map<string, string>();
  for (const [index, component] of all.entries()) {
    const position = `component ${String(index + 1)} of ${String(all.length)}`;
    const directory = await ensureGoComponent(component, (line) => {
      report(`${position}: ${line}`);
    });
    built.set(`${component.name} ${component.version}`, directory);
  }
  return ({ name, version }) => {
    const directory = built.get(`${name} ${version}`);
    if (directory === undefined) throw new Error(`${name} ${version} is not in the list of components`);
    return directory;
  };
}

async function writeReleases(files: string, kubernetes: readonly string[], programsOf: ProgramsOf): Promise<void> {
  const releases = new ReleaseFiles(files);
  for (const version of kubernetes) {
    await releases.kubernetes(version, programsOf({ name: "kubernetes", version }));
  }
  await releases.etcd(programsOf(components.etcd));
  await releases.containerd(programsOf(components.containerd));
  await releases.runc(programsOf(components.runc));
  await releases.cniPlugins(programsOf(components.cniPlugins));
}

function linkHostPrograms(bin: string, programsOf: ProgramsOf): void {
  fs.mkdirSync(bin);
  const link = (component: Parameters<ProgramsOf>[0], ...programs: string[]) => {
    for (const program of programs) fs.linkSync(path.join(programsOf(component), program), path.join(bin, program));
  };
  link(mainKubernetes, "kubectl");
  link(components.etcd, "etcdctl", "etcdutl");
  link(components.containerd, "ctr");
  link(components.crane, "crane");
  link(components.registry, "registry");
}

async function writeImages(output: string, programsOf: ProgramsOf, debian: string, report: Report): Promise<void> {
  const scratch = path.join(output, "scratch");
  fs.mkdirSync(scratch);
  const images = containerImages({
    kubernetes: programsOf(mainKubernetes),
    coredns: programsOf(components.coredns),
    flannel: programsOf(components.flannel),
    flannelCniPlugin: programsOf(components.flannelCniPlugin),
    networkPolicies: programsOf(components.networkPolicies),
    kubernetesSource: await kubernetesSource(),
    debian,
  });
  const crane = path.join(programsOf(components.crane), "crane");
  const registry = path.join(programsOf(components.registry), "registry");
  await publishImages({ images, storage: path.join(output, "registry"), scratch, crane, registry }, report);
  fs.rmSync(scratch, { recursive: true });
}

async function checksumsOf(files: string): Promise<Record<string, string>> {
  const all = fs.readdirSync(files, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const sums: Record<string, string> = {};
  for (const entry of all) {
    const absolute = path.join(entry.parentPath, entry.name);
    if (/sha256/i.test(entry.name)) continue;
    sums[path.relative(files, absolute)] = await sha256File(absolute);
  }
  return sums;
}

/** Source tree of the Kubernetes module, which holds the program of the pause image. */
async function kubernetesSource(): Promise<string> {
  const cwd = moduleDirectory(mainKubernetes);
  const env = goEnvironment(false, "readonly");
  await execa("go", ["mod", "download", "k8s.io/kubernetes"], { cwd, env });
  return capture("go", ["list", "-m", "-f", "{{.Dir}}", "k8s.io/kubernetes"], { cwd, env });
}
