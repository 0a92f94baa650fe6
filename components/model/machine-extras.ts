/** What a pool, or the master, gives its machines beside what every machine of a cluster has. Absent is nothing, and costs nothing. */
export interface MachineExtras {
  /** Fields of the kubelet's configuration that are merged over the program's own, by the names of `KubeletConfiguration`. */
  readonly kubelet?: Readonly<Record<string, unknown>>;
  /** A script of somebody's own, which runs once on each machine, as root. */
  readonly userDataExtra?: UserDataExtra;
}

export interface UserDataExtra {
  /** With the line that names its interpreter. May hold secrets. */
  readonly script: string;
  /** Before anything of Kubernetes is fetched or started, or once the kubelet is up. */
  readonly when: "beforeKubernetes" | "afterKubernetes";
  /** Raised where a preview shall say that machines wait for another script: the script itself is recorded nowhere. */
  readonly revision: number;
}
