import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { MasterConfig } from "../model/cluster";
import { machineMetadataKeys } from "../plan/names";
import { authoritiesText } from "../model/authorities";
import { EtcdVolume } from "./etcd-volume";
import { Instance } from "./instance";
import type { MachineArgs } from "./machine";
import { recordArgs } from "./record";
import { masterUserData, type ClusterDescription } from "../description/user-data";

export interface MasterArgs extends MachineArgs {
  /** `undefined` keeps etcd on the machine's own disk. */
  readonly etcdVolume: MasterConfig["etcdVolume"];
  /** `etcdRestore` as it was when the machine was made, or as it is when the machine is made now. */
  readonly etcdRestore: string | undefined;
  /** Whether the engine refuses to delete or replace the volume. */
  readonly protectData: boolean;
}

/** A machine that runs etcd, the API server, the scheduler and the controller manager, and pods as well. */
export class Master extends pulumi.ComponentResource {
  readonly instance: Instance;
  /** The master's server, once its volume is attached as well: from here on the machine has all it needs. */
  readonly complete: pulumi.Output<string>;

  constructor(name: string, args: MasterArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:instances:Master", name, {}, options);
    const { machine, cluster } = args;
    const { metadata } = machine;
    const record = recordArgs(args);
    const volume =
      args.etcdVolume === undefined
        ? undefined
        : new EtcdVolume(
            `${name}-etcd`,
            { ...args.etcdVolume, hostName: machine.hostName, metadata, protect: args.protectData },
            { parent: this },
          );
    // A volume that the cloud does not grow ends the update, and leaves the old master as it is.
    if (volume !== undefined) args.replacement?.awaitFirst(volume.volumeId);
    this.instance = new Instance(
      name,
      {
        hostName: machine.hostName,
        shape: machine.shape,
        kubernetes: machine.kubernetes,
        ...(args.replacement === undefined ? {} : { turn: args.replacement.turn }),
        portIds: args.attachment.portIds,
        authorities: authoritiesText(args.authorities),
        userData: masterUserData(machine, restoringAsTold(args), args.pki, volume?.volumeId),
        ...record,
        metadata: {
          ...record.metadata,
          [machineMetadataKeys.etcdVolume]: String(volume !== undefined),
          // Of a single master there is nothing to tell.
          ...(cluster.masters.length > 1 && cluster.etcdFormation === "new"
            ? { [machineMetadataKeys.etcdFounders]: String(cluster.masters.length) }
            : {}),
          ...(args.etcdRestore === undefined ? {} : { [machineMetadataKeys.etcdRestore]: args.etcdRestore }),
        },
      },
      { parent: this },
    );
    this.complete =
      volume === undefined ? this.instance.instanceId : this.attach(name, this.instance.instanceId, volume.volumeId);
    (args.replacement ?? args.joining)?.follow(this.instance.instanceId, this.complete);
    this.registerOutputs({ instanceId: this.instance.instanceId });
  }

  private attach(
    name: string,
    instanceId: pulumi.Output<string>,
    volumeId: pulumi.Output<string>,
  ): pulumi.Output<string> {
    const attachment = new openstack.compute.VolumeAttach(
      `${name}-etcd-attachment`,
      { instanceId, volumeId },
      {
        parent: this,
        // Attached to one server at a time: a replaced master needs the old attachment gone first.
        deleteBeforeReplace: true,
        // Clouds let go of a volume with its server, and refuse to do so before where the hypervisor is dead. A server of a live one
        // is stopped first, and etcd with it.
        deletedWith: this.instance.server,
      },
    );
    return attachment.instanceId;
  }
}

/**
 * What a master is told that the program takes for one that stays, but the engine makes anew: because the cloud has lost it, or because a
 * replacement was interrupted and then given up. It restores nothing of which the preview said that it waits.
 */
function restoringAsTold({ cluster, etcdRestore }: MasterArgs): ClusterDescription {
  const { restore, ...backup } = cluster.backup;
  return { ...cluster, backup: restore !== undefined && restore === etcdRestore ? cluster.backup : backup };
}
