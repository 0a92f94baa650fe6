import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";

export interface KeyPairArgs {
  /** Name in the cloud. */
  readonly keyPairName: string;
  /** One OpenSSH public key line. */
  readonly publicKey: string;
}

/**
 * The key pair that earlier versions made for a cluster, kept as it is while there are machines that were made with it: key pairs belong to one
 * user of the cloud, and no new machine names one. See docs/decisions/0020-machines-need-no-key-pair.md.
 */
export class KeyPair extends pulumi.ComponentResource {
  constructor(name: string, args: KeyPairArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:instances:KeyPair", name, {}, options);
    new openstack.compute.Keypair(
      name,
      { name: args.keyPairName, publicKey: args.publicKey },
      // Another `sshPublicKey` would make it anew, for no machine, and in the name of whoever runs the update.
      { parent: this, ignoreChanges: ["name", "publicKey"] },
    );
    this.registerOutputs();
  }
}
