/** How etcd's data is kept and brought back. */
export interface Backup {
  /** When snapshots are taken, and how many of them stay on the volume; absent takes none. */
  readonly snapshots?: { readonly intervalHours: number; readonly keep: number };
  /** Where else they go, sealed; also where they are restored from. */
  readonly storage?: ObjectStorage;
  /** What a new master makes etcd's data from, once: file name of a snapshot on the volume, or its address in the storage. */
  readonly restore?: string;
  /** Whether a new master may begin with an empty etcd where the old one's data cannot come along. */
  readonly acceptsLoss?: boolean;
}

/** S3-compatible object storage. */
export interface ObjectStorage {
  /** Address of the server, for instance `https://s3.gra.io.cloud.ovh.net`. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** What keys begin with, without the slash that follows. */
  readonly prefix: string;
  /** How many snapshots stay there; 0 leaves it to rules of the bucket. */
  readonly keep: number;
  readonly accessKey: string;
  /** Secret. */
  readonly secretKey: string;
  /** What snapshots are sealed with; secret. */
  readonly passphrase: string;
}
