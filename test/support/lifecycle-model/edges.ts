import { vi } from "vitest";
import type { ChangePlanArgs } from "../../../components/feasibility/change-plan";
import { kubernetesLibrary } from "./api";
import { toldTo } from "./cloud";
import type { Output } from "./outputs";
import { pulumiModule, resourceClass } from "./sdk";
import type { World } from "./world";

let world: World;

/** The world that the program's edges lead to. */
export function enter(next: World): void {
  world = next;
}

type Program = () => Promise<Readonly<Record<string, Output<unknown>>>>;

/**
 * The program itself, `index.ts` with everything in it, whose edges lead to the simulated world: the SDK and its providers, the API of the cluster,
 * Nova, the clock, and what renders user data, which is JSON here. Nothing that decides is replaced.
 */
export async function loadProgram(): Promise<Program> {
  mockPackages();
  vi.doMock("node:timers/promises", () => ({ setTimeout: (milliseconds: number) => world.clock.delay(milliseconds) }));
  vi.doMock("../../../cloudinit", async (original) => ({
    ...(await original<object>()),
    renderMaster: JSON.stringify,
    renderNode: JSON.stringify,
    encodeUserData: (text: string) => text,
  }));
  const { judgeVolume } = await import("../../../components/feasibility/judge-volume.ts");
  const { planChanges } = await import("../../../components/feasibility/change-plan.ts");
  const { ConfigurationError } = await import("../../../components/model/problems.ts");
  // In the form of the tls provider's here; ten thousand sequences need no real ones.
  vi.doMock("../../../components/pki/issue", () => ({
    issuePair: (_issuer: unknown, { notAfter }: { readonly notAfter: Date }) => {
      const number = (world.cloud.identifiers += 1);
      return { certificate: `certificate ${number} ends ${notAfter.toISOString()}`, privateKey: `key ${number}` };
    },
  }));
  vi.doMock("../../../components/feasibility/feasibility", () => ({
    // What the cloud has and allows is not what is tried here; what the state alone tells is judged.
    proveFeasibility: (args: ChangePlanArgs) => {
      const { config } = args;
      const { problems } = judgeVolume(planChanges(args));
      if (problems.length > 0) return Promise.reject(new ConfigurationError(problems));
      world.accepted(config);
      const externalNetworkId = config.access.mode === "none" ? undefined : "external-network";
      return Promise.resolve({ externalNetworkId, isOffline: false });
    },
  }));
  vi.doMock("../../../components/readiness/listener", () => ({
    listener: () => (machines: unknown) => Promise.resolve(machines),
  }));
  vi.doMock("../../../components/readiness/cluster-client", async (original) => ({
    ...(await original<object>()),
    answers: () => Promise.resolve(true),
    ClusterClient: { create: () => Promise.resolve(clusterClient) },
  }));
  vi.doMock("@kubernetes/client-node", () => kubernetesLibrary(() => world));
  vi.doMock("../../../components/cloud/services", async (original) => ({
    ...(await original<object>()),
    CloudServices: class {
      ask(service: string, address: (url: (type: string) => string) => string, question: { body?: object } = {}) {
        return Promise.resolve(
          nova(
            service,
            address((type) => type),
            question.body,
          ),
        );
      }
    },
  }));
  // Loaded here, where the program loads it with the first drain: in an update nothing may take time of its own.
  const { drainingClient } = await import("../../../components/rollout/draining-client.ts");
  const client = await drainingClient("");
  vi.doMock("../../../components/rollout/draining-client", () => ({ drainingClient: () => Promise.resolve(client) }));
  const { default: program } = (await import("../../../index.ts")) as unknown as { default: Program };
  return program;
}

function mockPackages(): void {
  vi.doMock("@pulumi/pulumi", () => ({ ...pulumiModule, default: pulumiModule }));
  const classes = (module: string, names: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(names).map(([name, type]) => [name, resourceClass(`${module}${type}`)]));
  const camel = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
  const bridged = (module: string, names: readonly string[]) =>
    classes(module, Object.fromEntries(names.map((name) => [name, `/${camel(name)}:${name}`])));
  const native = (group: string, names: readonly string[]) =>
    classes(`kubernetes:${group}`, Object.fromEntries(names.map((name) => [name, `:${name}`])));
  vi.doMock("@pulumi/openstack", () => ({
    config: {},
    Provider: resourceClass("pulumi:providers:openstack"),
    networking: bridged("openstack:networking", [
      "Network",
      "Subnet",
      "Router",
      "RouterInterface",
      "Port",
      "FloatingIp",
      "FloatingIpAssociate",
      "SecGroup",
      "SecGroupRule",
    ]),
    compute: bridged("openstack:compute", ["Instance", "Keypair", "VolumeAttach"]),
    blockstorage: bridged("openstack:blockstorage", ["Volume"]),
  }));
  vi.doMock("@pulumi/tls", () =>
    bridged("tls:index", ["PrivateKey", "CertRequest", "SelfSignedCert", "LocallySignedCert"]),
  );
  vi.doMock("@pulumi/kubernetes/provider", () => ({ Provider: resourceClass("pulumi:providers:kubernetes") }));
  vi.doMock("@pulumi/kubernetes/core/v1", () =>
    native("core/v1", ["Namespace", "ServiceAccount", "ConfigMap", "Service"]),
  );
  vi.doMock("@pulumi/kubernetes/apps/v1", () => native("apps/v1", ["Deployment", "DaemonSet"]));
  vi.doMock("@pulumi/kubernetes/rbac/v1", () =>
    native("rbac.authorization.k8s.io/v1", ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]),
  );
  vi.doMock("@pulumi/kubernetes/policy/v1", () => native("policy/v1", ["PodDisruptionBudget"]));
  vi.doMock("@pulumi/kubernetes/admissionregistration/v1", () =>
    native("admissionregistration.k8s.io/v1", ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"]),
  );
}

/** The API of the cluster as `ClusterClient` asks it. */
const clusterClient = {
  api: () =>
    Promise.resolve(
      world.cluster.api() === undefined ? { state: "unreachable", reason: "no connection" } : { state: "healthy" },
    ),
  nodes: () => {
    const etcd = world.cluster.api();
    if (etcd === undefined) return Promise.reject(new Error("no connection"));
    const nodes = [...etcd.nodes.values()].map((node) => {
      const ready = world.cluster.isReady(node);
      return [
        node.name,
        {
          ready,
          reason: ready ? "" : "kubelet stopped posting",
          providerId: `openstack:///${node.serverId}`,
          systemUuid: "",
          labels: {},
        },
      ] as const;
    });
    return Promise.resolve(new Map(nodes));
  },
  label: () => Promise.resolve(),
  rollout: ({ kind, name }: { kind: string; name: string }) => {
    const etcd = world.cluster.api();
    if (etcd?.objects.has(`kubernetes:apps/v1:${kind} ${name}`) !== true) return Promise.resolve(undefined);
    const wanted = kind === "Deployment" ? 2 : etcd.nodes.size;
    const available = kind === "Deployment" ? world.cluster.healthyDnsPods() : etcd.nodes.size;
    return Promise.resolve({ observed: true, wanted, updated: wanted, available });
  },
  // Names from outside are answered wherever the cluster's DNS runs.
  askEach: (names: readonly string[]) => Promise.resolve([{ node: "", codes: names.map(() => "NOERROR"), log: "" }]),
  resolve: () => {
    const master = world.cluster.master();
    return Promise.resolve(master === undefined ? [] : [String(toldTo(master)["apiServiceAddress"])]);
  },
};

/** Nova as `askServer` asks it: https://docs.openstack.org/api-ref/compute/ */
function nova(service: string, address: string, body: object | undefined): unknown {
  const [, id = "", path = ""] = /servers\/([^/]+)(.*)$/.exec(address) ?? [];
  if (service !== "Nova" || id === "") throw new Error(`${service} is not asked here: ${address}`);
  const server = world.cloud.servers.get(id);
  if (server === undefined) return undefined;
  world.cluster.isUp(server);
  if (path === "") return { server: { id, status: server.status, name: server.name } };
  if (path === "/action" && body !== undefined && "os-stop" in body) {
    // "Cannot 'stop' instance … while it is in vm_state resized", or task_state rebooting.
    if (server.status !== "ACTIVE")
      throw new Error(`Nova answered 409: Cannot 'stop' instance ${id} while it is in ${server.status}`);
    server.status = "SHUTOFF";
    return null;
  }
  if (path === "/action") return {};
  throw new Error(`Nova is not asked for ${path} here`);
}
