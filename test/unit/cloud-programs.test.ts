import { describe, expect, it } from "vitest";
import { addressesOf } from "../../lab/openstack/addresses.ts";
import { supervisorConfiguration } from "../../lab/openstack/programs.ts";

describe("programs of the boxed OpenStack", () => {
  it("run Python's web services with one thread a process, for eventlet's locks are not for several", () => {
    const configuration = supervisorConfiguration(addressesOf("test"), "pretended", []);
    const services = configuration.split("\n").filter((line) => line.startsWith("command = uwsgi "));
    expect(services).toHaveLength(2);
    for (const service of services) expect(service).toContain("--threads 1");
  });
});
