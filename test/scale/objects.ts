const now = new Date();
const nodeName = (index: number): string => `scale-default-${index}`;

/** A Node as a kubelet registers it, with as many images as it tells of at most (`nodeStatusMaxImages`). */
export function node(index: number) {
  const quantities = { cpu: "8", memory: "32Gi", "ephemeral-storage": "200Gi", pods: "110" };
  const conditions = ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"].map((type) => ({
    type,
    status: type === "Ready" ? "True" : "False",
    reason: `KubeletHas${type}`,
    message: `kubelet has no ${type} that anybody would have to know of`,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  }));
  return {
    metadata: {
      name: nodeName(index),
      labels: { "kubernetes.io/hostname": nodeName(index), "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" },
      annotations: {
        "flannel.alpha.coreos.com/backend-type": "vxlan",
        "flannel.alpha.coreos.com/backend-data": JSON.stringify({ VNI: 1, VtepMAC: "02:00:00:00:00:00" }),
        "flannel.alpha.coreos.com/public-ip": `10.16.${index >> 8}.${index & 255}`,
      },
    },
    spec: {
      podCIDR: `10.${32 + (index >> 8)}.${index & 255}.0/24`,
      podCIDRs: [`10.${32 + (index >> 8)}.${index & 255}.0/24`],
    },
    status: {
      capacity: quantities,
      allocatable: quantities,
      conditions,
      addresses: [{ type: "InternalIP", address: `10.16.${index >> 8}.${index & 255}` }],
      images: Array.from({ length: 50 }, (_, image) => ({
        names: [
          `registry.example.org/team/application-${image}@sha256:${String(image).padStart(64, "0")}`,
          `registry.example.org/team/application-${image}:v1.2.${image}`,
        ],
        sizeBytes: 100_000_000 + image,
      })),
    },
  };
}

/** The Lease that a kubelet renews every ten seconds. */
export function lease(index: number) {
  return {
    metadata: { name: nodeName(index), namespace: "kube-node-lease" },
    spec: {
      holderIdentity: nodeName(index),
      leaseDurationSeconds: 40,
      renewTime: `${new Date().toISOString().slice(0, -1)}000Z`,
    },
  };
}

/** A Pod of a Deployment, on a node. */
export function pod(index: number, nodes: number) {
  const probe = { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 10 };
  return {
    metadata: {
      name: `application-7c5ddbdf54-${index}`,
      labels: { app: "application", "pod-template-hash": "7c5ddbdf54" },
    },
    spec: {
      nodeName: nodeName(index % nodes),
      containers: [
        {
          name: "application",
          image: "registry.example.org/team/application:v1.2.3",
          ports: [{ name: "http", containerPort: 8080 }],
          env: Array.from({ length: 10 }, (_, number) => ({ name: `SETTING_${number}`, value: `value ${number}` })),
          resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "128Mi" } },
          readinessProbe: probe,
          livenessProbe: probe,
        },
      ],
    },
  };
}

/** The same pod once its kubelet has started it. */
export function running(index: number, nodes: number) {
  const podIP = `10.40.${(index >> 8) & 255}.${index & 255}`;
  return {
    ...pod(index, nodes),
    status: {
      phase: "Running",
      podIP,
      podIPs: [{ ip: podIP }],
      startTime: now,
      conditions: ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map(
        (type) => ({
          type,
          status: "True",
          lastTransitionTime: now,
        }),
      ),
      containerStatuses: [
        {
          name: "application",
          image: "registry.example.org/team/application:v1.2.3",
          imageID: `registry.example.org/team/application@sha256:${"0".repeat(64)}`,
          containerID: `containerd://${"0".repeat(64)}`,
          ready: true,
          started: true,
          restartCount: 0,
          state: { running: { startedAt: now } },
        },
      ],
    },
  };
}
