import * as crypto from "node:crypto";
import * as fs from "node:fs";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import type { Report } from "../lib/process.ts";
import type { CloudClient } from "./client.ts";

/** An image for servers, from files of the host. */
export interface GuestImage {
  readonly name: string;
  readonly disk: string;
  readonly diskFormat: "raw" | "qcow2";
  /** Kernel to boot from outside the disk, which then needs no boot loader; its command line is a property. */
  readonly kernel?: string;
  readonly initrd?: string;
  readonly properties?: Readonly<Record<string, string>>;
}

interface File {
  readonly name: string;
  readonly file: string;
  readonly diskFormat: string;
  readonly containerFormat: string;
  readonly properties: Readonly<Record<string, string>>;
}

interface StoredImage {
  readonly id: string;
  readonly status: string;
  readonly disk_format: string;
  readonly os_hash_value: string | null;
  readonly [property: string]: unknown;
}

/**
 * Makes a public image exist with exactly this content and these properties. A kernel and an initial RAM disk become
 * images of their own, named after it. An image of the same name with other content or properties is replaced.
 */
export async function ensureImage(admin: CloudClient, image: GuestImage, report: Report): Promise<void> {
  const properties: Record<string, string> = { ...image.properties };
  const boot = [
    { file: image.kernel, suffix: "kernel", format: "aki", property: "kernel_id" },
    { file: image.initrd, suffix: "initrd", format: "ari", property: "ramdisk_id" },
  ];
  for (const { file, suffix, format, property } of boot) {
    if (file === undefined) continue;
    const name = `${image.name}-${suffix}`;
    const part = { name, file, diskFormat: format, containerFormat: format, properties: {} };
    properties[property] = await ensureFile(admin, part, report);
  }
  const { name, disk, diskFormat } = image;
  await ensureFile(admin, { name, file: disk, diskFormat, containerFormat: "bare", properties }, report);
}

async function ensureFile(admin: CloudClient, wanted: File, report: Report): Promise<string> {
  const hash = await sha512File(wanted.file);
  const query = `/v2/images?name=${encodeURIComponent(wanted.name)}`;
  const { images } = await admin.call<{ images: StoredImage[] }>("image", query);
  const isWanted = (image: StoredImage): boolean =>
    image.status === "active" &&
    image.os_hash_value === hash &&
    image.disk_format === wanted.diskFormat &&
    Object.entries(wanted.properties).every(([name, value]) => image[name] === value);
  const found = images.find(isWanted);
  for (const image of images) {
    if (image !== found) await admin.call("image", `/v2/images/${image.id}`, { method: "DELETE" });
  }
  if (found !== undefined) return found.id;

  const { name, file, diskFormat, containerFormat, properties } = wanted;
  report(`uploading image ${name} (${Math.ceil(fs.statSync(file).size / 2 ** 20)} MiB)`);
  const json = {
    name,
    disk_format: diskFormat,
    container_format: containerFormat,
    visibility: "public",
    ...properties,
  };
  const { id } = await admin.call<StoredImage>("image", "/v2/images", { method: "POST", json });
  await admin.call("image", `/v2/images/${id}/file`, {
    method: "PUT",
    body: Readable.toWeb(fs.createReadStream(file, { highWaterMark: 1 << 20 })) as ReadableStream,
    contentType: "application/octet-stream",
    timeout: 900,
  });
  return id;
}

/** The hash that Glance itself keeps of an image's content. */
async function sha512File(file: string): Promise<string> {
  const hash = crypto.createHash("sha512");
  await pipeline(fs.createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}
