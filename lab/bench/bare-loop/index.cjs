// The floor of the engine: as many resources of the same types as a cluster with NODES nodes has, and nothing else.
const openstack = require("@pulumi/openstack");
const pulumi = require("@pulumi/pulumi");
const tls = require("@pulumi/tls");

const nodes = Number(process.env.NODES);
// The cloud is asked for these one by one, so that a graph without them is a smaller one.
const tags = ["kovhernetes:cluster=bench-bare"];
const metadata = (index) => ({
  "kovhernetes:cluster": "bench-bare",
  "kovhernetes:role": index === 0 ? "master" : "node",
  "kovhernetes:pool": "default",
  "kovhernetes:ordinal": String(index),
});

function pair(name, authority) {
  const key = new tls.PrivateKey(`${name}-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" });
  const request = new tls.CertRequest(`${name}-request`, {
    privateKeyPem: key.privateKeyPem,
    subject: { commonName: name },
  });
  const certificate = new tls.LocallySignedCert(`${name}-certificate`, {
    certRequestPem: request.certRequestPem,
    caCertPem: authority.certificate.certPem,
    caPrivateKeyPem: authority.key.privateKeyPem,
    allowedUses: ["digital_signature", "client_auth"],
    validityPeriodHours: 8760,
  });
  return [key.privateKeyPem, certificate.certPem];
}

const authorities = ["a", "b", "c"].map((name) => {
  const key = new tls.PrivateKey(`${name}-authority-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" });
  const certificate = new tls.SelfSignedCert(`${name}-authority-certificate`, {
    privateKeyPem: key.privateKeyPem,
    subject: { commonName: name },
    isCaCertificate: true,
    allowedUses: ["cert_signing"],
    validityPeriodHours: 87600,
  });
  return { key, certificate };
});
new tls.PrivateKey("service-account", { algorithm: "ECDSA", ecdsaCurve: "P256" });
for (let index = 0; index < 11; index++) pair(`master-${index}`, authorities[index % 3]);

const network = new openstack.networking.Network("network", { tags });
const subnet = new openstack.networking.Subnet("subnet", {
  networkId: network.id,
  cidr: "192.168.0.0/16",
  ipVersion: 4,
  tags,
});
const router = new openstack.networking.Router("router", { externalNetworkId: process.env.EXTERNAL_NETWORK_ID, tags });
const attachment = new openstack.networking.RouterInterface("interface", { routerId: router.id, subnetId: subnet.id });
const groups = ["machines", "masters"].map((name) => new openstack.networking.SecGroup(name, { tags }));
for (let index = 0; index < 7; index++) {
  new openstack.networking.SecGroupRule(`rule-${index}`, {
    securityGroupId: groups[index % 2].id,
    direction: "ingress",
    ethertype: "IPv4",
    protocol: "tcp",
    portRangeMin: 1000 + index,
    portRangeMax: 1000 + index,
    remoteIpPrefix: "192.168.0.0/16",
  });
}
const keyPair = new openstack.compute.Keypair("key", { publicKey: process.env.SSH_PUBLIC_KEY });
const volume = new openstack.blockstorage.Volume("volume", { size: 1, metadata: metadata(0) });
for (let index = 0; index <= nodes; index++) {
  const pems = ["server", "client", "proxy"].flatMap((purpose) => pair(`machine-${index}-${purpose}`, authorities[0]));
  const port = new openstack.networking.Port(`port-${index}`, {
    networkId: network.id,
    fixedIps: [{ subnetId: subnet.id, ipAddress: `192.168.${1 + Math.floor(index / 250)}.${(index % 250) + 1}` }],
    securityGroupIds: groups.map((group) => group.id),
    tags,
  });
  const floating = new openstack.networking.FloatingIp(`floating-${index}`, {
    pool: "ext",
    description: `machine-${index}`,
    tags,
  });
  new openstack.networking.FloatingIpAssociate(
    `floating-association-${index}`,
    { floatingIp: floating.address, portId: port.id },
    { dependsOn: [attachment] },
  );
  const server = new openstack.compute.Instance(`server-${index}`, {
    imageName: "pretended",
    flavorName: "lab.master",
    keyPair: keyPair.name,
    networks: [{ port: port.id }],
    // Waits for the machine's keys and certificates, and is as long as a node's.
    userData: pulumi.secret(pulumi.all(pems).apply((texts) => `${texts.join("")}${"x".repeat(28_000)}`)),
    configDrive: true,
    metadata: metadata(index),
    stopBeforeDestroy: true,
  });
  if (index === 0) new openstack.compute.VolumeAttach("volume", { instanceId: server.id, volumeId: volume.id });
}
