import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OpenStackImages } from "../../golden-image/cloud.ts";
import { makeImage } from "../../golden-image/image.ts";
import { repositoryRoot } from "../../lab/lib/paths.ts";
import { LabStack } from "../../lab/lib/stack.ts";
import { CloudClient } from "../../lab/openstack/client.ts";
import { leftInProject, refusal, startPretendedLab, type PretendedLab } from "../program/support.ts";

const project = path.join(repositoryRoot, "golden-image");

/** Pretended machines never say that they are prepared: the test plays the machine's part, and the cloud's in storing its disk. */
describe("a golden image on a real OpenStack", () => {
  let lab: PretendedLab;
  let stack: LabStack;
  let before: Record<string, number>;

  beforeAll(async () => {
    lab = await startPretendedLab("golden-image");
    before = await leftInProject(lab.cloud);
    stack = new LabStack("golden", lab.engine, lab.cloud, project);
    await stack.configure({
      image: "pretended",
      flavor: "lab.master",
      access: "floatingIp",
      externalNetwork: lab.cloud.externalNetwork,
      timeoutMinutes: 1,
    });
  });

  afterAll(() => {
    stack.forget();
  });

  const builder = async (client: CloudClient): Promise<string> => {
    const { servers } = await client.call<{ servers: { id: string; name: string }[] }>("compute", "/servers");
    const id = servers.find(({ name }) => name === "kovhernetes-image-golden")?.id;
    if (id === undefined) throw new Error("no builder");
    return id;
  };

  it("is not made of a machine that is not prepared in time", async () => {
    const text = await refusal(stack, ["up", "--yes", "--skip-preview"]);
    expect(text).toContain("kovhernetes-image-golden was not prepared within 1 minutes");
    expect(text).toContain("pulumi destroy");
    expect(text).not.toMatch(/^\s+at .*\.[jt]s:\d+/m);
  });

  it("is not made of a machine that somebody powered off, nor is that machine started again", async () => {
    const client = new CloudClient(lab.cloud.environment);
    const id = await builder(client);
    await lab.cloud.exec(["openstack", "server", "stop", id], { environment: lab.cloud.environment, timeout: 60 });
    const text = await refusal(stack, ["up", "--yes", "--skip-preview"]);
    expect(text).toContain("it is off, and was not heard to say that it is prepared");
  });

  it("is made by Nova of a prepared machine, with what it is in its properties", async () => {
    const client = new CloudClient(lab.cloud.environment);
    const serverId = await builder(client);
    const openstack = (...args: string[]) =>
      lab.cloud.exec(["openstack", ...args], { environment: lab.cloud.environment, timeout: 60 });
    const token = JSON.parse(await openstack("token", "issue", "-f", "json")) as { id: string };
    const catalogue = JSON.parse(await openstack("catalog", "list", "-f", "json")) as {
      Type: string;
      Endpoints: { interface: string; url: string }[];
    }[];
    const url = (type: string): string =>
      catalogue.find(({ Type }) => Type === type)?.Endpoints.find((one) => one.interface === "public")?.url ?? "";
    const cloud = new OpenStackImages(() => Promise.resolve({ url, token: token.id }));
    const imageName = "kovhernetes-golden-test";
    let isUploaded = false;
    const made = await makeImage({
      // What a pretended machine cannot say.
      cloud: {
        status: (id) => cloud.status(id),
        stop: (id) => cloud.stop(id),
        console: () => Promise.resolve("kovhernetes: b: the image is prepared in 1 s: everything\n"),
        createImage: (...args) => cloud.createImage(...args),
        imagesNamed: (name) => cloud.imagesNamed(name),
        image: async (id) => {
          const state = await cloud.image(id);
          if (state?.status === "queued" && !isUploaded) {
            isUploaded = true;
            // Nova's pretended driver stores no disk.
            const form = [
              { op: "add", path: "/disk_format", value: "raw" },
              { op: "add", path: "/container_format", value: "bare" },
            ];
            const contentType = "application/openstack-images-v2.1-json-patch";
            await client.call("image", `/v2/images/${id}`, { method: "PATCH", json: form, contentType });
            await client.call("image", `/v2/images/${id}/file`, {
              method: "PUT",
              body: new Blob(["disk"]).stream(),
              contentType: "application/octet-stream",
            });
          }
          return state;
        },
      },
      ...{ serverId, hostName: "b", imageName, properties: { kovhernetes_kubernetes: "1.36.3" }, timeoutMinutes: 2 },
      tell: console.log,
      warn: console.log,
    });
    expect(made).toMatchObject({ name: imageName, holds: "in 1 s: everything", sizeMiB: 0 });
    const properties = await client.call<Record<string, unknown>>("image", `/v2/images/${made.id}`);
    expect(properties).toMatchObject({
      name: imageName,
      status: "active",
      kovhernetes_kubernetes: "1.36.3",
      kovhernetes_builder: serverId,
      kovhernetes_holds: "in 1 s: everything",
    });
    await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(await leftInProject(lab.cloud)).toEqual(before);
    // The image outlives the machine that it was made from.
    expect((await cloud.imagesNamed(imageName)).map(({ id }) => id)).toEqual([made.id]);
    await client.call("image", `/v2/images/${made.id}`, { method: "DELETE" });
  });
});
