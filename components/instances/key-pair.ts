import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";

export interface KeyPairArgs {
  /** Name in the cloud. */
  readonly keyPairName: string;
  /** One OpenSSH public key line. */
  readonly publicKey: string;
}

/** The SSH key that new machines trust. */
export class KeyPair extends pulumi.ComponentResource {
  /** Name in the cloud: a plain value, since a server whose key pair is unknown in a preview would read as one to be replaced. */
  readonly keyPairName: string;
  /** What a server that names the key pair has to wait for. */
  readonly resource: openstack.compute.Keypair;

  constructor(name: string, args: KeyPairArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:instances:KeyPair", name, {}, options);
    this.keyPairName = args.keyPairName;
    this.resource = new openstack.compute.Keypair(
      name,
      { name: args.keyPairName, publicKey: args.publicKey },
      // A key pair cannot be altered, and no two have the same name.
      { parent: this, deleteBeforeReplace: true },
    );
    this.registerOutputs();
  }
}
