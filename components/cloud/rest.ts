import { z } from "zod";
import { ask, mapAnswer, type Answer } from "./answer";
import type { ServiceType } from "./catalogue";
import { hasStatus } from "./cloud-error";
import { CloudServices, enterByProvider, type ProjectEntrance } from "./services";
import type { FlavorFacts, NetworkFacts, NetworkQuota, Standing } from "./facts";

/** What no data source of the provider tells is asked of the services themselves, with the provider's own token. */
export interface CloudSession extends Pick<ProjectEntrance, "projectId" | "roles" | "services"> {
  /** Gets a path below a service's address in the catalogue. @throws CloudError when the service does not answer with success */
  readonly get: (service: ServiceType, path: string) => Promise<unknown>;
}

const requestTimeout = 20_000;

/** Enters the cloud, once for all questions. */
export async function openSession(): Promise<Answer<CloudSession>> {
  const cloud = new CloudServices(() => enterByProvider("feasibility"), requestTimeout);
  return mapAnswer(await ask(() => cloud.entered()), ({ projectId, roles, services }) => ({
    projectId,
    roles,
    services,
    get: (service, path) => cloud.get(`the ${service} service`, (url) => `${url(service)}${path}`),
  }));
}

/** What Keystone says of whoever asks. */
export function standingOf({ services, roles }: CloudSession): Standing {
  return { services, isAdministrator: roles.includes("admin") };
}

/** @throws Error when the answer has not the form that is needed of it */
export function inForm<T>(service: string, form: z.ZodType<T>, answer: unknown): T {
  const parsed = form.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new Error(`the ${service} service answered in a form that is not known here`);
}

/** Gets a path of Neutron, whose address the catalogue gives with its version on some clouds, and without on others. */
export async function getFromNetwork({ get }: CloudSession, path: string): Promise<unknown> {
  try {
    return await get("network", `/v2.0${path}`);
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
    return get("network", path);
  }
}

const used = z.object({ used: z.number() }).transform((count) => count.used);
const networkDetails = z.object({
  quota: z.object({
    network: used,
    subnet: used,
    router: used,
    port: used,
    floatingip: used,
    security_group: used,
    security_group_rule: used,
  }),
});

/** What a project has in Neutron. */
export function askNetworkUse(session: CloudSession): Promise<Answer<NetworkQuota>> {
  return ask(async () => {
    const answer = await getFromNetwork(session, `/quotas/${session.projectId}/details.json`);
    const { quota } = inForm("network", networkDetails, answer);
    return {
      networks: quota.network,
      subnets: quota.subnet,
      routers: quota.router,
      ports: quota.port,
      floatingAddresses: quota.floatingip,
      securityGroups: quota.security_group,
      securityGroupRules: quota.security_group_rule,
    };
  });
}

const networkAnswer = z.object({
  network: z.object({
    shared: z.boolean(),
    "router:external": z.boolean().optional(),
    project_id: z.string().optional(),
    tenant_id: z.string().optional(),
    port_security_enabled: z.boolean().optional(),
  }),
});

/** What Neutron tells of a network. */
export function askNetwork(session: CloudSession, networkId: string): Promise<Answer<NetworkFacts>> {
  return ask(async () => {
    const { network } = inForm("network", networkAnswer, await getFromNetwork(session, `/networks/${networkId}`));
    return {
      external: network["router:external"] === true,
      shared: network.shared,
      own: (network.project_id ?? network.tenant_id) === session.projectId,
      portSecurity: network.port_security_enabled,
    };
  });
}

const volumeLimits = z.object({
  limits: z.object({ absolute: z.object({ totalVolumesUsed: z.number(), totalGigabytesUsed: z.number() }) }),
});

/** What a project has in Cinder. */
export function askVolumeUse({ get }: CloudSession): Promise<Answer<{ volumes: number; gibibytes: number }>> {
  return ask(async () => {
    const { absolute } = inForm("volumev3", volumeLimits, await get("volumev3", "/limits")).limits;
    return { volumes: absolute.totalVolumesUsed, gibibytes: absolute.totalGigabytesUsed };
  });
}

const flavorList = z.object({
  flavors: z.array(z.object({ name: z.string(), vcpus: z.number(), ram: z.number(), disk: z.number() })),
});

/** All flavors that the project can use, by name. */
export function askFlavorList({ get }: CloudSession): Promise<Answer<ReadonlyMap<string, FlavorFacts>>> {
  return ask(async () => {
    const { flavors } = inForm("compute", flavorList, await get("compute", "/flavors/detail"));
    return new Map(
      flavors.map(({ name, vcpus, ram, disk }) => [name, { cores: vcpus, memoryMiB: ram, diskGiB: disk }]),
    );
  });
}
