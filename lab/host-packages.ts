interface HostPackage {
  readonly package: string;
  readonly why: string;
}

/** Debian packages that the lab needs on the host, and why; it names the missing ones before it installs them. */
export const hostPackages: readonly HostPackage[] = [
  { package: "debootstrap", why: "makes the root file systems of OpenStack and of the guest image" },
  { package: "iproute2", why: "network namespaces and routes" },
  { package: "e2fsprogs", why: "makes the guest's disk image" },
  { package: "openssh-client", why: "reaches the machines" },
  { package: "libseccomp-dev", why: "runc is linked with it" },
  { package: "gcc", why: "runc, flannel and the pause program have C parts" },
  { package: "libc6-dev", why: "the C parts are linked statically" },
  { package: "libcap2-bin", why: "gives the CoreDNS program in its image the right to port 53" },
  { package: "haproxy", why: "leads to several API servers in the tests, as on a machine" },
  { package: "shellcheck", why: "checks shell scripts, those in user data as well" },
];

/** For one test, where this machine may not do to its own file systems what a machine of a cloud does to its. */
export const linuxAsAProgram: readonly HostPackage[] = [
  { package: "user-mode-linux", why: "grows a mounted file system, which takes a right that containers lack" },
];
