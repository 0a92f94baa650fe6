/** What a pool, or the master, gives its machines beside what every machine of a cluster has. Absent is nothing, and costs nothing. */
export interface MachineExtras {
  /** Fields of the kubelet's configuration that are merged over the program's own, by the names of `KubeletConfiguration`. */
  readonly kubelet?: Readonly<Record<string, unknown>>;
}
