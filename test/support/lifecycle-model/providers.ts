import { isMaster, newIdentifier, Refusal, runs, toldTo, type Cloud, type Server } from "./cloud";
import type { Cluster } from "./cluster";
import { kubernetesProvider } from "./kubernetes-provider";
import type { Properties, Provider, State } from "./state";
import { tlsProvider } from "./tls-provider";

/** What providers tell of what they do to things that others use. */
export interface ProviderEvents {
  wish(hostName: string): Server["wish"];
  creating(hostName: string, userData: string): void;
  deleting(server: Server): void;
  taking(what: string, server: Server): void;
  losing(what: string): void;
}

export interface ProviderWorld {
  readonly cloud: Cloud;
  readonly cluster: Cluster;
  readonly now: () => number;
  readonly state: State;
  /** Who runs the update: key pairs are theirs. */
  readonly user: () => string;
  readonly events: ProviderEvents;
}

/** From the start of a server until its kubelet registers, milliseconds. */
const bootTime = 90_000;

export const text = (value: unknown): string => (typeof value === "string" ? value : "");
const plainResource: Provider = {
  forcesNew: [],
  create: (inputs, { name }) => ({ id: `id-of-${name}`, outputs: { ...inputs, id: `id-of-${name}` } }),
};

/** Providers by type: terraform-provider-openstack 1.54 (`ForceNew` of its schemas), hashicorp/tls, pulumi-kubernetes. */
export function providersOf(world: ProviderWorld): (type: string) => Provider {
  const openstack = openstackProviders(world);
  return (type) =>
    openstack[type] ??
    tlsProvider(world, type) ??
    (type.startsWith("kubernetes:") ? kubernetesProvider(world, type) : plainResource);
}

function openstackProviders({ cloud, now, user, events }: ProviderWorld): Readonly<Record<string, Provider>> {
  const usersOf = (portId: string): Server[] =>
    [...cloud.servers.values()].filter(({ ports }) => ports.includes(portId));
  /** A server on a network of the cluster's own: on this one, where it is told. */
  const serverOn = (networkId: unknown): Server | undefined =>
    [...cloud.servers.values()].find(({ ports }) =>
      ports.some((port) => {
        const on = cloud.ports.get(port)?.networkId ?? "";
        return networkId === undefined ? on.startsWith("ground-") : on === networkId;
      }),
    );
  const groundOf = (what: string, forcesNew: Provider["forcesNew"]): Provider => ({
    forcesNew,
    create: (inputs) => {
      const id = newIdentifier(cloud, "ground");
      return { id, outputs: { ...inputs, id } };
    },
    remove: ({ id, type, inputs }) => {
      const server = serverOn(type.endsWith(":Network") ? id : inputs["networkId"]);
      if (server !== undefined) events.taking(what, server);
    },
  });
  const freeAddress = (networkId: string, address: string, portId?: string): void => {
    const other = [...cloud.ports.values()].find(
      (port) => port.id !== portId && port.networkId === networkId && port.address === address,
    );
    // Neutron: IpAddressAlreadyAllocated.
    if (other !== undefined)
      throw new Refusal(`409: IP address ${address} already allocated in subnet (port ${other.name})`);
  };
  return {
    "openstack:networking/network:Network": groundOf("the network", ["valueSpecs"]),
    "openstack:networking/subnet:Subnet": groundOf("the subnet", ["networkId", "cidr", "ipVersion"]),
    "openstack:networking/router:Router": groundOf("the router", []),
    "openstack:networking/routerInterface:RouterInterface": groundOf("the router's interface", "all"),
    "openstack:networking/secGroupRule:SecGroupRule": { ...plainResource, forcesNew: "all" },
    "openstack:networking/floatingIp:FloatingIp": {
      ...plainResource,
      forcesNew: ["pool"],
      create: (inputs) => {
        const id = newIdentifier(cloud, "floating");
        return { id, outputs: { ...inputs, id, address: `203.0.113.${cloud.identifiers % 250}` } };
      },
    },
    "openstack:networking/floatingIpAssociate:FloatingIpAssociate": { ...plainResource, forcesNew: ["floatingIp"] },
    "openstack:networking/port:Port": {
      forcesNew: ["networkId"],
      create: (inputs, { name }) => {
        const [fixed] = (inputs["fixedIps"] ?? []) as readonly { readonly ipAddress: string }[];
        const networkId = text(inputs["networkId"]);
        const id = newIdentifier(cloud, "port");
        const address = fixed?.ipAddress ?? `198.51.100.${cloud.identifiers}`;
        freeAddress(networkId, address);
        cloud.ports.set(id, {
          id,
          name: text(inputs["name"]),
          networkId,
          address,
          isExternal: name.endsWith("-external"),
        });
        return { id, outputs: { ...inputs, id, allFixedIps: [address] } };
      },
      update: (entry, inputs) => {
        const [fixed] = (inputs["fixedIps"] ?? []) as readonly { readonly ipAddress: string }[];
        const port = cloud.ports.get(entry.id);
        if (port === undefined) throw new Refusal(`404: port ${entry.name}`);
        if (fixed !== undefined && fixed.ipAddress !== port.address) {
          freeAddress(port.networkId, fixed.ipAddress, port.id);
          for (const server of usersOf(port.id)) events.taking(`its address ${port.address}`, server);
          port.address = fixed.ipAddress;
        }
        return { ...entry.outputs, ...inputs, allFixedIps: [port.address] };
      },
      remove: ({ id, name }) => {
        for (const server of usersOf(id)) events.taking(`port ${name}`, server);
        cloud.ports.delete(id);
      },
    },
    "openstack:compute/keypair:Keypair": {
      forcesNew: "all",
      create: (inputs) => {
        const key = `${user()}/${text(inputs["name"])}`;
        if (cloud.keyPairs.has(key)) throw new Refusal(`409: Key pair '${text(inputs["name"])}' already exists.`);
        cloud.keyPairs.add(key);
        return { id: text(inputs["name"]), outputs: { ...inputs, id: text(inputs["name"]) } };
      },
      // Nova answers 404 for another user's, and the provider takes that for deleted.
      remove: ({ inputs }) => void cloud.keyPairs.delete(`${user()}/${text(inputs["name"])}`),
    },
    "openstack:blockstorage/volume:Volume": {
      forcesNew: ["volumeType", "availabilityZone", "snapshotId"],
      create: (inputs) => {
        const id = newIdentifier(cloud, "volume");
        // One that is not asked for is the cloud's own, whose name the provider reads.
        const type = inputs["volumeType"] === undefined ? "__DEFAULT__" : text(inputs["volumeType"]);
        cloud.volumes.set(id, { id, size: Number(inputs["size"]), type, attachedTo: undefined, etcd: undefined });
        return { id, outputs: { ...inputs, volumeType: type, id } };
      },
      update: (entry, inputs, changed) => {
        const volume = cloud.volumes.get(entry.id);
        if (volume === undefined) throw new Refusal(`404: volume ${entry.name}`);
        if (changed.includes("size")) {
          const size = Number(inputs["size"]);
          // blockstorage_extensions: `enable_online_resize`; Cinder cannot shrink.
          if (volume.attachedTo !== undefined && inputs["enableOnlineResize"] !== true)
            throw new Refusal(`volume ${entry.name} is attached and resizing online is disabled`);
          if (size < volume.size) throw new Refusal(`400: New size for extend must be greater than current size.`);
          volume.size = size;
        }
        return { ...entry.outputs, ...inputs };
      },
      remove: ({ id, name }) => {
        const volume = cloud.volumes.get(id);
        if (volume?.etcd !== undefined) events.losing(`volume ${name}, which holds etcd's data,`);
        cloud.volumes.delete(id);
      },
    },
    "openstack:compute/volumeAttach:VolumeAttach": {
      forcesNew: "all",
      create: (inputs) => {
        const volume = cloud.volumes.get(text(inputs["volumeId"]));
        const serverId = text(inputs["instanceId"]);
        if (volume === undefined || !cloud.servers.has(serverId)) throw new Refusal("404: volume or server");
        if (volume.attachedTo !== undefined) throw new Refusal(`400: volume ${volume.id} is in use`);
        volume.attachedTo = serverId;
        return { id: `${serverId}/${volume.id}`, outputs: { ...inputs, id: `${serverId}/${volume.id}` } };
      },
      remove: ({ inputs }) => {
        const volume = cloud.volumes.get(text(inputs["volumeId"]));
        const server = cloud.servers.get(text(inputs["instanceId"]));
        if (server !== undefined && runs(server)) events.taking("etcd's volume", server);
        if (volume !== undefined) volume.attachedTo = undefined;
      },
    },
    "openstack:compute/instance:Instance": {
      forcesNew: ["availabilityZone", "configDrive", "keyPair", "networks", "userData"],
      create: (inputs) => makeServer(inputs),
      update: (entry, inputs, changed) => {
        const server = cloud.servers.get(entry.id);
        if (server === undefined) throw new Refusal(`404: server ${entry.name}`);
        // `image_name` rebuilds, with a blank disk, and `flavor_name` restarts.
        for (const key of ["imageName", "flavorName"])
          if (changed.includes(key)) events.taking(`what it runs by ${key}`, server);
        server.name = text(inputs["name"]);
        server.metadata = { ...(inputs["metadata"] as Record<string, string>) };
        return { ...entry.outputs, ...inputs };
      },
      remove: ({ id }) => {
        const server = cloud.servers.get(id);
        if (server === undefined) return;
        events.deleting(server);
        // `stop_before_destroy`: Nova stops what is ACTIVE and refuses else (409), which the provider passes over.
        if (server.status === "ACTIVE") server.status = "SHUTOFF";
        if (runs(server) && isMaster(server) && toldTo(server).etcdVolumeId !== undefined)
          events.taking(`etcd's volume (status ${server.status})`, server);
        for (const volume of cloud.volumes.values()) if (volume.attachedTo === id) volume.attachedTo = undefined;
        cloud.servers.delete(id);
      },
      read: ({ id, outputs }) => {
        const server = cloud.servers.get(id);
        return server === undefined
          ? undefined
          : {
              ...outputs,
              name: server.name,
              flavorName: server.flavor,
              imageName: server.image,
              metadata: { ...server.metadata },
            };
      },
    },
  };

  function makeServer(inputs: Properties): { id: string; outputs: Properties } {
    const hostName = text(inputs["name"]);
    const keyPair = inputs["keyPair"] === undefined ? undefined : text(inputs["keyPair"]);
    // Nova: "Invalid key_name provided", for key pairs belong to users.
    if (keyPair !== undefined && !cloud.keyPairs.has(`${user()}/${keyPair}`))
      throw new Refusal("400: Invalid key_name provided.");
    const ports = ((inputs["networks"] ?? []) as readonly { readonly port: string }[]).map(({ port }) => port);
    const [used] = ports.flatMap(usersOf);
    if (used !== undefined) throw new Refusal(`409: port of ${hostName} is in use by ${used.name}`);
    const id = newIdentifier(cloud, "server");
    events.creating(hostName, text(inputs["userData"]));
    cloud.servers.set(id, {
      id,
      name: hostName,
      status: "ACTIVE",
      image: text(inputs["imageName"]),
      flavor: text(inputs["flavorName"]),
      metadata: { ...(inputs["metadata"] as Record<string, string>) },
      userData: text(inputs["userData"]),
      keyPair,
      ports,
      availabilityZone: inputs["availabilityZone"] === undefined ? undefined : text(inputs["availabilityZone"]),
      passesAt: 0,
      bootedAt: now() + bootTime,
      hostName,
      wish: events.wish(hostName),
      ownEtcd: undefined,
    });
    return { id, outputs: { ...inputs, id } };
  }
}
