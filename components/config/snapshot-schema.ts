import { z } from "zod";
import * as value from "./values";

const endpoint: value.Check = (text) => {
  const remedy = "give an address such as https://s3.gra.io.cloud.ovh.net";
  if (!URL.canParse(text)) return { reason: "is not a web address", remedy };
  const { protocol, username, password, pathname, search, hash } = new URL(text);
  if (protocol !== "https:") return { reason: "is not an https address", remedy };
  const isBare = username === "" && password === "" && pathname === "/" && search === "" && hash === "";
  return isBare ? undefined : { reason: "is more than the address of a server", remedy };
};

const oneWord = (what: string) => value.matching(/^[\x21-\x7e]{1,1024}$/, "is empty or has blanks", `give ${what}`);

/** Names that mean the same to a shell, to a URL and to S3. */
const keyPattern = "[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*";
const bucketPattern = "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]";

const storage = z.strictObject({
  endpoint: value
    .text(endpoint)
    .transform((text) => new URL(text).origin)
    .describe("Required. Address of the server, by https."),
  region: value
    .text(value.matching(/^[A-Za-z0-9-]{1,64}$/, "is not a region", "give the storage's region, such as gra"))
    .describe("Required. Region of the storage."),
  bucket: value
    .text(value.matching(new RegExp(`^${bucketPattern}$`), "is not a bucket", "give the name of a bucket that exists"))
    .describe("Required. Name of a bucket that exists."),
  prefix: value
    .text(value.matching(new RegExp(`^${keyPattern}$`), "is not a prefix of keys", "give a path such as clusters/prod"))
    .optional()
    .describe(
      "What the names of snapshots begin with, for a bucket of several clusters. By default the name of the cluster.",
    ),
  keep: value
    .integer(0, 10_000)
    .optional()
    .describe(
      "How many snapshots stay there; 0 leaves it to rules of the bucket. By default as many as on the volume.",
    ),
  accessKey: value.text(oneWord("the access key")).describe("Required. Access key."),
  secretKey: value.text(oneWord("the secret key")).describe("Required. Secret key, set as a secret."),
  passphrase: value
    .text(
      value.matching(
        /^[\x20-\x7e]{20,500}$/,
        "is not a line of 20 to 500 plain characters",
        "make one with `openssl rand -base64 32`, and keep it where the cluster is not",
      ),
    )
    .describe(
      "Required. What snapshots are sealed with before they go there, set as a secret; kept where the cluster is not.",
    ),
});

/** Snapshots of etcd. */
export const etcdSnapshots = z.strictObject({
  enabled: value.flag().default(true).describe("Whether snapshots are taken."),
  intervalHours: value.wholeDivisor(24).default(6).describe("Hours between two snapshots, a divisor of 24."),
  keep: value.integer(1, 1000).default(28).describe("How many stay on etcd's volume."),
  s3: storage
    .optional()
    .describe(
      "S3-compatible object storage, to which they go as well. A stack's file in which no part of it is a secret is refused; whether both secretKey and passphrase are, the program cannot tell.",
    ),
});

/** File name of a snapshot on etcd's volume. */
export const onVolume = /^snapshot-\d{8}T\d{6}Z\.db$/;
const inStorage = new RegExp(`^s3://${bucketPattern}/${keyPattern}/snapshot-\\d{8}T\\d{6}Z\\.sealed$`);

/** In place of a snapshot: a new master begins with an empty etcd where the old one's data cannot come along. */
export const startEmpty = "none";

/** What to restore etcd from. */
export const etcdRestore = value.text((text) =>
  // The server's metadata remembers it, and holds 255 characters.
  text === startEmpty || onVolume.test(text) || (inStorage.test(text) && text.length <= 255)
    ? undefined
    : {
        reason: "names no snapshot",
        remedy:
          "give the file name of one in /var/lib/etcd/snapshots, such as snapshot-20261127T145800Z.db, s3://BUCKET/PREFIX/snapshot-TIME.sealed, or none",
      },
);
