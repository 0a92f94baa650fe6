import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { versions } from "./versions.ts";

/** One container image: where it is published, and what is in it. */
export interface ContainerImage {
  /** Registry, repository and tags of the official image. */
  readonly host: string;
  readonly repository: string;
  readonly tags: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command?: readonly string[];
  readonly user?: string;
  /** Fills a folder with the image's only layer. */
  readonly fill: (tree: Tree) => Promise<void>;
}

/** Where the parts of the images come from. */
export interface ImageSources {
  /** Folders of built programs. */
  readonly kubernetes: string;
  readonly coredns: string;
  readonly flannel: string;
  readonly flannelCniPlugin: string;
  readonly networkPolicies: string;
  /** Source tree of the Kubernetes module. */
  readonly kubernetesSource: string;
  /** The guest's root file system: Debian's iptables, busybox and their libraries come from there. */
  readonly debian: string;
}

/**
 * The images that a cluster of the lab pulls. The official ones of flannel and agnhost are built on Alpine; here the
 * few programs of it that are used come from Debian: busybox, and for flannel iptables (nft, as on the guest).
 */
export function containerImages(sources: ImageSources): readonly ContainerImage[] {
  return [
    {
      host: "registry.k8s.io",
      repository: "pause",
      tags: versions.pause,
      entrypoint: ["/pause"],
      user: "65535:65535",
      fill: async (tree) => {
        const source = path.join(sources.kubernetesSource, "build/pause/linux/pause.c");
        const flags = ["-Os", "-Wall", "-Werror", "-static", "-s", `-DVERSION=v${versions.pause[0]}`];
        await execa("gcc", [...flags, "-o", path.join(tree.root, "pause"), source]);
      },
    },
    {
      host: "registry.k8s.io",
      repository: "coredns/coredns",
      // The project itself publishes without the letter (docker.io), registry.k8s.io with it.
      tags: [versions.coredns, versions.coredns.slice(1)],
      entrypoint: ["/coredns"],
      user: "65532:65532",
      fill: async (tree) => {
        tree.add(path.join(sources.coredns, "coredns"), "/coredns");
        tree.add(path.join(sources.debian, certificates), certificates);
        await execa("setcap", ["cap_net_bind_service=+ep", path.join(tree.root, "coredns")]);
      },
    },
    {
      host: "ghcr.io",
      repository: "flannel-io/flannel",
      tags: [versions.flannel],
      entrypoint: ["/opt/bin/flanneld"],
      fill: async (tree) => {
        tree.add(path.join(sources.flannel, "flanneld"), "/opt/bin/flanneld");
        tree.add(path.join(sources.flannel, "install-conf"), "/opt/bin/install-conf");
        tree.add(path.join(sources.debian, certificates), certificates);
        tree.add(path.join(sources.debian, "/etc/protocols"), "/etc/protocols");
        await tree.addBusybox(sources.debian);
        await tree.addIptables(sources.debian);
      },
    },
    {
      host: "ghcr.io",
      repository: "flannel-io/flannel-cni-plugin",
      tags: [versions.flannelCniPlugin],
      entrypoint: ["/bin/sh"],
      fill: async (tree) => {
        tree.add(path.join(sources.flannelCniPlugin, "flannel"), "/flannel");
        await tree.addBusybox(sources.debian);
      },
    },
    {
      host: "registry.k8s.io",
      repository: "networking/kube-network-policies",
      tags: [versions.networkPolicies],
      entrypoint: ["/bin/netpol"],
      fill: (tree) => {
        tree.add(path.join(sources.networkPolicies, "netpol"), "/bin/netpol");
        tree.add(path.join(sources.debian, certificates), certificates);
        return Promise.resolve();
      },
    },
    {
      host: "registry.k8s.io",
      repository: "e2e-test-images/agnhost",
      tags: [versions.agnhost],
      entrypoint: ["/agnhost"],
      command: ["pause"],
      fill: async (tree) => {
        tree.add(path.join(sources.kubernetes, "agnhost"), "/agnhost");
        fs.mkdirSync(path.join(tree.root, "uploads"));
        await tree.addBusybox(sources.debian);
      },
    },
  ];
}

const certificates = "/etc/ssl/certs/ca-certificates.crt";
const multiarch = "/usr/lib/x86_64-linux-gnu";

/** A folder that becomes an image's layer. */
export class Tree {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
    for (const directory of ["etc", "tmp", "run", "var"]) fs.mkdirSync(path.join(root, directory), { recursive: true });
    fs.chmodSync(path.join(root, "tmp"), 0o1777);
    fs.writeFileSync(path.join(root, "etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
    fs.writeFileSync(path.join(root, "etc/group"), "root:x:0:\n");
  }

  /** Copies a file; links at the source are followed. */
  add(source: string, target: string): void {
    const absolute = path.join(this.root, target);
    fs.mkdirSync(path.dirname(absolute), { recursive: true });
    fs.copyFileSync(source, absolute);
  }

  link(target: string, name: string): void {
    const absolute = path.join(this.root, name);
    fs.mkdirSync(path.dirname(absolute), { recursive: true });
    fs.symlinkSync(target, absolute);
  }

  /** Copies a program of a Debian root file system with the libraries that it is linked with. */
  async addProgram(debian: string, program: string): Promise<void> {
    this.add(path.join(debian, program), program);
    const { stdout } = await execa("chroot", [debian, "ldd", program]);
    for (const [library] of stdout.matchAll(/\/\S+/g)) this.add(path.join(debian, library), library);
  }

  /** A shell and the usual tools. */
  async addBusybox(debian: string): Promise<void> {
    await this.addProgram(debian, "/usr/bin/busybox");
    const { stdout } = await execa("chroot", [debian, "busybox", "--list"]);
    for (const applet of stdout.split("\n")) {
      if (applet !== "busybox") this.link("/usr/bin/busybox", `/bin/${applet}`);
    }
  }

  /** iptables over nftables under its usual names, with its extensions. */
  async addIptables(debian: string): Promise<void> {
    const program = "/usr/sbin/xtables-nft-multi";
    await this.addProgram(debian, program);
    for (const name of ["iptables", "iptables-save", "iptables-restore"]) {
      this.link(program, `/usr/sbin/${name}`);
      this.link(program, `/usr/sbin/${name.replace("ip", "ip6")}`);
    }
    const extensions = `${multiarch}/xtables`;
    for (const file of fs.readdirSync(path.join(debian, extensions))) {
      this.add(path.join(debian, extensions, file), `${extensions}/${file}`);
    }
  }
}
