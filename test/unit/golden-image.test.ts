import * as fs from "node:fs";
import { describe, expect, it } from "vitest";
import { renderImageBuilder, renderMaster, renderNode } from "../../cloudinit";
import { builderUserData } from "../../golden-image/builder";
import type { ImageCloud, ImageState } from "../../golden-image/cloud";
import { makeImage } from "../../golden-image/image";
import { judgeBuilder } from "../../golden-image/preparation";
import { ImageFailure } from "../../golden-image/waiting";
import { validateImageSettings, type ImageSettings } from "../../golden-image/settings";
import { masterDescription, nodeDescription } from "../support/descriptions";
import { MachineRoot } from "../support/machine-root";
import { parseUserData } from "../support/user-data";

const wanted = { image: "Debian 12", flavor: "b3-8", externalNetwork: "Ext-Net" };

function settingsOf(raw: Readonly<Record<string, unknown>> = {}): ImageSettings {
  const result = validateImageSettings({ ...wanted, ...raw });
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result.settings;
}

function problemsOf(raw: Readonly<Record<string, unknown>>, secretKeys?: ReadonlySet<string>) {
  const result = validateImageSettings(raw, secretKeys);
  return "problems" in result ? result.problems : [];
}

describe("settings of an image", () => {
  it("are complete with three keys, and the image is named after its release and base", () => {
    expect(settingsOf()).toMatchObject({
      imageName: "kovhernetes-1.36.3-debian-12",
      kubernetes: { version: "1.36.3" },
      access: { mode: "direct", externalNetwork: "Ext-Net" },
      timeoutMinutes: 60,
    });
    expect(settingsOf({ kubernetesVersion: "1.37.0", image: "Ubuntu 24.04 (LTS)" }).imageName).toBe(
      "kovhernetes-1.37.0-ubuntu-24.04-lts",
    );
  });

  it("take a network that exists in place of an external one", () => {
    expect(settingsOf({ externalNetwork: undefined, network: "shared" }).access).toEqual({
      mode: "network",
      network: "shared",
    });
  });

  it("are answered with all their mistakes at once, each with its key and remedy", () => {
    const problems = problemsOf({
      flavour: "b3-8",
      access: "none",
      kubernetesVersion: "1.12.0",
      imageName: "a/b",
      artifactMirror: "ftp://mirror",
      timeoutMinutes: "soon",
    });
    expect(problems.map(({ key }) => key).sort()).toEqual(
      [
        ...["access", "artifactMirror", "externalNetwork", "flavor", "flavour", "image"],
        ...["imageName", "kubernetesVersion", "timeoutMinutes"],
      ].sort(),
    );
    expect(problems.find(({ key }) => key === "flavour")?.remedy).toBe("write flavor");
    for (const { remedy } of problems) expect(remedy).not.toBe("");
  });

  it("refuse two networks, and never show a secret", () => {
    expect(problemsOf({ ...wanted, network: "shared", access: "direct" }).map(({ key }) => key)).toEqual([
      "externalNetwork",
      "access",
    ]);
    expect(JSON.stringify(problemsOf({ ...wanted, imageName: "se/cret" }, new Set(["imageName"])))).not.toContain(
      "se/cret",
    );
  });
});

describe("user data of the machine that becomes an image", () => {
  const text = builderUserData(settingsOf({ registryMirrors: { "docker.io": ["https://mirror.example"] } }), "builder");
  const { document, files } = parseUserData(text);

  it("fetches every file that masters and nodes fetch, from the same addresses with the same checksums", () => {
    const { releases } = masterDescription;
    const image = parseUserData(
      renderImageBuilder({ ...masterDescription, releases, images: [masterDescription.pauseImage] }),
    );
    for (const machine of [renderMaster(masterDescription), renderNode(nodeDescription)]) {
      const parameters = [...parseUserData(machine).files].filter(([path]) =>
        path.startsWith("/etc/kovhernetes/release/"),
      );
      expect(parameters.length).toBeGreaterThan(4);
      for (const [path, file] of parameters) expect(image.files.get(path)).toEqual(file);
    }
  });

  it("has the settings of containerd that the cluster's machines have", () => {
    const image = parseUserData(renderImageBuilder({ ...nodeDescription, images: [] })).files;
    for (const [path, file] of parseUserData(renderNode(nodeDescription)).files) {
      if (path.startsWith("/etc/containerd/")) expect(image.get(path)).toEqual(file);
    }
  });

  it("pulls the images that clusters run from the start", () => {
    const images = /IMAGES="(.*)"/.exec(files.get("/etc/kovhernetes/image.env")?.content ?? "")?.[1]?.split(" ");
    expect(images?.map((image) => image.replace(/:.*/, ""))).toEqual([
      "registry.k8s.io/pause",
      "docker.io/coredns/coredns",
      "ghcr.io/flannel-io/flannel",
      "ghcr.io/flannel-io/flannel-cni-plugin",
      "registry.k8s.io/networking/kube-network-policies",
    ]);
  });

  it("holds no secret, no key and nothing of a cluster, and nobody can log in by it", () => {
    expect(text).not.toMatch(/PRIVATE KEY|CERTIFICATE|ssh-(rsa|ed25519)|ecdsa-sha2/);
    expect([...files.values()].filter(({ mode }) => mode === "0600")).toEqual([]);
    expect([...files.keys()].filter((path) => /^\/etc\/(kubernetes|etcd)/.test(path))).toEqual([]);
    expect(Object.keys(document)).not.toContain("ssh_authorized_keys");
    expect(Object.keys(document)).not.toContain("users");
    expect(document).toMatchObject({ disable_root: true, ssh_pwauth: false });
  });

  it("leaves nothing that starts by itself: its one unit is in memory, and it enables none", () => {
    const units = [...files.keys()].filter((path) => /\.(service|timer|target|socket|mount|path)$/.test(path));
    expect(units).toEqual(["/run/systemd/system/kovhernetes-image.service"]);
    expect(text).not.toMatch(/systemctl enable|"enable"|\[Install\]/);
  });

  it("refuses what could change the meaning of a file", () => {
    const hostile = { ...nodeDescription, images: ["x; reboot"], hostName: "a b" };
    expect(() => renderImageBuilder(hostile)).toThrow(/host name.*\n.*not an image reference/s);
  });
});

describe("prepare-image.sh", () => {
  /** A machine whose programs tell what they were asked; the cleaning, which is of the whole machine, is tested in its own image. */
  function machineWith(ctr: string): MachineRoot {
    const machine = new MachineRoot();
    machine.install(
      renderImageBuilder({
        hostName: "builder",
        releases: [],
        images: ["r.example/a:1", "r.example/b:2"],
        pauseImage: "r.example/a:1",
        registryMirrors: {},
      }),
    );
    for (const program of ["systemctl", "apt-get", "containerd", "sleep"]) {
      machine.program(`bin/${program}`, `echo ${program} "$@" >>${machine.at("asked")}`);
    }
    machine.program("bin/ctr", `echo ctr "$@" >>${machine.at("asked")}\n${ctr}`);
    machine.program("opt/kovhernetes/lib/install-packages.sh", "exit 0");
    machine.program("opt/kovhernetes/lib/clean-image.sh", `echo clean >>${machine.at("asked")}`);
    machine.write("run/none", "");
    machine.write("opt/kovhernetes/release/kubelet-1.36.3.sha256", "ab\n");
    machine.write("var/lib/containerd/none", "");
    return machine;
  }

  it("pulls each image into the kubelet's namespace, cleans, says so, takes its own files away, and powers off when nobody heard it for a quarter of an hour", async () => {
    const machine = machineWith(`case "$*" in *list*) printf 'r.example/a:1\\nr.example/b:2\\n' ;; esac`);
    const { code, output } = await machine.run("prepare-image.sh");
    expect([code, output]).toEqual([0, expect.stringContaining("the image is prepared in ")]);
    const asked = machine.read("asked").trim().split("\n");
    expect(asked.filter((line) => line.includes("pull"))).toEqual([
      "ctr --namespace k8s.io images pull --hosts-dir /etc/containerd/certs.d r.example/a:1",
      "ctr --namespace k8s.io images pull --hosts-dir /etc/containerd/certs.d r.example/b:2",
    ]);
    expect(asked.slice(-3)).toEqual(["clean", "sleep 900", "systemctl poweroff --no-block"]);
    expect(machine.console()).toMatch(
      /builder: the image is prepared in \d+ s: 1 release files, \d+ MiB; 2 container images, \d+ MiB\r\n$/,
    );
    expect(fs.existsSync(machine.at("etc/kovhernetes"))).toBe(false);
    expect(fs.existsSync(machine.at("opt/kovhernetes/lib"))).toBe(false);
    expect(fs.existsSync(machine.at("opt/kovhernetes/release/kubelet-1.36.3.sha256"))).toBe(true);
    machine.remove();
  });

  it.each([
    [
      "cannot be pulled",
      `case "$*" in *pull*b:2) echo "no such host" >&2; exit 1 ;; esac`,
      /problem: no image r\.example\/b:2: no such host/,
    ],
    [
      "is not there after it was pulled",
      `case "$*" in *list*) echo r.example/a:1 ;; esac`,
      /problem: containerd does not list r\.example\/b:2/,
    ],
    ["has no containerd to hold it", `case "$*" in version) exit 1 ;; esac`, /problem: containerd does not start/],
  ])("stays on and says why when an image %s", async (_, ctr, words) => {
    const machine = machineWith(ctr);
    expect(await machine.run("prepare-image.sh")).toMatchObject({ code: 1 });
    expect(machine.console()).toMatch(words);
    expect(machine.read("asked")).not.toMatch(/clean|poweroff/);
    expect(fs.existsSync(machine.at("etc/kovhernetes/image.env"))).toBe(true);
    machine.remove();
  });
});

describe("a machine of a cluster that is made from the image", () => {
  it.each([
    ["master", renderMaster(masterDescription)],
    ["node", renderNode(nodeDescription)],
  ])("downloads nothing as a %s", async (_, userData) => {
    const machine = new MachineRoot();
    machine.install(userData);
    machine.program("bin/curl", `echo "$@" >>${machine.at("downloads")}; exit 1`);
    machine.program("bin/apt-get", `echo apt-get "$@" >>${machine.at("downloads")}; exit 1`);
    for (const release of masterDescription.releases) {
      const { checksum, install } = release;
      // Hash of what was fetched; a pinned one has to be the same.
      machine.write(
        `opt/kovhernetes/release/${release.name}-${release.version}.sha256`,
        `${"sha256" in checksum ? checksum.sha256 : "cd".repeat(32)}\n`,
      );
      const paths =
        install.kind === "binary" ? [install.path] : install.members.map((member) => `${install.directory}/${member}`);
      for (const path of paths) machine.write(path.slice(1), "", 0o755);
      if (install.kind === "archive") fs.mkdirSync(machine.at(install.directory.slice(1)), { recursive: true });
    }
    const fetched = [...parseUserData(userData).files.keys()].filter((path) =>
      /^\/etc\/kovhernetes\/release\//.test(path),
    );
    expect(fetched.length).toBeGreaterThan(4);
    for (const path of fetched) {
      const environmentFile = path.slice(1);
      const parameters = machine.read(environmentFile).replace(/^TARGET="/m, `TARGET="${machine.directory}`);
      machine.write(environmentFile, parameters);
      const { code, output } = await machine.run("fetch.sh", { environmentFile });
      expect([code, output]).toEqual([0, expect.stringMatching(/is in the image\n$/)]);
    }
    expect(fs.existsSync(machine.at("downloads"))).toBe(false);
    machine.remove();
  });
});

const image = (id: string, changes: Partial<ImageState> = {}): ImageState => ({
  ...{ id, status: "active", sizeBytes: 2 ** 30, builder: undefined, holds: undefined },
  ...changes,
});

/** A cloud that gives its answers one after the other, the last again and again. */
function pretend(answers: {
  readonly status: readonly (string | undefined)[];
  readonly console?: readonly string[];
  readonly image?: readonly (ImageState | undefined)[];
  readonly named?: readonly ImageState[];
}) {
  const made: unknown[] = [];
  const next = <T>(list: readonly T[]): (() => T) => {
    let index = 0;
    return () => list[Math.min(index++, list.length - 1)] as T;
  };
  const status = next(answers.status);
  const console = next(answers.console ?? [""]);
  const state = next(answers.image ?? [image("new")]);
  let isStopped = false;
  const cloud: ImageCloud = {
    status: () => Promise.resolve(isStopped ? "SHUTOFF" : status()),
    stop: () => {
      isStopped = true;
      return Promise.resolve();
    },
    console: () => Promise.resolve(console()),
    createImage: (...args) => {
      made.push(args);
      return Promise.resolve("new");
    },
    image: () => Promise.resolve(state()),
    imagesNamed: () => Promise.resolve(answers.named ?? []),
  };
  return { cloud, made };
}

const prepared =
  "kovhernetes: builder: the image is prepared in 100 s: 10 release files, 700 MiB; 4 container images, 200 MiB\r\n";

describe("making the image", () => {
  async function run(cloud: ImageCloud, timeoutMinutes = 60) {
    const told: string[] = [];
    const warned: string[] = [];
    let now = 0;
    const result = await makeImage({
      ...{
        cloud,
        serverId: "server-1",
        hostName: "builder",
        imageName: "golden",
        properties: { a: "b" },
        timeoutMinutes,
      },
      tell: (text) => told.push(text),
      warn: (text) => warned.push(text),
      clock: () => now,
      delay: (milliseconds) => Promise.resolve((now += milliseconds)),
    }).catch((error: unknown) => error);
    return { result, told, warned };
  }

  it("waits for the machine's word, shuts it down, then waits for Glance", async () => {
    const { cloud, made } = pretend({
      status: ["BUILD", "ACTIVE"],
      console: ["", "kovhernetes: builder: fetched kubelet 1.36.3 in 2 s", prepared],
      image: [image("new", { status: "queued" }), image("new", { status: "saving" }), image("new")],
    });
    const { result, told } = await run(cloud);
    const holds = "in 100 s: 10 release files, 700 MiB; 4 container images, 200 MiB";
    expect(result).toEqual({ id: "new", name: "golden", holds, sizeMiB: 1024, storedInSeconds: 10 });
    expect(made).toEqual([
      ["server-1", "golden", { a: "b", kovhernetes_builder: "server-1", kovhernetes_holds: holds }],
    ]);
    expect(told).toContain("builder: fetched kubelet 1.36.3 in 2 s");
    expect(told.at(-1)).toBe("the image golden is there, 1024 MiB");
  });

  it("makes no second image of a machine that has become one", async () => {
    const { cloud, made } = pretend({
      status: ["SHUTOFF"],
      named: [image("old", { builder: "server-1", holds: "much" })],
    });
    expect((await run(cloud)).result).toMatchObject({ id: "old", holds: "much" });
    expect(made).toEqual([]);
  });

  it.each([
    ["was powered off by somebody", ["SHUTOFF"], "", /it is off, and was not heard to say that it is prepared/],
    ["is gone", [undefined], "", /gone from the cloud/],
    ["is in state ERROR", ["ERROR"], "", /state ERROR/],
    [
      "cannot go on",
      ["ACTIVE"],
      "kovhernetes: builder: problem: no image x: denied",
      /within 60 minutes.*\n.*cannot go on: no image x: denied/,
    ],
    ["never speaks", ["ACTIVE"], "Kernel panic", /within 60 minutes.*\n.*console ends:\n\s+Kernel panic/],
  ])("makes none of a machine that %s, and says what to do", async (_, status, console, words) => {
    const { cloud, made } = pretend({ status, console: [console] });
    const { result } = await run(cloud);
    expect(result).toBeInstanceOf(ImageFailure);
    expect((result as Error).message).toMatch(words);
    expect((result as Error).message).toContain("pulumi destroy");
    expect(made).toEqual([]);
  });

  it("hears the word while the machine runs: of one that is off some clouds have no console", async () => {
    const { cloud } = pretend({ status: ["ACTIVE"], console: [prepared, ""] });
    expect((await run(cloud)).result).toMatchObject({ id: "new" });
    const { cloud: late, made } = pretend({ status: ["SHUTOFF"], console: [""] });
    expect((await run(late)).result).toBeInstanceOf(ImageFailure);
    expect(made).toEqual([]);
  });

  it("asks again where the cloud does not shut the machine down, and makes nothing of one that runs", async () => {
    const { cloud, made } = pretend({ status: ["ACTIVE"], console: [prepared] });
    let asked = 0;
    const late: ImageCloud = {
      ...cloud,
      stop: (id) => (++asked === 3 ? cloud.stop(id) : Promise.reject(new Error("Nova answered 409: task_state"))),
    };
    expect((await run(late)).result).toMatchObject({ id: "new" });
    expect(asked).toBe(3);
    made.length = 0;
    const { cloud: running } = pretend({ status: ["ACTIVE"], console: [prepared] });
    const never: ImageCloud = { ...running, stop: () => Promise.reject(new Error("Nova answered 403: forbidden")) };
    const { result } = await run(never);
    expect((result as Error).message).toMatch(
      /runs still after 60 minutes \(timeoutMinutes\): Nova answered 403: forbidden\.\n.*pulumi destroy/,
    );
    expect(made).toEqual([]);
  });

  it("makes none of a machine that is gone once it was prepared", async () => {
    const { cloud, made } = pretend({ status: ["ACTIVE", undefined], console: [prepared] });
    expect(String((await run(cloud)).result)).toContain("its server is gone");
    expect(made).toEqual([]);
  });

  it("says why the cloud refuses to make one, and asks once", async () => {
    const { cloud } = pretend({ status: ["SHUTOFF"], console: [prepared] });
    let asked = 0;
    const refusing: ImageCloud = {
      ...cloud,
      createImage: () => {
        asked++;
        return Promise.reject(new Error("Nova answered 403: Quota exceeded"));
      },
    };
    const { result } = await run(refusing);
    expect(result).toBeInstanceOf(ImageFailure);
    expect((result as Error).message).toMatch(/Nova answered 403: Quota exceeded.*pulumi up/);
    expect(asked).toBe(1);
  });

  it("warns of a problem once", async () => {
    const { cloud } = pretend({
      status: ["ACTIVE", "ACTIVE", "SHUTOFF"],
      console: [
        "kovhernetes: builder: problem: no image x: denied\n",
        `kovhernetes: builder: problem: no image x: denied\n${prepared}`,
      ],
    });
    const { warned, result } = await run(cloud);
    expect(warned).toEqual(["builder: no image x: denied"]);
    expect(result).toMatchObject({ id: "new" });
  });

  it.each([
    ["killed", image("new", { status: "killed" })],
    ["gone", undefined],
  ])("says of an image that is %s that the cloud could not store it", async (_, state) => {
    const { cloud } = pretend({ status: ["SHUTOFF"], console: [prepared], image: [state] });
    expect(String((await run(cloud)).result)).toContain("could not store it");
  });

  it("judges a paused machine as one that will not go on", () => {
    expect(judgeBuilder("PAUSED", undefined)).toEqual({ kind: "failed", reason: "its server is PAUSED" });
  });
});
