import { numberOf } from "./connections.ts";
import type { ClusterDescription } from "./description.ts";
import { arrowGap, lanes, machinePanel, masterPanel, padding } from "./geometry.ts";
import { arrow, box, connector, fonts, line, mutedText, part, text, type Drawn, type Shape } from "./shapes.ts";
import { fitted } from "./text-width.ts";

const headingHeight = 34;
const partHeight = 48;
const partWidth = 200;

/** Columns of parts inside the two panels. */
const master = {
  left: masterPanel.x + padding,
  right: masterPanel.x + masterPanel.width - padding,
  second: masterPanel.x + masterPanel.width - padding - partWidth,
} as const;
const machine = {
  left: machinePanel.x + padding,
  right: machinePanel.x + machinePanel.width - padding,
} as const;

/** Rows of parts on every machine, from the upper edge of the API server: they face it, so that lines are straight. */
const rows = {
  kubelet: { top: 0, height: 54 },
  proxy: { top: 66, height: partHeight },
  pods: { top: 126, height: 68 },
} as const;
const apiHeight = rows.pods.top + rows.pods.height;

/** What runs on masters and on every machine, and who of them talks to whom. */
export function drawComponents(cluster: ClusterDescription, above: number, top: number): Drawn {
  const first = top + headingHeight;
  const api = first + partHeight + arrowGap;
  const etcd = api + apiHeight + arrowGap;
  const bottom = etcd + 64 + padding;
  return {
    shapes: [
      box("panel", masterPanel.x, top, masterPanel.width, bottom - top),
      text(fonts.heading, master.left, top + 22, mastersOf(cluster) === 1 ? "On the master" : "On each master"),
      ...controlPlane(cluster, first, api),
      ...storage(cluster, etcd, api + apiHeight),
      box("panel", machinePanel.x, top, machinePanel.width, bottom - top),
      text(fonts.heading, machine.left, top + 22, "On every machine"),
      mutedText(fonts.small, machine.left, top + 40, "masters too"),
      ...onEveryMachine(first, api),
      ...conversations(api),
      ...crossing(cluster, { above, top, first, api }),
    ],
    bottom,
  };
}

function mastersOf({ machines }: ClusterDescription): number {
  return machines.filter(({ pool }) => pool === "master").length;
}

function controlPlane(
  { authorization, localhostApi }: ClusterDescription,
  first: number,
  api: number,
): readonly Shape[] {
  const downward = (x: number, client: "kube-scheduler" | "kube-controller-manager") =>
    connector("tls", [x, first + partHeight], [x, api], numberOf(client, "kube-apiserver"));
  const facts = [
    ":6443",
    `authorization ${authorization}`,
    "anonymous requests refused",
    "Secrets encrypted in etcd",
    "audit log",
    ...(localhostApi ? ["127.0.0.1:8080 in clear (localhostApi)"] : []),
  ];
  return [
    ...part("part", master.left, first, partWidth, partHeight, "kube-scheduler", "127.0.0.1:10259"),
    ...part("part", master.second, first, partWidth, partHeight, "kube-controller-manager", "127.0.0.1:10257"),
    ...downward(master.left + partWidth / 2, "kube-scheduler"),
    ...downward(master.second + partWidth / 2, "kube-controller-manager"),
    ...part("part", master.left, api, master.right - master.left, apiHeight, "kube-apiserver", ...facts),
  ];
}

function storage({ etcdVolume }: ClusterDescription, top: number, api: number): readonly Shape[] {
  const x = master.left + partWidth / 2;
  const [where, facts] =
    etcdVolume === undefined
      ? ["the machine's own disk", ["lost with the machine"]]
      : ([
          "volume",
          [`${etcdVolume.sizeGiB} GiB`, ...(etcdVolume.type === undefined ? [] : [etcdVolume.type])],
        ] as const);
  const shown = fitted(facts.join(", "), fonts.small, partWidth - 20);
  return [
    ...connector("tls", [x, api], [x, top], numberOf("kube-apiserver", "etcd")),
    { kind: "badge", number: numberOf("etcd", "etcd"), x: master.left + partWidth - 20, y: top + 46 },
    ...part("part", master.left, top, partWidth, 64, "etcd", ":2379", ":2380 for peers"),
    line("plain", [master.left + partWidth, top + 32], [master.second, top + 32]),
    ...part("volume", master.second, top, partWidth, 64, where, shown, "keeps etcd's data"),
  ];
}

function onEveryMachine(first: number, api: number): readonly Shape[] {
  const { kubelet, proxy, pods } = rows;
  const width = machine.right - machine.left;
  const containerd = machine.left + 176;
  const pod = (column: number, name: string): readonly Shape[] => [
    box("place", machine.left + 10 + column * 98, api + pods.top + 30, 92, 28),
    text(fonts.small, machine.left + 20 + column * 98, api + pods.top + 48, name),
  ];
  return [
    ...part("part", machine.right - 140, first, 140, partHeight, "sshd", ":22, keys only"),
    ...part("part", machine.left, api + kubelet.top, 140, kubelet.height, "kubelet", ":10250"),
    line("plain", [machine.left + 140, api + 27], [containerd, api + 27]),
    ...part(
      "part",
      containerd,
      api + kubelet.top,
      machine.right - containerd,
      kubelet.height,
      "containerd",
      "Unix socket",
    ),
    ...part("part", machine.left, api + proxy.top, width, proxy.height, "kube-proxy", "services by iptables"),
    box("part", machine.left, api + pods.top, width, pods.height),
    text(fonts.part, machine.left + 10, api + pods.top + 19, "pods"),
    ...["flannel", "CoreDNS", "yours"].flatMap((name, column) => pod(column, name)),
    mutedText(fonts.small, machine.left, api + apiHeight + 30, "Packets of pods to the metadata service"),
    mutedText(fonts.small, machine.left, api + apiHeight + 46, "(169.254.169.254) are dropped:"),
    mutedText(fonts.small, machine.left, api + apiHeight + 62, "user data holds the machine's keys."),
  ];
}

/** Between the API server and what is on every machine. */
function conversations(api: number): readonly Shape[] {
  const { kubelet, proxy, pods } = rows;
  const toApi = (y: number, client: "kubelet" | "kube-proxy" | "pods") =>
    connector(
      client === "pods" ? "token" : "tls",
      [machine.left, y],
      [master.right, y],
      numberOf(client, "kube-apiserver"),
    );
  return [
    ...toApi(api + kubelet.top + 16, "kubelet"),
    ...connector("tls", [master.right, api + 38], [machine.left, api + 38], numberOf("kube-apiserver", "kubelet")),
    ...toApi(api + proxy.top + proxy.height / 2, "kube-proxy"),
    ...toApi(api + pods.top + pods.height / 2, "pods"),
  ];
}

/** What passes the frame of the host network. */
function crossing(
  { access }: ClusterDescription,
  y: Record<"above" | "top" | "first" | "api", number>,
): readonly Shape[] {
  return [
    arrow("tls", [lanes.api, y.above], [lanes.api, y.api]),
    arrow("plain", [lanes.ssh, y.above], [lanes.ssh, y.first]),
    ...(access.mode === "none" ? [] : [arrow("plain", [lanes.out, y.top], [lanes.out, y.above])]),
  ];
}
