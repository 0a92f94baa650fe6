import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { encodeUserData, renderImageBuilder } from "../cloudinit";
import { planAddresses } from "../components/plan/addresses";
import { Network } from "../components/network/network";
import { images, releaseFiles } from "../components/plan/releases";
import type { ImageSettings } from "./settings";

export interface BuilderArgs {
  readonly settings: ImageSettings;
  /** Host name, and name in the cloud. */
  readonly hostName: string;
}

/** The machine that becomes an image, and its way to the outside. Nobody can log in to it, and nothing reaches it. */
export class Builder extends pulumi.ComponentResource {
  /** Identifier of its server. */
  readonly serverId: pulumi.Output<string>;

  constructor(name: string, args: BuilderArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:golden-image:Builder", name, {}, options);
    const { settings, hostName } = args;
    const parent = { parent: this };
    const group = new openstack.networking.SecGroup(
      name,
      { name: hostName, description: "Machine that becomes an image: nothing may reach it", tags: [tag] },
      parent,
    );
    const { networkId, subnetId, dependsOn } = this.place(args);
    const port = new openstack.networking.Port(
      name,
      {
        name: hostName,
        networkId,
        ...(subnetId === undefined ? {} : { fixedIps: [{ subnetId }] }),
        securityGroupIds: [group.id],
        adminStateUp: true,
        tags: [tag],
      },
      { ...parent, dependsOn },
    );
    const server = new openstack.compute.Instance(
      name,
      {
        name: hostName,
        imageName: settings.baseImage,
        flavorName: settings.flavor,
        ...(settings.availabilityZone === undefined ? {} : { availabilityZone: settings.availabilityZone }),
        networks: [{ port: port.id }],
        userData: encodeUserData(builderUserData(settings, hostName)),
        configDrive: true,
        metadata: { "kovhernetes:role": "image-builder" },
      },
      {
        ...parent,
        // The port stays and cannot be attached to two servers.
        deleteBeforeReplace: true,
        // It powers itself off, and must not be started again.
        ignoreChanges: ["powerState"],
        // Rebuilt in place it would be another machine of the same identifier, whose image is there already.
        replaceOnChanges: ["imageName", "flavorName"],
        customTimeouts: { create: "30m", delete: "15m" },
      },
    );
    this.serverId = server.id;
    this.registerOutputs({ serverId: this.serverId });
  }

  /** The network that the machine is on. */
  private place({ settings, hostName }: BuilderArgs) {
    const { access, hostCidr, dnsServers } = settings;
    if (access.mode === "network") {
      const networkId = openstack.networking.getNetworkOutput({ name: access.network }, { parent: this }).id;
      return { networkId, subnetId: undefined, dependsOn: [] };
    }
    const externalNetworkId = openstack.networking.getNetworkOutput(
      { name: access.externalNetwork, external: true },
      { parent: this },
    ).id;
    if (access.mode === "direct") return { networkId: externalNetworkId, subnetId: undefined, dependsOn: [] };
    const addresses = planAddresses({ hostCidr, ...noCluster });
    const network = new Network(
      hostName,
      {
        network: { ...noCluster, hostCidr, dnsServers },
        access: { mode: "floatingIp", externalNetwork: access.externalNetwork, nodes: false },
        addresses,
        externalNetworkId,
        tags: [tag],
      },
      { parent: this },
    );
    // Without the router's interface the first downloads would fail.
    const dependsOn = network.routerInterface === undefined ? [] : [network.routerInterface];
    return { networkId: network.networkId, subnetId: network.subnetId, dependsOn };
  }
}

const tag = "kovhernetes:image-builder";

/** Networks of a cluster that there is none of. */
const noCluster = { podCidr: "172.17.0.0/16", serviceCidr: "10.0.0.0/16", masterCount: 0, pools: [] };

/** User data of the machine that prepares an image. Holds no secret. */
export function builderUserData(settings: ImageSettings, hostName: string): string {
  const all = images(settings);
  return renderImageBuilder({
    hostName,
    // A master has every file that a node has.
    releases: releaseFiles(settings, "master"),
    images: Object.values(all) as string[],
    pauseImage: all.pause,
    registryMirrors: settings.artifacts.registryMirrors,
  });
}
