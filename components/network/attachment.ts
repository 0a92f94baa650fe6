import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { AccessConfig } from "../model/cluster";
import type { Network } from "./network";

export interface AttachmentArgs {
  readonly network: Network;
  readonly access: AccessConfig;
  readonly role: "master" | "node";
  readonly hostName: string;
  /** Reserved IPv4 address on the host network. */
  readonly address: string;
  readonly securityGroupIds: readonly pulumi.Input<string>[];
  /** Identifier of the external network; needed where `access.mode` is `direct`. */
  readonly externalNetworkId?: pulumi.Input<string>;
  readonly tags: readonly string[];
}

/**
 * How one machine is attached: its port with the reserved address, and its way to the outside. Made before the
 * certificates, which name these addresses, and before the machine.
 */
export class Attachment extends pulumi.ComponentResource {
  /** Ports in the order of the machine's interfaces; the host network comes first. */
  readonly portIds: readonly pulumi.Output<string>[];
  /** Public IPv4 address; empty when the machine has none. */
  readonly publicAddresses: pulumi.Output<readonly string[]>;

  constructor(name: string, args: AttachmentArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:network:Attachment", name, {}, options);
    const hostPort = new openstack.networking.Port(
      name,
      {
        name: args.hostName,
        networkId: args.network.networkId,
        fixedIps: [{ subnetId: args.network.subnetId, ipAddress: args.address }],
        securityGroupIds: [...args.securityGroupIds],
        ...(args.network.isOwn ? { portSecurityEnabled: true } : {}),
        adminStateUp: true,
        tags: [...args.tags],
      },
      { parent: this },
    );
    const external = args.access.mode === "direct" ? this.externalPort(name, args) : undefined;
    this.portIds = external === undefined ? [hostPort.id] : [hostPort.id, external.id];
    if (external !== undefined) {
      this.publicAddresses = external.allFixedIps.apply((addresses) => addresses.filter(isIpv4));
    } else if (args.access.mode === "floatingIp" && (args.role === "master" || args.access.nodes)) {
      const { address } = this.floatingIp(name, args, args.access.externalNetwork, hostPort);
      this.publicAddresses = address.apply((allocated) => [allocated]);
    } else {
      this.publicAddresses = pulumi.output<readonly string[]>([]);
    }
    this.registerOutputs({ publicAddresses: this.publicAddresses });
  }

  private externalPort(name: string, args: AttachmentArgs): openstack.networking.Port {
    if (args.externalNetworkId === undefined) {
      throw new pulumi.RunError("direct access needs externalNetworkId: the network of the second interface");
    }
    return new openstack.networking.Port(
      `${name}-external`,
      {
        name: `${args.hostName}-external`,
        networkId: args.externalNetworkId,
        securityGroupIds: [...args.securityGroupIds],
        adminStateUp: true,
        tags: [...args.tags],
      },
      { parent: this },
    );
  }

  /**
   * Allocates the address at once and leads it to the port later: the API server's certificate names it, so that whatever must exist before it is
   * allocated delays the master. An address from when both were one keeps its port, which is no input any more.
   */
  private floatingIp(
    name: string,
    args: AttachmentArgs,
    pool: string,
    port: openstack.networking.Port,
  ): openstack.networking.FloatingIp {
    const floatingIp = new openstack.networking.FloatingIp(
      `${name}-floating-ip`,
      { pool, description: args.hostName, tags: [...args.tags] },
      { parent: this },
    );
    const { routerInterface } = args.network;
    new openstack.networking.FloatingIpAssociate(
      `${name}-floating-ip-association`,
      { floatingIp: floatingIp.address, portId: port.id },
      {
        parent: this,
        // The provider fails to take an address from its port when somebody has deleted the address.
        deletedWith: floatingIp,
        ...(routerInterface === undefined ? {} : { dependsOn: [routerInterface] }),
      },
    );
    return floatingIp;
  }
}

/** OVH's external network gives an IPv6 address as well; the cluster is IPv4. */
function isIpv4(address: string): boolean {
  return !address.includes(":");
}
