import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { securityRules, type SecurityRulesArgs } from "../plan/security-rules";

export interface SecurityArgs extends SecurityRulesArgs {
  readonly tags: readonly string[];
}

/** The security groups of machines and of masters, filled from the table in `rules.ts`. */
export class Security extends pulumi.ComponentResource {
  /** Groups that the ports of a node belong to. */
  readonly nodeGroupIds: readonly pulumi.Output<string>[];
  /** Groups that the ports of a master belong to. */
  readonly masterGroupIds: readonly pulumi.Output<string>[];

  constructor(name: string, args: SecurityArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:network:Security", name, {}, options);
    const group = (suffix: string, description: string): openstack.networking.SecGroup =>
      new openstack.networking.SecGroup(
        `${name}-${suffix}`,
        { name: `${name}-${suffix}`, description, tags: [...args.tags] },
        { parent: this },
      );
    const groups = {
      machines: group("machines", "Every machine of the cluster"),
      masters: group("masters", "Masters of the cluster"),
    };
    for (const rule of securityRules(args)) {
      new openstack.networking.SecGroupRule(
        `${name}-${rule.appliesTo}-${rule.name}`,
        {
          securityGroupId: groups[rule.appliesTo].id,
          direction: "ingress",
          ethertype: "IPv4",
          protocol: rule.protocol,
          ...(rule.ports === undefined ? {} : { portRangeMin: rule.ports[0], portRangeMax: rule.ports[1] }),
          remoteIpPrefix: rule.from,
          description: rule.description,
        },
        // Neutron deletes a group's rules with it: `destroy` asks for none of them.
        { parent: this, deletedWith: groups[rule.appliesTo] },
      );
    }
    this.nodeGroupIds = [groups.machines.id];
    this.masterGroupIds = [groups.machines.id, groups.masters.id];
    this.registerOutputs();
  }
}
