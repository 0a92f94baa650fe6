import { pathText } from "../config/issues";
import type { ArtifactConfig } from "../model/cluster";
import { isPlainHttp, uncheckedFiles, type DownloadConfig } from "../plan/unchecked-downloads";

/** The mirrors of registries over plain HTTP, each with its place in the configuration. Images go by tag, which proves nothing of them. */
export function uncheckedMirrors(registryMirrors: ArtifactConfig["registryMirrors"]) {
  return Object.entries(registryMirrors).flatMap(([registry, addresses]) =>
    addresses.flatMap((address, index) =>
      isPlainHttp(address) ? [{ key: pathText(["registryMirrors", registry, index]), registry, address }] : [],
    ),
  );
}

/** What is fetched without anything that would show an alteration, one sentence for each kind. */
export function downloadWarnings(config: DownloadConfig): readonly string[] {
  const files = uncheckedFiles(config);
  const registries = new Set(uncheckedMirrors(config.artifacts.registryMirrors).map(({ registry }) => registry));
  return [
    ...(files.length === 0
      ? []
      : [
          `artifactMirror is plain HTTP, by which ${files.join(", ")} come with their checksums: whoever is on the way can alter both. ` +
            "artifactChecksums pins files; a mirror by https protects them.",
        ]),
    ...(registries.size === 0
      ? []
      : [
          `registryMirrors has plain HTTP for ${[...registries].join(", ")}: images go by tag, and whoever is on the way can put others in their place.`,
        ]),
  ];
}
