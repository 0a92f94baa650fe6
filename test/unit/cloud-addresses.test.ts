import { Address4 } from "ip-address";
import { describe, expect, it } from "vitest";
import { addressesOf, instances } from "../../lab/openstack/addresses.ts";

describe("addresses of the boxed OpenStack", () => {
  it("are enough for the largest benchmark: a floating address for each machine of 1,000 nodes, and for one node more", () => {
    for (const instance of instances) {
      const { externalCidr, gateway, floatingPool } = addressesOf(instance);
      const [start, end] = [new Address4(floatingPool.start), new Address4(floatingPool.end)];
      const external = new Address4(externalCidr);
      expect(Number(end.bigInt() - start.bigInt()) + 1).toBeGreaterThanOrEqual(1000 + 2);
      for (const address of [new Address4(gateway), start, end]) expect(address.isInSubnet(external)).toBe(true);
      expect(new Address4(gateway).bigInt()).toBeLessThan(start.bigInt());
      expect(end.bigInt()).toBeLessThan(external.endAddress().bigInt());
    }
  });

  it("are no other instance's", () => {
    const networks = instances
      .map(addressesOf)
      .flatMap(({ linkCidr, externalCidr }) => [new Address4(linkCidr), new Address4(externalCidr)]);
    for (const network of networks) {
      expect(network.correctForm()).toBe(network.startAddress().correctForm());
      const overlapping = networks.filter((other) => other.isInSubnet(network) || network.isInSubnet(other));
      expect(overlapping).toEqual([network]);
    }
  });
});
