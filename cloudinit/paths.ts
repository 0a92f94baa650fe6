/** Where things are on every machine. Scripts in `files/` name some of these paths too: change both together. */

/** Executables from release files; linked into `/usr/local/bin`. */
export const binaries = "/opt/kovhernetes/bin";
/** Scripts of `files/`. */
export const scripts = "/opt/kovhernetes/lib";
/** Markers of what is installed, one for each release file and version. */
export const releaseMarkers = "/opt/kovhernetes/release";
/** Parameters of the fetch units, one environment file for each release file. */
export const releaseParameters = "/etc/kovhernetes/release";
/** Parameters that every script reads. */
export const machineEnvironment = "/etc/kovhernetes/machine.env";
/** Written at boot by `prepare-host.sh`: the instance identifier for the kubelet. */
export const providerEnvironment = "/run/kovhernetes/provider.env";
/** Written at boot by `prepare-host.sh`: what the kubelet's configuration holds of this machine's size. */
export const kubeletSizes = "/run/kovhernetes/kubelet.d";
/** Written at boot by `prepare-host.sh` once modules, sysctls and checks are done. */
export const hostReady = "/run/kovhernetes/host-ready";
/** Written at boot by `prepare-host.sh`: the resolver configuration that pods may use. */
export const podResolver = "/run/kovhernetes/resolv.conf";
/** Written by `start.sh` once what the user data wrote is on the disk; goes when cloud-init forgets the machine, as in an image of it. */
export const userDataWritten = "/var/lib/cloud/instance/kovhernetes-written";
/** Parameters of `prepare-image.sh`. */
export const imageParameters = "/etc/kovhernetes/image.env";
export const systemdUnits = "/etc/systemd/system";
export const kubernetes = "/etc/kubernetes";
export const kubernetesPki = "/etc/kubernetes/pki";
export const etcdPki = "/etc/etcd/pki";
/** Mount point of the etcd volume, or a plain directory where no volume is configured. */
export const etcdStorage = "/var/lib/etcd";
/** Below the mount point, since a fresh ext4 has a `lost+found` of its own. */
export const etcdData = "/var/lib/etcd/data";
/** Made on the master by `make-encryption-key.sh`. */
export const encryptionConfiguration = "/var/lib/etcd/encryption-config.yaml";
/** Snapshots of etcd, `snapshot-TIME.db`, each with the keys of its Secrets beside it. */
export const etcdSnapshots = "/var/lib/etcd/snapshots";
/** Parameters of the scripts that take and keep snapshots. */
export const snapshotParameters = "/etc/kovhernetes/snapshot.env";
/** Where snapshots go beside the volume, with the credentials for it. */
export const objectStorageSettings = "/etc/kovhernetes/object-storage.json";
/** What snapshots are sealed with before they go there. */
export const snapshotPassphrase = "/etc/kovhernetes/snapshot-passphrase";
/** Parameters of `restore-etcd.sh`. */
export const restoreParameters = "/etc/kovhernetes/restore.env";
/** Written by `etcd-quota.sh` before etcd starts. */
export const etcdEnvironment = "/run/kovhernetes/etcd.env";
/** Written by `etcd-member.sh` before etcd starts, where there are several masters. */
export const etcdMembership = "/run/kovhernetes/etcd-member.env";
/** Written by the same once this master's etcd votes. */
export const etcdVotes = "/run/kovhernetes/etcd-votes";
/** Link to the etcd volume made by our udev rule, whatever bus the volume is on. */
export const etcdDevice = "/dev/kovhernetes/etcd";
export const containerdSocket = "unix:///run/containerd/containerd.sock";
export const cniBinaries = "/opt/cni/bin";
export const cniConfiguration = "/etc/cni/net.d";
export const registryHosts = "/etc/containerd/certs.d";
