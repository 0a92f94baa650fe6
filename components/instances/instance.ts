import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { MachineShape } from "../model/cluster";
import type { MachineRecord } from "../model/recorded";
import { certificatesOnMachine, machineMetadataKeys } from "../plan/names";
import { authoritiesText, firstAuthorities } from "../model/authorities";
import { inputsOfNewServers } from "../plan/lifecycle";

export interface InstanceArgs {
  readonly hostName: string;
  readonly shape: MachineShape;
  /** Ports in the order of the machine's interfaces. */
  readonly portIds: readonly pulumi.Input<string>[];
  /** Text of the user data; holds private keys. */
  readonly userData: pulumi.Input<string>;
  /** Of the server: which machine it is, and what it is made with. */
  readonly metadata: Readonly<Record<string, string>>;
  /** When the first certificate of its user data ends, RFC 3339. */
  readonly certificatesEnd: pulumi.Input<string>;
  /** The record of a server that stays; absent for one that this update makes. */
  readonly made?: MachineRecord;
  /** Kubernetes release that the user data installs, without `v`. */
  readonly kubernetes: string;
  /** The authorities that it goes by, as the key `authorities` has them. */
  readonly authorities: string;
  /** For a server that this update replaces: known when the old one may go. Absent for one that stays, or that is new. */
  readonly turn?: pulumi.Output<unknown>;
}

/** One server, attached by ports that exist already, configured by its user data on first boot. */
export class Instance extends pulumi.ComponentResource {
  readonly instanceId: pulumi.Output<string>;
  /** The server itself, for what depends on it. */
  readonly server: openstack.compute.Instance;

  constructor(name: string, args: InstanceArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:instances:Instance", name, {}, options);
    const { turn } = args;
    const metadata = {
      ...args.metadata,
      [machineMetadataKeys.generation]: String(args.shape.generation),
      [machineMetadataKeys.kubernetes]: args.kubernetes,
      // Servers from before there were others have no such key, and stay as they are.
      ...(args.authorities === authoritiesText(firstAuthorities)
        ? {}
        : { [machineMetadataKeys.authorities]: args.authorities }),
      [machineMetadataKeys.certificatesEnd]: args.certificatesEnd,
      [machineMetadataKeys.certificates]: certificatesOnMachine,
    };
    this.server = new openstack.compute.Instance(
      name,
      {
        name: args.hostName,
        imageName: args.shape.image,
        flavorName: args.shape.flavor,
        ...(args.shape.availabilityZone === undefined ? {} : { availabilityZone: args.shape.availabilityZone }),
        networks: args.portIds.map((port) => ({ port })),
        // The one input that is always there when a server is replaced: the engine deletes the old one once it is known.
        userData: pulumi.secret(pulumi.all([args.userData, turn]).apply(([userData]) => userData)),
        // Metadata over the network races with DHCP, and pods must not reach it: the drive needs neither.
        configDrive: true,
        // Written in the request that makes the server: there is none that does not say what it was made with.
        metadata,
        // The provider's default, which the engine would give up for what a refresh has read: `up --refresh` powers a machine on.
        powerState: "active",
        stopBeforeDestroy: true,
      },
      {
        parent: this,
        // The port stays and cannot be attached to two servers.
        deleteBeforeReplace: true,
        // Nothing replaces, rebuilds or restarts a machine that nobody asked to replace; see lifecycle.ts.
        ignoreChanges: turn === undefined ? [...inputsOfNewServers] : [],
        // Another Kubernetes release needs none: its user data differs.
        replacementTrigger: args.shape.generation,
        customTimeouts: { create: "30m", delete: "15m" },
      },
    );
    this.instanceId = this.server.id;
    // The same where no refresh comes, and nobody changes it in the cloud: of which server it tells is part of it, for an update may be cut off.
    const made = args.made ?? { serverId: this.instanceId, metadata };
    this.registerOutputs({ instanceId: this.instanceId, made });
  }
}
