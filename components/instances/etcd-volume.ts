import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";

export interface EtcdVolumeArgs {
  readonly hostName: string;
  readonly sizeGiB: number;
  readonly type?: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether the engine refuses to delete or replace it. */
  readonly protect: boolean;
}

/** The Cinder volume on which etcd keeps its data, apart from the machine so that it outlives it. */
export class EtcdVolume extends pulumi.ComponentResource {
  readonly volumeId: pulumi.Output<string>;

  constructor(name: string, args: EtcdVolumeArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:instances:EtcdVolume", name, {}, options);
    const volume = new openstack.blockstorage.Volume(
      name,
      {
        name: `${args.hostName}-etcd`,
        description: `etcd of ${args.hostName}`,
        size: args.sizeGiB,
        // Asked by the provider alone, when the size differs; see docs/decisions/0021-etcd-volumes-grow-in-use.md.
        enableOnlineResize: true,
        ...(args.type === undefined ? {} : { volumeType: args.type }),
        metadata: { ...args.metadata },
      },
      { parent: this, protect: args.protect },
    );
    this.volumeId = volume.id;
    this.registerOutputs({ volumeId: this.volumeId });
  }
}
