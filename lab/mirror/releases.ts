import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { sha256File } from "../lib/cache.ts";
import { components, kubernetesPrograms } from "./components.ts";
import { versions } from "./versions.ts";

/**
 * Writes release files below `files` at the paths that they have at their official addresses, `<host>/<path>`, with the
 * checksum files published beside them. Archives are compressed lightly, since emulated machines unpack them.
 *
 * What differs from the official files, beside their checksums: containerd's archive lacks containerd-stress and its
 * static build lacks the devmapper and zfs snapshotters; runc lacks libpathrs; the kubelet is built without C code.
 * crictl (cri-tools) cannot be had at all.
 */
export class ReleaseFiles {
  readonly #files: string;

  constructor(files: string) {
    this.#files = files;
  }

  /** Programs of a Kubernetes version, each with a `.sha256` that holds the sum alone. */
  async kubernetes(version: string, programs: string): Promise<void> {
    for (const program of kubernetesPrograms) {
      const file = this.#place(`dl.k8s.io/release/${version}/bin/linux/amd64/${program}`);
      fs.linkSync(path.join(programs, program), file);
      fs.writeFileSync(`${file}.sha256`, await sha256File(file));
    }
  }

  async etcd(programs: string): Promise<void> {
    const name = `etcd-${versions.etcd}-linux-amd64`;
    const file = this.#place(`github.com/etcd-io/etcd/releases/download/${versions.etcd}/${name}.tar.gz`);
    await archive(file, programs, components.etcd.programs, `${name}/`);
    await writeSums(file, path.join(path.dirname(file), "SHA256SUMS"));
  }

  async containerd(programs: string): Promise<void> {
    const name = `containerd-${versions.containerd.slice(1)}-linux-amd64.tar.gz`;
    const file = this.#place(`github.com/containerd/containerd/releases/download/${versions.containerd}/${name}`);
    await archive(file, programs, components.containerd.programs, "bin/");
    await writeSums(file, `${file}.sha256sum`);
  }

  async runc(programs: string): Promise<void> {
    const file = this.#place(`github.com/opencontainers/runc/releases/download/${versions.runc}/runc.amd64`);
    fs.linkSync(path.join(programs, "runc"), file);
    await writeSums(file, path.join(path.dirname(file), "runc.sha256sum"));
  }

  async cniPlugins(programs: string): Promise<void> {
    const name = `cni-plugins-linux-amd64-${versions.cniPlugins}.tgz`;
    const folder = `github.com/containernetworking/plugins/releases/download/${versions.cniPlugins}`;
    const file = this.#place(`${folder}/${name}`);
    await archive(file, programs, components.cniPlugins.programs, "./");
    await writeSums(file, `${file}.sha256`);
  }

  #place(file: string): string {
    const absolute = path.join(this.#files, file);
    fs.mkdirSync(path.dirname(absolute), { recursive: true });
    return absolute;
  }
}

/** Packs programs of a folder under `prefix`, with nothing in the archive that depends on when and by whom. */
async function archive(
  file: string,
  folder: string,
  programs: readonly { readonly name: string }[],
  prefix: string,
): Promise<void> {
  const names = programs.map(({ name }) => name).sort();
  const metadata = ["--owner=0", "--group=0", "--numeric-owner", "--mtime=@0"];
  const rename = `--transform=s,^,${prefix},`;
  await execa("tar", ["-cf", file, ...metadata, rename, "-I", "gzip -1 -n", "-C", folder, ...names]);
}

async function writeSums(file: string, sums: string): Promise<void> {
  fs.writeFileSync(sums, `${await sha256File(file)}  ${path.basename(file)}\n`);
}
