import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { execa } from "execa";
import type { Report } from "../lib/process.ts";
import { type ContainerImage, Tree } from "./image-trees.ts";
import { registryConfiguration, registryEnvironment } from "./registry.ts";

/** What it takes to publish images. */
export interface Publication {
  readonly images: readonly ContainerImage[];
  /** Folder of a registry's storage; filled. */
  readonly storage: string;
  /** Folder for what is needed on the way; the caller removes it. */
  readonly scratch: string;
  readonly crane: string;
  readonly registry: string;
}

/**
 * Publishes images in a registry's storage, under the repositories of their official addresses without the host, which
 * is what containerd asks a mirror for.
 * @throws Error when an image cannot be built, pushed or validated.
 */
export async function publishImages(publication: Publication, report: Report): Promise<void> {
  const { images, scratch, crane } = publication;
  const address = `127.0.0.1:${String(await freePort())}`;
  const stop = await startRegistry(publication, address);
  try {
    for (const [index, image] of images.entries()) {
      const name = `${image.host}/${image.repository}:${image.tags[0] ?? ""}`;
      report(`image ${name} (${String(index + 1)} of ${String(images.length)})`);
      const tree = path.join(scratch, String(index));
      fs.mkdirSync(tree);
      await image.fill(new Tree(tree));
      const layer = `${tree}.tar.gz`;
      await pack(tree, layer);
      for (const tag of image.tags) await push(image, layer, `${address}/${image.repository}:${tag}`, crane);
    }
  } finally {
    await stop();
  }
}

/** Packs a folder as a layer, with extended attributes (capabilities of files) and nothing that depends on when. */
async function pack(tree: string, layer: string): Promise<void> {
  const attributes = ["--xattrs", "--xattrs-include=security.capability", "--format=posix"];
  const metadata = ["--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--sort=name"];
  const stable = "--pax-option=delete=atime,delete=ctime";
  await execa("tar", ["-cf", layer, ...attributes, ...metadata, stable, "-I", "gzip -1 -n", "-C", tree, "."]);
}

async function push(image: ContainerImage, layer: string, reference: string, crane: string): Promise<void> {
  const oci = ["--oci-empty-base", "--platform=linux/amd64"];
  const appended = await execa(crane, ["append", "--insecure", ...oci, "-f", layer, "-t", reference]);
  const configuration = [
    "--set-platform=linux/amd64",
    "--env=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "--workdir=/",
    `--entrypoint=${image.entrypoint.join(",")}`,
    ...(image.command === undefined ? [] : [`--cmd=${image.command.join(",")}`]),
    ...(image.user === undefined ? [] : [`--user=${image.user}`]),
  ];
  await execa(crane, ["mutate", "--insecure", ...configuration, "-t", reference, appended.stdout.trim()]);
  await execa(crane, ["validate", "--insecure", "--remote", reference]);
}

async function startRegistry(publication: Publication, address: string): Promise<() => Promise<void>> {
  const configuration = path.join(publication.scratch, "registry.yaml");
  fs.writeFileSync(configuration, registryConfiguration({ address, storage: publication.storage, readOnly: false }));
  const server = execa(publication.registry, ["serve", configuration], { env: registryEnvironment, reject: false });
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await fetch(`http://${address}/v2/`).catch(() => undefined);
    if (answer?.ok === true) break;
    if (Date.now() > deadline || server.exitCode !== null) {
      server.kill();
      throw new Error(`the registry does not answer at ${address}: ${(await server).stderr}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return async () => {
    server.kill();
    await server;
  };
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port on the loopback interface");
  return address.port;
}
