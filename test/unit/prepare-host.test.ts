import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderNode } from "../../cloudinit";
import { nodeDescription } from "../support/descriptions";
import { MachineRoot } from "../support/machine-root";

let machine: MachineRoot;

beforeEach(() => {
  machine = new MachineRoot();
  machine.install(renderNode(nodeDescription));
  machine.write("proc/meminfo", "MemTotal: 2000000 kB\n");
  machine.write("var/lib/cloud/data/instance-id", "3f2b1c4d-0000-4000-8000-123456789abc\n");
  machine.program("bin/modprobe", "");
  machine.program("usr/lib/systemd/systemd-sysctl", "");
});

afterEach(() => {
  machine.remove();
});

/** What the machine said of it, and how it ended. */
async function prepared() {
  const { code, output } = await machine.run("prepare-host.sh");
  return { code, said: machine.console() + output };
}

describe("prepare-host.sh", () => {
  it("does not go on with an image that runs Docker, and does once the bridge is gone", async () => {
    machine.write("sys/class/net/docker0/address", "");
    expect(await prepared()).toMatchObject({ code: 1, said: expect.stringContaining("runs Docker") as string });
    machine.removeFile("sys/class/net/docker0");
    expect(await prepared()).toMatchObject({ code: 0, said: expect.stringContaining("host is prepared") as string });
  });

  it("says when the image's own firewall is on, and nothing once it is off", async () => {
    machine.write("etc/ufw/ufw.conf", "ENABLED=yes\n");
    expect((await prepared()).said).toContain("own firewall (ufw) is on");
    machine.write("etc/ufw/ufw.conf", "ENABLED=no\n");
    machine.removeFile("dev/console");
    expect((await prepared()).said).not.toContain("ufw");
  });

  it("registers a node without an identifier where the image hides it, and says so", async () => {
    await prepared();
    expect(machine.read("run/kovhernetes/provider.env")).toBe(
      "PROVIDER_ID=openstack:///3f2b1c4d-0000-4000-8000-123456789abc\n",
    );
    machine.write("var/lib/cloud/data/instance-id", "iid-local01\n");
    const { code, said } = await prepared();
    expect({ code, provider: machine.read("run/kovhernetes/provider.env") }).toEqual({ code: 0, provider: "" });
    expect(said).toContain("no instance identifier found");
  });
});
