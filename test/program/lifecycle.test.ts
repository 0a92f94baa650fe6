import { X509Certificate } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { CloudClient } from "../../lab/openstack/client.ts";
import { emptyImage } from "../../lab/lib/pretended.ts";
import { LabStack } from "../../lab/lib/stack.ts";
import { parseUserData } from "../support/user-data.ts";
import { asEarlierVersionsDid, associationType, serversBefore, serverType, type State } from "./earlier-state.ts";
import {
  leftInProject,
  machinesOnly,
  openstackClient,
  previewChanges,
  refusal,
  startPretendedLab,
  type PretendedLab,
} from "./support.ts";

/** First byte of what gzip wrote. */
const gzipMark = 0x1f;

interface Server {
  readonly id: string;
  readonly image: string;
  readonly userData: string;
  readonly volumes: readonly string[];
}

interface ShownServer {
  readonly id: string;
  readonly image: { readonly id: string };
  readonly "OS-EXT-SRV-ATTR:user_data": string;
  readonly "os-extended-volumes:volumes_attached": readonly { readonly id: string }[];
}

let lab: PretendedLab;
let stack: LabStack;
let before: Record<string, number>;

/** The stack's configuration as it was first, with changes. */
async function configure(changes: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await stack.configure({ ...(await machinesOnly(stack, lab.cloud)), nodes: 1, ...changes });
}

/** What Nova knows of a server; its user data is shown to the cloud's administrator alone. */
async function server(name: string): Promise<Server> {
  const client = new CloudClient(lab.cloud.adminEnvironment);
  const { servers } = await client.call<{ servers: ShownServer[] }>(
    "compute",
    `/servers/detail?all_tenants=1&name=^${name}$`,
    { version: "compute 2.79" },
  );
  const [shown] = servers;
  if (shown === undefined) throw new Error(`no server ${name}`);
  const { images } = await client.call<{ images: { id: string; name: string }[] }>("image", "/v2/images");
  const userData = Buffer.from(shown["OS-EXT-SRV-ATTR:user_data"], "base64");
  return {
    id: shown.id,
    image: images.find(({ id }) => id === shown.image.id)?.name ?? "none",
    userData: userData[0] === gzipMark ? gunzipSync(userData).toString("utf8") : userData.toString("utf8"),
    volumes: shown["os-extended-volumes:volumes_attached"].map(({ id }) => id),
  };
}

/** Servers that a preview would replace, rebuild or restart, by host name. */
async function touchedServers(...options: readonly string[]): Promise<string[]> {
  const changes = await previewChanges(stack, ...options);
  const servers = changes.filter(({ urn }) => urn.includes(`${serverType}::`));
  return [...new Set(servers.map(({ urn }) => urn.split("::").pop() ?? ""))];
}

beforeAll(async () => {
  lab = await startPretendedLab("lifecycle");
  await lab.cloud.ensureImage(emptyImage("pretended-next"), () => undefined);
  before = await leftInProject(lab.cloud);
  stack = new LabStack("change", lab.engine, lab.cloud);
  await configure({ protectData: true });
  await stack.run(["up", "--yes", "--skip-preview"]);
});

afterAll(() => {
  stack.forget();
});

describe("a machine that exists", () => {
  // A label is in the user data, and the image would have the provider rebuild the server where it is.
  const changed = { image: "pretended-next", nodePools: { default: { labels: { "example.org/tier": "web" } } } };

  it("keeps its floating address when an earlier version led it to its port, and depends on no other machine any more", async () => {
    const { addresses, state } = asEarlierVersionsDid(await stack.run(["stack", "export"]));
    expect(Object.values(serversBefore(state)).flat()).toHaveLength(1);
    const file = path.join(stack.directory, "earlier.json");
    fs.writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
    await stack.run(["stack", "import", "--file", file]);
    const openstack = openstackClient(lab.cloud);
    const list = () => openstack.read("floating", "ip", "list");
    const earlier = await list();
    const changes = await previewChanges(stack);
    expect(changes.map(({ op, urn }) => [op, urn.split("$").pop()]).sort()).toEqual(
      ["change-default-0", "change-master-0"].map((machine) => [
        "create",
        `${associationType}::${machine}-port-floating-ip-association`,
      ]),
    );
    await stack.run(["up", "--yes", "--skip-preview"]);
    expect(await list()).toEqual(earlier);
    expect(addresses).toHaveLength(2);
    const after = JSON.parse(await stack.run(["stack", "export"])) as State;
    expect(serversBefore(after)).toEqual({ "change-default-0": [], "change-master-0": [] });
    for (const options of [[], ["--refresh"]]) expect(await previewChanges(stack, ...options)).toEqual([]);
  });

  it("stays as it is when image and user data change, and the preview says what it waits for", async () => {
    await configure({ ...changed, protectData: true });
    expect(await touchedServers()).toEqual([]);
    const text = await stack.run(["preview"]);
    expect(text).toContain("set master.generation to 2");
    expect(text).toContain("set nodePools.default.generation to 2");
    expect(text).toContain("change-default-0: image pretended-next (is pretended)");
  });

  it("is not cut off from its network, nor deleted for another name: the update is refused", async () => {
    const pool = (addressOffset: number) => ({ nodePools: { default: { addressOffset } } });
    for (const [change, words] of [
      [{ hostCidr: "192.168.0.0/24" }, /hostCidr[^]*keep 192\.168\.0\.0\/27/],
      [pool(20), /nodePools\.default\.addressOffset[^]*set it to 15/],
      [{ clusterName: "another" }, /clusterName[^]*set it to change/],
    ] as const) {
      await configure({ ...change, protectData: true });
      expect(await refusal(stack, ["up", "--yes", "--skip-preview"])).toMatch(words);
    }
  });

  it("keeps its certificates in the state, too, when others are to be valid for another time; the administrator's are made anew", async () => {
    await configure({ certificateValidityHours: 4000, protectData: true });
    const issued = (await previewChanges(stack)).filter(({ urn }) => urn.includes("LocallySignedCert"));
    expect(issued.map(({ urn }) => urn.split("::").pop()).sort()).toEqual([
      "change-pki-administrator-certificate",
      "change-pki-break-glass-certificate",
    ]);
  });

  it("keeps running when the SSH key for new machines changes", async () => {
    const sshPublicKey =
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFvAgrsRPSWch0qJuoUTaTX3iyi0PAv6KPnnnx+yJn5J another@example";
    await configure({ sshPublicKey, protectData: true });
    expect(await touchedServers()).toEqual([]);
    const earlier = await server("change-default-0");
    await stack.run(["up", "--yes", "--skip-preview"]);
    expect(await server("change-default-0")).toEqual(earlier);
  });

  it("is none the worse for an interface that somebody gave its server, nor for its loss", async () => {
    await configure({ protectData: true });
    const openstack = openstackClient(lab.cloud);
    await openstack.run("port", "create", "--network", "change-network", "somebody-else");
    await openstack.run("server", "add", "port", "change-default-0", "somebody-else");
    expect(await touchedServers("--refresh")).toEqual([]);
    await openstack.run("port", "delete", "somebody-else");
    await openstack.run("server", "remove", "port", "change-default-0", "change-default-0");
    expect(await touchedServers("--refresh")).toEqual([]);
    await openstack.run("server", "add", "port", "change-default-0", "change-default-0");
  });

  it("is powered on by an update that looks at the cloud, when somebody has powered it off", async () => {
    const openstack = openstackClient(lab.cloud);
    const status = async () =>
      (await openstack.run("server", "show", "-f", "value", "-c", "status", "change-default-0")).trim();
    await openstack.run("server", "stop", "change-default-0");
    await vi.waitFor(
      async () => {
        expect(await status()).toBe("SHUTOFF");
      },
      { timeout: 120_000, interval: 2_000 },
    );
    expect(await touchedServers()).toEqual([]);
    expect(await touchedServers("--refresh")).toEqual(["change-default-0"]);
    await stack.run(["up", "--refresh", "--yes", "--skip-preview"]);
    expect(await status()).toBe("ACTIVE");
  });

  it("is replaced with the new image and user data, and no other machine is, when its pool's generation is raised", async () => {
    const earlier = { node: await server("change-default-0"), master: await server("change-master-0") };
    expect(earlier.node.userData).not.toContain("example.org/tier");
    const nodePools = { default: { ...changed.nodePools.default, generation: 2 } };
    await configure({ ...changed, nodePools, certificateValidityHours: 4000, protectData: true });
    expect(await touchedServers()).toEqual(["change-default-0"]);
    expect(await stack.run(["preview"])).toContain("change-default-0 is replaced by a new machine");
    await stack.run(["up", "--yes", "--skip-preview"]);
    const node = await server("change-default-0");
    expect(node.id).not.toBe(earlier.node.id);
    expect(node.image).toBe("pretended-next");
    expect(node.userData).toContain("example.org/tier=web");
    const file = (text: string, name: string) => parseUserData(text).files.get(`/etc/kubernetes/pki/${name}`)?.content;
    expect(file(node.userData, "kubelet.key")).not.toBe(file(earlier.node.userData, "kubelet.key"));
    expect(file(node.userData, "ca.crt")).toBe(file(earlier.node.userData, "ca.crt"));
    const hours = ({ userData }: Server): number => {
      const { validFromDate, validToDate } = new X509Certificate(file(userData, "kubelet.crt") ?? "");
      return (validToDate.getTime() - validFromDate.getTime()) / 3_600_000;
    };
    expect([earlier.node, node].map(hours)).toEqual([8760, 4000]);
    expect(await server("change-master-0")).toEqual(earlier.master);
    expect(await previewChanges(stack)).toEqual([]);
  });

  it("gives a master of the next generation the volume of the one before, and restores etcd on it when told to", async () => {
    const earlier = await server("change-master-0");
    expect(earlier.volumes).toHaveLength(1);
    const etcdRestore = "snapshot-20261127T145800Z.db";
    const nodePools = { default: { generation: 2 } };
    await configure({ etcdRestore, nodePools, protectData: true });
    expect(await touchedServers()).toEqual([]);
    expect(await stack.run(["preview"])).toContain("nothing is restored until master.generation is set to 2");
    await configure({ etcdRestore, master: { generation: 2 }, nodePools, protectData: true });
    expect(await touchedServers()).toEqual(["change-master-0"]);
    expect(await stack.run(["preview"])).toContain(`change-master-0 makes etcd's data anew from ${etcdRestore}`);
    const text = await stack.run(["up", "--yes", "--skip-preview"]);
    // What etcd wrote is on the volume when the cloud detaches it.
    expect(text).toContain("change-master-0: shutting down");
    expect(text).not.toContain("without being shut down");
    const master = await server("change-master-0");
    expect(master.id).not.toBe(earlier.id);
    expect(master.volumes).toEqual(earlier.volumes);
    expect(master.userData).toContain(`SNAPSHOT="${etcdRestore}"`);
    expect(await previewChanges(stack)).toEqual([]);
    expect(await stack.run(["preview"])).not.toMatch(/restored|anew/);
    // The key may go or stay: what the master was made from is the past.
    await configure({ master: { generation: 2 }, nodePools, protectData: true });
    expect(await previewChanges(stack)).toEqual([]);
  });
});

describe("what cannot be made again", () => {
  const generations = { master: { generation: 2 }, nodePools: { default: { generation: 2 } } };

  it("is not replaced for another volume type: refused before anything is touched", async () => {
    const client = new CloudClient(lab.cloud.adminEnvironment);
    await client.call("volumev3", "/types", { method: "POST", json: { volume_type: { name: "other" } } });
    await configure({ ...generations, etcdVolume: { enabled: true, sizeGiB: 1, type: "other" }, protectData: true });
    const text = await refusal(stack, ["up", "--yes", "--skip-preview"]);
    expect(text).toMatch(/etcdVolume\.type[^]*holds the cluster's data/);
  });

  it("is not destroyed before the user says so, and then everything is", async () => {
    await configure({ ...generations, protectData: true });
    // With the preview that destroy makes by itself: it stops there.
    const text = await refusal(stack, ["destroy", "--yes"]);
    expect(text).toMatch(/change-master-0-etcd[^]*protect/);
    expect((await server("change-master-0")).volumes).toHaveLength(1);
    await configure({ ...generations, protectData: false });
    await stack.run(["up", "--yes", "--skip-preview"]);
    await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(await leftInProject(lab.cloud)).toEqual(before);
  });
});
