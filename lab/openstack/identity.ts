import type { Addresses } from "./addresses.ts";
import { CloudClient, CloudError, type Environment } from "./client.ts";

const password = "secret";

/** Where Keystone answers. */
export function authUrlOf(addresses: Addresses): string {
  return `http://${addresses.cloud}:5000/v3`;
}

/** Credentials of the user `name` of the project with the same name. All of the lab's passwords are the same. */
export function environmentOf(addresses: Addresses, name: string): Environment {
  return {
    OS_AUTH_URL: authUrlOf(addresses),
    OS_IDENTITY_API_VERSION: "3",
    OS_REGION_NAME: "RegionOne",
    OS_USERNAME: name,
    OS_PASSWORD: password,
    OS_PROJECT_NAME: name,
    OS_USER_DOMAIN_NAME: "Default",
    OS_PROJECT_DOMAIN_NAME: "Default",
  };
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Fills a newly bootstrapped Keystone: service users and catalogue, and the unprivileged users `lab` and `small`. */
export async function seedIdentity(admin: CloudClient, addresses: Addresses): Promise<void> {
  const role = await roleIdentifiers(admin);
  const serviceRole = await make(admin, "role", { name: "service" });
  const serviceProject = await make(admin, "project", { name: "service", domain_id: "default" });
  for (const { name, type, port, path } of services) {
    await makeUser(admin, name, serviceProject, [role("admin"), serviceRole]);
    const service = await make(admin, "service", { name, type });
    const url = `http://${addresses.cloud}:${port}${path}`;
    for (const audience of ["public", "internal", "admin"]) {
      await make(admin, "endpoint", { service_id: service, interface: audience, url, region_id: "RegionOne" });
    }
  }
  for (const name of ["lab", "small"]) await ensureProject(admin, name);
}

/** Makes a project, and an unprivileged user of it with the same name; one that is there is left as it is. */
export async function ensureProject(admin: CloudClient, name: string): Promise<void> {
  const role = await roleIdentifiers(admin);
  try {
    const project = await make(admin, "project", { name, domain_id: "default" });
    await makeUser(admin, name, project, [role("member")]);
  } catch (error) {
    if (!(error instanceof CloudError && error.status === 409)) throw error;
  }
}

/** Makes a thing of Keystone's and gives its identifier. */
async function make(admin: CloudClient, kind: string, body: object): Promise<string> {
  const json = { [kind]: body };
  const answer = await admin.call<Record<string, Named>>("identity", `/${plural(kind)}`, { method: "POST", json });
  return answer[kind]?.id ?? "";
}

async function makeUser(
  admin: CloudClient,
  name: string,
  projectId: string,
  roleIds: readonly string[],
): Promise<void> {
  const id = await make(admin, "user", { name, password, domain_id: "default", default_project_id: projectId });
  for (const role of roleIds) {
    await admin.call("identity", `/projects/${projectId}/users/${id}/roles/${role}`, { method: "PUT" });
  }
}

/** Gives what knows the identifiers of Keystone's roles by name. */
async function roleIdentifiers(admin: CloudClient): Promise<(name: string) => string> {
  const { roles } = await admin.call<{ roles: Named[] }>("identity", "/roles");
  return (name) => roles.find((candidate) => candidate.name === name)?.id ?? "";
}

const services = [
  { name: "glance", type: "image", port: 9292, path: "" },
  { name: "placement", type: "placement", port: 8778, path: "" },
  { name: "nova", type: "compute", port: 8774, path: "/v2.1" },
  { name: "neutron", type: "network", port: 9696, path: "" },
  { name: "cinder", type: "volumev3", port: 8776, path: "/v3/%(project_id)s" },
] as const;

function plural(kind: string): string {
  return `${kind}s`;
}
