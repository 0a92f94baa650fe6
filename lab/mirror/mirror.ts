import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { ensureGuestImage } from "../guest/guest.ts";
import { cached, hashTree, sha256File } from "../lib/cache.ts";
import { capture, type Report } from "../lib/process.ts";
import { allComponents, components } from "./components.ts";
import { ensureGoComponent, goEnvironment, moduleDirectory } from "./go.ts";
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
 */
export async function ensureMirror(report: Report): Promise<Mirror> {
  const guest = await ensureGuestImage(report);
  const built = new Map<string, string>();
  for (const [index, component] of allComponents.entries()) {
    const position = `component ${String(index + 1)} of ${String(allComponents.length)}`;
    const directory = await ensureGoComponent(component, (line) => {
      report(`${position}: ${line}`);
    });
    built.set(`${component.name} ${component.version}`, directory);
  }
  const programsOf = (component: { readonly name: string; readonly version: string }) => {
    const directory = built.get(`${component.name} ${component.version}`);
    if (directory === undefined) throw new Error(`${component.name} ${component.version} was not built`);
    return directory;
  };
  const kubernetes = (version: string) => programsOf({ name: "kubernetes", version });

  const here = import.meta.dirname;
  const sources = ["releases.ts", "image-trees.ts", "images.ts", "registry.ts", "mirror.ts"];
  const directory = await cached(
    {
      name: "mirror",
      key: [...built.values(), guest.root, hashTree(...sources.map((file) => path.join(here, file)))],
      build: async (output) => {
        const files = path.join(output, "files");
        report("release files");
        const releases = new ReleaseFiles(files);
        for (const version of versions.kubernetes) await releases.kubernetes(version, kubernetes(version));
        await releases.etcd(programsOf(components.etcd));
        await releases.containerd(programsOf(components.containerd));
        await releases.runc(programsOf(components.runc));
        await releases.cniPlugins(programsOf(components.cniPlugins));
        fs.writeFileSync(path.join(output, "checksums.json"), JSON.stringify(await checksumsOf(files), null, 2));

        const bin = path.join(output, "bin");
        fs.mkdirSync(bin);
        const link = (folder: string, ...programs: string[]) => {
          for (const program of programs) fs.linkSync(path.join(folder, program), path.join(bin, program));
        };
        link(kubernetes(versions.kubernetes[0]), "kubectl");
        link(programsOf(components.etcd), "etcdctl", "etcdutl");
        link(programsOf(components.containerd), "ctr");
        link(programsOf(components.crane), "crane");
        link(programsOf(components.registry), "registry");

        const scratch = path.join(output, "scratch");
        fs.mkdirSync(scratch);
        const images = containerImages({
          kubernetes: kubernetes(versions.kubernetes[0]),
          coredns: programsOf(components.coredns),
          flannel: programsOf(components.flannel),
          flannelCniPlugin: programsOf(components.flannelCniPlugin),
          kubernetesSource: await kubernetesSource(),
          debian: guest.root,
        });
        const [crane, registry] = [path.join(bin, "crane"), path.join(bin, "registry")];
        await publishImages({ images, storage: path.join(output, "registry"), scratch, crane, registry }, report);
        fs.rmSync(scratch, { recursive: true });
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
  const cwd = moduleDirectory({ ...components.etcd, name: "kubernetes", version: versions.kubernetes[0] });
  const env = goEnvironment(false, "readonly");
  await execa("go", ["mod", "download", "k8s.io/kubernetes"], { cwd, env });
  return capture("go", ["list", "-m", "-f", "{{.Dir}}", "k8s.io/kubernetes"], { cwd, env });
}
