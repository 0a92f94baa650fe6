import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { AddressPlan } from "../plan/addresses";
import type { AccessConfig, NetworkConfig } from "../model/cluster";

export interface NetworkArgs {
  readonly network: NetworkConfig;
  readonly access: AccessConfig;
  readonly addresses: Pick<AddressPlan, "hostCidr" | "gateway" | "allocationPool">;
  /** Identifier of the external network; needed where `access.mode` is `floatingIp`. */
  readonly externalNetworkId?: pulumi.Input<string>;
  readonly tags: readonly string[];
}

/** The private network with Neutron's DHCP, new or existing, and the router where floating addresses need one. */
export class Network extends pulumi.ComponentResource {
  readonly networkId: pulumi.Output<string>;
  readonly subnetId: pulumi.Output<string>;
  /** Whether it is made here: of other networks only their owners may say how ports are secured. */
  readonly isOwn: boolean;
  /** What a floating address has to wait for: a router without an interface on the subnet refuses it. */
  readonly routerInterface: openstack.networking.RouterInterface | undefined;

  constructor(name: string, args: NetworkArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:network:Network", name, {}, options);
    this.isOwn = args.network.existing === undefined;
    if (args.network.existing === undefined) {
      const created = this.create(name, args);
      this.networkId = created.networkId;
      this.subnetId = created.subnetId;
      this.routerInterface = args.access.mode === "floatingIp" ? this.route(name, args) : undefined;
    } else {
      this.networkId = pulumi.output(args.network.existing.networkId);
      this.subnetId = pulumi.output(args.network.existing.subnetId);
      // Whoever made the network routes it: a second router on the same subnet would need an address that is not ours.
      this.routerInterface = undefined;
    }
    this.registerOutputs({ networkId: this.networkId, subnetId: this.subnetId });
  }

  private create(
    name: string,
    args: NetworkArgs,
  ): { networkId: pulumi.Output<string>; subnetId: pulumi.Output<string> } {
    const { vlanId, dnsServers } = args.network;
    const network = new openstack.networking.Network(
      name,
      {
        name,
        adminStateUp: true,
        // Some clouds have it off unless told otherwise, and refuse security groups then.
        portSecurityEnabled: true,
        tags: [...args.tags],
        // OVH attaches a network to the vRack by its VLAN identifier, see
        // https://help.ovhcloud.com/csm/en-public-cloud-network-create-vrack-openstack
        ...(vlanId === undefined
          ? {}
          : { valueSpecs: { "provider:network_type": "vrack", "provider:segmentation_id": String(vlanId) } }),
      },
      { parent: this },
    );
    const subnet = new openstack.networking.Subnet(
      `${name}-subnet`,
      {
        name,
        networkId: network.id,
        cidr: args.addresses.hostCidr,
        ipVersion: 4,
        enableDhcp: true,
        allocationPools: [args.addresses.allocationPool],
        dnsNameservers: [...dnsServers],
        tags: [...args.tags],
        // A gateway handed out by DHCP competes with the external network's own default route.
        ...(args.access.mode === "floatingIp" ? { gatewayIp: args.addresses.gateway } : { noGateway: true }),
      },
      { parent: this },
    );
    return { networkId: network.id, subnetId: subnet.id };
  }

  private route(name: string, args: NetworkArgs): openstack.networking.RouterInterface {
    if (args.externalNetworkId === undefined) {
      throw new pulumi.RunError("access by floating addresses needs externalNetworkId: the network they come from");
    }
    const router = new openstack.networking.Router(
      `${name}-router`,
      { name, externalNetworkId: args.externalNetworkId, tags: [...args.tags] },
      { parent: this },
    );
    return new openstack.networking.RouterInterface(
      `${name}-router-interface`,
      { routerId: router.id, subnetId: this.subnetId },
      { parent: this },
    );
  }
}
