import * as path from "node:path";

/** Root of this repository's checkout. */
export const repositoryRoot = path.resolve(import.meta.dirname, "../..");

/** Where expensive, versioned artefacts are kept between checkouts. Override with `KOVHERNETES_LAB_CACHE`. */
export const cacheRoot = process.env["KOVHERNETES_LAB_CACHE"] ?? "/var/cache/kovhernetes-lab";

/** Where the running lab keeps its state (sockets, process identifiers, disks, stack state). Override with `KOVHERNETES_LAB_STATE`. */
export const stateRoot = process.env["KOVHERNETES_LAB_STATE"] ?? "/var/lib/kovhernetes-lab";

/** Logs of the lab's long steps, named by step. */
export const logRoot = path.join(stateRoot, "log");
