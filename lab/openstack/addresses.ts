/** Names and addresses of one cloud instance, all derived from its name, so that instances run beside each other. */
export interface Addresses {
  /** Named network namespace; the veth interface on the host has the same name. */
  readonly namespace: string;
  /** Host's end of the link to the cloud. */
  readonly host: string;
  /** Cloud's end of the link: where every OpenStack service listens. */
  readonly cloud: string;
  readonly linkCidr: string;
  /** The external network `ext`, from which floating addresses come. */
  readonly externalCidr: string;
  /** First address of the external network: its gateway, in the cloud's namespace. A mirror may listen there. */
  readonly gateway: string;
  readonly floatingPool: { readonly start: string; readonly end: string };
}

/**
 * Third octets of each instance's two networks. `layer` is the cloud that runs while the initialised state is made. External networks
 * are 16 apart, a /20 each: the benchmark gives a floating address to each of up to 1,002 machines.
 */
const octets: Record<string, { readonly link: number; readonly external: number }> = {
  lab: { link: 0, external: 0 },
  test: { link: 1, external: 16 },
  trial: { link: 2, external: 32 },
  layer: { link: 254, external: 240 },
};

/** @throws Error for an instance that has no addresses set aside. */
export function addressesOf(instance: string): Addresses {
  const third = octets[instance];
  if (third === undefined) {
    throw new Error(`no addresses for a cloud named "${instance}": use one of ${Object.keys(octets).join(", ")}`);
  }
  const link = `10.99.${third.link}`;
  const external = `10.98.${third.external}`;
  return {
    namespace: `kov-${instance}`,
    host: `${link}.1`,
    cloud: `${link}.2`,
    linkCidr: `${link}.0/24`,
    externalCidr: `${external}.0/20`,
    gateway: `${external}.1`,
    floatingPool: { start: `${external}.10`, end: `10.98.${third.external + 15}.250` },
  };
}

/** Every instance that {@link addressesOf} knows. */
export const instances: readonly string[] = Object.keys(octets);
