import type { Inventory, Item } from "./inventory.ts";

/** What a user calls resources of a type, one and several. */
const kinds: Readonly<Record<string, readonly [string, string]>> = {
  "openstack:compute/instance:Instance": ["server", "servers"],
  "openstack:compute/keypair:Keypair": ["key pair", "key pairs"],
  "openstack:compute/volumeAttach:VolumeAttach": ["attachment of a volume", "attachments of volumes"],
  "openstack:blockstorage/volume:Volume": ["volume", "volumes"],
  "openstack:networking/network:Network": ["network", "networks"],
  "openstack:networking/subnet:Subnet": ["subnet", "subnets"],
  "openstack:networking/router:Router": ["router", "routers"],
  "openstack:networking/routerInterface:RouterInterface": ["interface of a router", "interfaces of routers"],
  "openstack:networking/port:Port": ["port", "ports"],
  "openstack:networking/floatingIp:FloatingIp": ["floating address", "floating addresses"],
  "openstack:networking/floatingIpAssociate:FloatingIpAssociate": [
    "floating address's assignment",
    "floating addresses' assignments",
  ],
  "openstack:networking/secGroup:SecGroup": ["security group", "security groups"],
  "openstack:networking/secGroupRule:SecGroupRule": ["security group rule", "security group rules"],
};

/** What is counted together, and not by name: no resource of the cloud. */
const families: readonly (readonly [RegExp, readonly [string, string]])[] = [
  [/^tls:/, ["key or certificate in the state", "keys and certificates in the state"]],
  [/^kubernetes:/, ["object in the cluster", "objects in the cluster"]],
];

const mostNames = 8;

function kindOf(type: string): readonly [string, string] {
  const [, family] = families.find(([pattern]) => pattern.test(type)) ?? [];
  return kinds[type] ?? family ?? [type, type];
}

const count = (number: number, [one, several]: readonly [string, string]): string =>
  `${number} ${number === 1 ? one : several}`;

const resources = (items: readonly Item[]): string => count(items.length, ["resource", "resources"]);

/** Items by kind, a line each, with names where they are names of the cloud. */
function byKind(items: readonly Item[]): readonly string[] {
  const kindsThere = [...new Set(items.map(({ type }) => kindOf(type)[1]))];
  return kindsThere.map((kind) => {
    const group = items.filter(({ type }) => kindOf(type)[1] === kind);
    const type = group[0]?.type ?? "";
    const isNamed = !families.some(([pattern]) => pattern.test(type)) && group.length <= mostNames;
    return `  ${count(group.length, kindOf(type))}${isNamed ? `: ${group.map(({ name }) => name).join(", ")}` : ""}`;
  });
}

/** What will go, and what will stay. */
export function planText(stack: string, { items }: Inventory): string {
  const kept = items.filter(({ retained }) => retained);
  const going = items.filter(({ retained }) => !retained);
  return [
    `Stack ${stack} has ${resources(going)}, which will be deleted for good:`,
    ...byKind(going),
    ...(kept.length === 0
      ? []
      : ["These will be forgotten, and stay in the project (retainOnDelete):", ...byKind(kept)]),
  ].join("\n");
}

/** Why nothing is deleted when something is protected, and the commands that delete it all the same. */
export function protectedText(stack: string, options: string, { items }: Inventory): string {
  const kept = items.filter((item) => item.protected);
  const lines = kept.map(({ type, name }) => `  ${kindOf(type)[0].replace(" in the state", "")} ${name}`);
  return [
    `Nothing was deleted: ${resources(kept)} of stack ${stack} ${kept.length === 1 ? "is" : "are"} protected (protectData).`,
    ...lines,
    "",
    "With the volume go everything in the cluster and the snapshots on it, with the authorities every kubeconfig. To delete them with the rest:",
    "",
    `  npm run destroy -- ${options} --delete-protected`,
    "",
    "To only take the protection off: set protectData to false, and run `pulumi up`.",
  ].join("\n");
}

/** What there is after a destroy: nothing, or what is left and what to do. */
export function outcomeText(stack: string, options: string, before: Inventory, after: Inventory): string {
  const remaining = new Set(after.items.map(({ urn }) => urn));
  const forgotten = before.items.filter(({ urn }) => !remaining.has(urn));
  const gone = forgotten.filter(({ retained }) => !retained);
  const kept = forgotten.filter(({ retained }) => retained);
  if (after.items.length > 0) {
    return [
      `Stack ${stack} still has ${resources(after.items)}; ${gone.length} of ${before.items.length} were deleted:`,
      ...byKind(after.items),
      "",
      "The errors above say why. Once their cause is gone (docs/troubleshooting.md, Destroying), the same command goes on:",
      "",
      `  npm run destroy -- ${options}`,
    ].join("\n");
  }
  const deleted =
    before.items.length === 0
      ? [`Stack ${stack} has no resources: there is nothing to delete.`]
      : ["Deleted, what is in the cloud once the cloud answered that it is not there:", ...byKind(gone), ""];
  if (after.uncertain.length > 0) {
    return [...deleted, ...uncertainText(options, after.uncertain), ...keptText(stack, kept)].join("\n");
  }
  return [
    ...deleted,
    ...(before.items.length === 0 ? [] : leftText(stack, kept)),
    `\`pulumi stack rm ${stack}\` removes the stack's configuration and history as well.`,
  ].join("\n");
}

/** What of it the project still has, after all of it went as it should. */
function leftText(stack: string, kept: readonly Item[]): readonly string[] {
  if (kept.length > 0) return [`The state of stack ${stack} is empty.`, ...keptText(stack, kept)];
  return [`Nothing that stack ${stack} made is left in the project, and its state is empty.`];
}

/** What stays in the project since it was told to. */
function keptText(stack: string, kept: readonly Item[]): readonly string[] {
  if (kept.length === 0) return [];
  return [
    `What stack ${stack} was told to keep (retainOnDelete) is in the project, and nobody looks after it any more:`,
    ...byKind(kept),
  ];
}

/** The state cannot tell of these. */
function uncertainText(options: string, items: readonly Item[]): readonly string[] {
  return [
    "An update was interrupted while it made what follows, and the state cannot tell whether it is in the project:",
    ...items.map(({ type, cloudName }) => `  ${kindOf(type)[0]} ${cloudName}`),
    "",
    "Look for it in the cloud by its name, and delete it there (docs/operations.md, When an update is cut off). Then have Pulumi forget it, and run this again:",
    "",
    `  pulumi refresh --clear-pending-creates --yes ${options}`,
    `  npm run destroy -- ${options}`,
  ];
}
