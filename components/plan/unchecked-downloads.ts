import type { ArtifactConfig } from "../model/cluster";
import { releaseFiles } from "./releases";

/** What tells which release files are fetched, and from where. */
export interface DownloadConfig {
  readonly kubernetes: { readonly version: string };
  readonly artifacts: ArtifactConfig;
}

export function isPlainHttp(address: string): boolean {
  return new URL(address).protocol === "http:";
}

/**
 * The release files that come over plain HTTP with their checksums, so that nothing would show that both were altered on their way.
 * @throws RangeError for a Kubernetes version outside the release table.
 */
export function uncheckedFiles(config: DownloadConfig): readonly string[] {
  // A master fetches all that a node does.
  return releaseFiles(config, "master")
    .filter(({ checksum }) => "url" in checksum && isPlainHttp(checksum.url))
    .map(({ name }) => name);
}
