import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Cluster, prepareCluster } from "kovhernetes";

const config = new pulumi.Config();
const labels = { app: "web" };

export = async () => {
  const args = await prepareCluster({
    image: config.get("image") ?? "Debian 12",
    flavor: config.get("flavor") ?? "b3-8",
    externalNetwork: config.get("externalNetwork") ?? "Ext-Net",
    sshPublicKey: config.require("sshPublicKey"),
    adminCidrs: config.requireObject<string[]>("adminCidrs"),
    authorization: "RBAC",
    nodePortCidrs: ["0.0.0.0/0"],
  });
  const cluster = new Cluster("workload", args);
  const inCluster = { provider: cluster.provider };
  new kubernetes.apps.v1.Deployment(
    "web",
    {
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: "web", image: "registry.k8s.io/e2e-test-images/nginx:1.15-4" }] },
        },
      },
    },
    inCluster,
  );
  const service = new kubernetes.core.v1.Service(
    "web",
    { spec: { type: "NodePort", selector: labels, ports: [{ port: 80 }] } },
    inCluster,
  );
  return {
    kubeconfig: cluster.kubeconfig,
    // Every machine answers on the port.
    port: service.spec.ports[0]?.nodePort,
    machines: cluster.machines,
  };
};
