import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { cloudMark, fencesOf } from "../support/documented-commands.ts";
import { NewUser } from "./new-user.ts";
import { startPretendedLab, type PretendedLab } from "./support.ts";

let lab: PretendedLab;
let user: NewUser;

beforeAll(async () => {
  lab = await startPretendedLab("new-user");
  user = new NewUser("first", lab);
});

afterAll(() => {
  user.leave();
});

/** Commands of a document that work on a stack and need no cloud, in their order. */
const stackCommands = (file: string): string[] =>
  fencesOf(file)
    .filter(
      ({ language, text }) =>
        language === "bash" && /^pulumi (config|stack)/m.test(text) && !text.startsWith(cloudMark),
    )
    .map(({ text }) => text);

/** What fits the boxed cloud in place of OVH's names. */
const ours = (): string =>
  [
    "pulumi config set image pretended",
    "pulumi config set flavor lab.master",
    "pulumi config rm masterFlavor",
    "pulumi config rm vlanId",
    "pulumi config set access floatingIp",
    `pulumi config set externalNetwork ${lab.cloud.externalNetwork}`,
  ].join("\n");

describe("a new user", () => {
  it("comes to a preview by the README's own commands", async () => {
    await user.arrive();
    user.install();
    for (const commands of stackCommands("README.md")) await user.type(commands);
    const { config } = parse(fs.readFileSync(path.join(user.folder, "Pulumi.prod.yaml"), "utf8")) as {
      readonly config: Readonly<Record<string, unknown>>;
    };
    expect(config["kovhernetes:sshPublicKey"]).toBe(user.sshPublicKey);
    // The example's region is OVH's.
    await user.type("pulumi config rm openstack:region; pulumi config rm openstack:authUrl");
    await user.type(ours());
    const preview = await user.type("pulumi preview --non-interactive");
    expect(preview).toMatch(/Cluster prod: 4 machines \(4 added\)/);
    expect(preview).toContain("prod-master-0");
  });

  it.each(["docs/ovh.md", "docs/openstack.md", "docs/configuration.md"])(
    "can type every command of %s that sets a key",
    async (file) => {
      await user.arrive();
      user.install();
      const commands = stackCommands(file);
      expect(commands.length).toBeGreaterThan(0);
      if (!commands.some((text) => text.includes("pulumi stack init"))) await user.type("pulumi stack init prod");
      // Each block by itself: some are alternatives.
      for (const text of commands) await user.type(text);
      const values = JSON.parse(await user.type("pulumi config --json")) as Record<string, { secret: boolean }>;
      expect(Object.keys(values).length).toBeGreaterThan(0);
      const password = values["openstack:password"];
      if (password !== undefined) expect(password.secret).toBe(true);
    },
  );

  it("is asked by pulumi new for what a stack needs, whatever the project is called", async () => {
    await user.arrive();
    const folder = user.folderCalled("shop");
    const asked = [
      "--config image=pretended --config flavor=lab.master",
      `--config externalNetwork=${lab.cloud.externalNetwork} --config adminCidrs=203.0.113.7/32`,
      `--config 'sshPublicKey=${user.sshPublicKey}'`,
    ].join(" ");
    // The lab's language host installs no packages, which is the last thing that the command does.
    await user
      .type(`pulumi new ${user.folder} --name shop --stack prod --yes ${asked}`, { folder })
      .catch((error: unknown) => {
        expect(String(error)).toContain("installing dependencies");
      });
    const file = path.join(folder, "Pulumi.prod.yaml");
    const { config } = parse(fs.readFileSync(file, "utf8")) as { readonly config: Readonly<Record<string, unknown>> };
    const answers = ["adminCidrs", "authorization", "externalNetwork", "flavor", "image", "sshPublicKey"];
    expect(Object.keys(config).sort()).toEqual(answers.map((key) => `shop:${key}`));
    expect(config["shop:authorization"]).toBe("RBAC");
    user.install(folder);
    await user.type("pulumi config set access floatingIp", { folder });
    expect(await user.type("pulumi preview --non-interactive", { folder })).toContain(
      "Cluster prod: 2 machines (2 added)",
    );
    await user.type("pulumi config set nodez 3", { folder });
    const refused = await user.type("pulumi preview --non-interactive || true", { folder });
    expect(refused).toMatch(/shop:nodez[^]*write nodes/);
  });
});

describe("credentials", () => {
  const none = { OS_CLIENT_CONFIG_FILE: "/nowhere" };
  const at = (name: string): string => lab.cloud.environment[name] ?? "";

  beforeAll(async () => {
    await user.arrive();
    user.install();
    await user.type("cp Pulumi.dev.yaml Pulumi.prod.yaml; pulumi stack init prod; pulumi config rm openstack:cloud");
    await user.type(ours());
  });

  const previewsWith = async (credentials: NodeJS.ProcessEnv): Promise<void> => {
    const preview = await user.type("pulumi preview --non-interactive", { credentials });
    expect(preview).toContain("Cluster prod: 2 machines (2 added)");
  };

  it("may be variables of the environment", async () => {
    await previewsWith(lab.cloud.environment);
  });

  it("may be an entry of clouds.yaml, named by a variable or by the stack", async () => {
    const clouds = path.join(user.folderCalled("configuration"), "clouds.yaml");
    const entry = {
      auth: {
        auth_url: at("OS_AUTH_URL"),
        username: at("OS_USERNAME"),
        password: at("OS_PASSWORD"),
        project_name: at("OS_PROJECT_NAME"),
        user_domain_name: at("OS_USER_DOMAIN_NAME"),
        project_domain_name: at("OS_PROJECT_DOMAIN_NAME"),
      },
      region_name: at("OS_REGION_NAME"),
    };
    fs.writeFileSync(clouds, stringify({ clouds: { mine: entry } }));
    await previewsWith({ OS_CLIENT_CONFIG_FILE: clouds, OS_CLOUD: "mine" });
    await user.type("pulumi config set openstack:cloud mine");
    await previewsWith({ OS_CLIENT_CONFIG_FILE: clouds });
    await user.type("pulumi config rm openstack:cloud");
  });

  it("may be keys of the stack, the password encrypted", async () => {
    const keys = {
      authUrl: "OS_AUTH_URL",
      region: "OS_REGION_NAME",
      userName: "OS_USERNAME",
      tenantName: "OS_PROJECT_NAME",
      userDomainName: "OS_USER_DOMAIN_NAME",
      projectDomainName: "OS_PROJECT_DOMAIN_NAME",
    };
    const sets = Object.entries(keys).map(([key, name]) => `pulumi config set openstack:${key} '${at(name)}'`);
    await user.type([...sets, `pulumi config set --secret openstack:password '${at("OS_PASSWORD")}'`].join("\n"));
    await previewsWith(none);
    expect(fs.readFileSync(path.join(user.folder, "Pulumi.prod.yaml"), "utf8")).not.toContain(at("OS_PASSWORD"));
  });

  it("that are missing are answered with all three ways", async () => {
    await user.type("pulumi config rm openstack:authUrl; pulumi config rm openstack:password");
    const text = await user.type("pulumi preview --non-interactive || true", { credentials: none });
    for (const way of ["OS_AUTH_URL", "clouds.yaml", "openstack:"]) expect(text).toContain(way);
    expect(text).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  });
});
