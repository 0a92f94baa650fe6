/** Debian packages that the lab needs on the host, and why; it names the missing ones before it installs them. */
export const hostPackages: readonly { readonly package: string; readonly why: string }[] = [
  { package: "debootstrap", why: "makes the root file systems of OpenStack and of the guest image" },
  { package: "iproute2", why: "network namespaces and routes" },
  { package: "e2fsprogs", why: "makes the guest's disk image" },
  { package: "openssh-client", why: "reaches the machines" },
  { package: "libseccomp-dev", why: "runc is linked with it" },
  { package: "gcc", why: "runc, flannel and the pause program have C parts" },
  { package: "libc6-dev", why: "the C parts are linked statically" },
  { package: "libcap2-bin", why: "gives the CoreDNS program in its image the right to port 53" },
  { package: "shellcheck", why: "checks shell scripts, those in user data as well" },
];
