// Made from components/config/schema.ts by `npm run documents`; a test holds it current.

/**
 * The settings of a cluster, as a program gives them: the keys of a stack file by the same names, with the same meaning, defaults and checks.
 */
export interface ClusterSettings {
  /**
   * Image of all machines, by name; Debian 12 or 13, or Ubuntu 22.04 or 24.04. Required unless master and every pool name one.
   * @example "Debian 12"
   */
  readonly image?: string | undefined;

  /**
   * Flavor of all machines, by name. Required unless master and every pool name one.
   * @example "b3-8"
   */
  readonly flavor?: string | undefined;

  /**
   * Required. OpenSSH public key line for logging in to the machines; those that exist keep theirs until their next generation.
   * @example "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFvAgrsRPSWch0qJuoUTaTX3iyi0PAv6KPnnnx+yJn5J you@example"
   */
  readonly sshPublicKey: string;

  /**
   * Required. IPv4 networks that may reach SSH and the Kubernetes API, for instance [203.0.113.7/32].
   * @example ["203.0.113.7/32"]
   */
  readonly adminCidrs: readonly string[];

  /**
   * External network, by name, for instance Ext-Net on OVH. Required unless access is none.
   * @example "Ext-Net"
   */
  readonly externalNetwork?: string | undefined;

  /**
   * How machines reach the outside: direct (an interface on the external network), floatingIp (router and floating addresses) or none (VPN or bastion). By default direct.
   * @example "floatingIp"
   */
  readonly access?: "direct" | "floatingIp" | "none" | undefined;

  /**
   * With access floatingIp: whether nodes have a floating address too, or masters alone.
   * @default true
   */
  readonly floatingIpNodes?: boolean | undefined;

  /**
   * Number of nodes in the pool default. By default 1, or none where nodePools has other pools alone.
   * @example 3
   */
  readonly nodes?: number | undefined;

  /**
   * Node pools by name: { NAME: { count, flavor, image, availabilityZone, addressOffset, labels, taints, kubelet, userDataExtra, generation } }.
   * @default {}
   * @example {"web":{"count":4,"flavor":"b3-16","labels":{"example.org/tier":"web"}},"batch":{"count":2,"addressOffset":60,"availabilityZone":"az-2","taints":[{"key":"example.org/batch","effect":"NoSchedule"}],"userDataExtra":{"script":"#!/bin/sh\nset -eu\ntimedatectl set-timezone Europe/Paris\n"},"kubelet":{"maxPods":200,"evictionHard":{"memory.available":"500Mi"}}}}
   */
  readonly nodePools?:
    | Readonly<
        Record<
          string,
          {
            /** Image when it differs from the key image. */
            readonly image?: string | undefined;
            /** Flavor when it differs from the key flavor. */
            readonly flavor?: string | undefined;
            /** Availability zone of Nova, by name. By default the one that the cloud chooses. */
            readonly availabilityZone?: string | undefined;
            /**
             * Raised to have existing machines replaced by ones made from the configuration as it is then.
             * @default 1
             */
            readonly generation?: number | undefined;
            /** Fields of the kubelet's configuration (KubeletConfiguration) beside the program's own, for instance { maxPods: 200 }. */
            readonly kubelet?: Readonly<Record<string, unknown>> | undefined;
            /** A script that runs on each machine: { script, when, revision }. */
            readonly userDataExtra?:
              | {
                  /** Required. The script, with its #! line. It runs as root, once, and again every minute until it succeeds; no machine waits for it. Set it as a secret when it holds one. */
                  readonly script: string;
                  /**
                   * Before anything of Kubernetes is fetched or started, or once the kubelet is up.
                   * @default "beforeKubernetes"
                   */
                  readonly when?: "beforeKubernetes" | "afterKubernetes" | undefined;
                  /**
                   * Raised with another script, to have a preview say which machines wait for it: the script itself is recorded nowhere, since it may hold secrets.
                   * @default 1
                   */
                  readonly revision?: number | undefined;
                }
              | undefined;
            /** Number of nodes. Required, but for the pool default, whose number is that of the key nodes. */
            readonly count?: number | undefined;
            /** Host number of the pool's first address: 15 is .15 of a /24. One pool may leave it out and begins at 15. Other pools never move it. */
            readonly addressOffset?: number | undefined;
            /**
             * Labels of the nodes.
             * @default {}
             */
            readonly labels?: Readonly<Record<string, string>> | undefined;
            /**
             * Taints of the nodes.
             * @default []
             */
            readonly taints?:
              | readonly {
                  /** Required. Key, for instance example.org/batch. */
                  readonly key: string;
                  /**
                   * Value, which may be empty.
                   * @default ""
                   */
                  readonly value?: string | undefined;
                  /** Required. What happens to pods that do not tolerate the taint. */
                  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
                }[]
              | undefined;
          }
        >
      >
    | undefined;

  /**
   * Flavor of the master when it differs from flavor.
   * @example "b3-16"
   */
  readonly masterFlavor?: string | undefined;

  /**
   * The master when it differs from the nodes: { image, flavor, availabilityZone, kubelet, userDataExtra, generation }.
   * @default {"generation":1}
   * @example {"flavor":"b3-16","availabilityZone":"az-1","generation":2}
   */
  readonly master?:
    | {
        /** Image when it differs from the key image. */
        readonly image?: string | undefined;
        /** Flavor when it differs from the key flavor. */
        readonly flavor?: string | undefined;
        /** Availability zone of Nova, by name. By default the one that the cloud chooses. */
        readonly availabilityZone?: string | undefined;
        /**
         * Raised to have existing machines replaced by ones made from the configuration as it is then.
         * @default 1
         */
        readonly generation?: number | undefined;
        /** Fields of the kubelet's configuration (KubeletConfiguration) beside the program's own, for instance { maxPods: 200 }. */
        readonly kubelet?: Readonly<Record<string, unknown>> | undefined;
        /** A script that runs on each machine: { script, when, revision }. */
        readonly userDataExtra?:
          | {
              /** Required. The script, with its #! line. It runs as root, once, and again every minute until it succeeds; no machine waits for it. Set it as a secret when it holds one. */
              readonly script: string;
              /**
               * Before anything of Kubernetes is fetched or started, or once the kubelet is up.
               * @default "beforeKubernetes"
               */
              readonly when?: "beforeKubernetes" | "afterKubernetes" | undefined;
              /**
               * Raised with another script, to have a preview say which machines wait for it: the script itself is recorded nowhere, since it may hold secrets.
               * @default 1
               */
              readonly revision?: number | undefined;
            }
          | undefined;
      }
    | undefined;

  /**
   * Volume for etcd, which keeps the cluster's data when the master is replaced: { enabled, sizeGiB, type }, or false.
   * @default {"enabled":true,"sizeGiB":10}
   * @example {"sizeGiB":20,"type":"high-speed"}
   */
  readonly etcdVolume?:
    | boolean
    | {
        /**
         * Whether there is a volume; without one, a replaced master loses etcd.
         * @default true
         */
        readonly enabled?: boolean | undefined;
        /**
         * Size, GiB.
         * @default 10
         */
        readonly sizeGiB?: number | undefined;
        /** Volume type of Cinder, by name. By default the cloud's own. */
        readonly type?: string | undefined;
      }
    | undefined;

  /**
   * Snapshots of etcd on its volume and, sealed, in S3-compatible storage: { enabled, intervalHours, keep, s3: { endpoint, region, bucket, prefix, keep, accessKey, secretKey, passphrase } }, or false; secretKey and passphrase are secrets.
   * @default {"enabled":true,"intervalHours":6,"keep":28}
   */
  readonly etcdSnapshots?:
    | boolean
    | {
        /**
         * Whether snapshots are taken.
         * @default true
         */
        readonly enabled?: boolean | undefined;
        /**
         * Hours between two snapshots, a divisor of 24.
         * @default 6
         */
        readonly intervalHours?: number | undefined;
        /**
         * How many stay on etcd's volume.
         * @default 28
         */
        readonly keep?: number | undefined;
        /** S3-compatible object storage, to which they go as well. A stack's file in which no part of it is a secret is refused; whether both secretKey and passphrase are, the program cannot tell. */
        readonly s3?:
          | {
              /** Required. Address of the server, by https. */
              readonly endpoint: string;
              /** Required. Region of the storage. */
              readonly region: string;
              /** Required. Name of a bucket that exists. */
              readonly bucket: string;
              /** What the names of snapshots begin with, for a bucket of several clusters. By default the name of the cluster. */
              readonly prefix?: string | undefined;
              /** How many snapshots stay there; 0 leaves it to rules of the bucket. By default as many as on the volume. */
              readonly keep?: number | undefined;
              /** Required. Access key. */
              readonly accessKey: string;
              /** Required. Secret key, set as a secret. */
              readonly secretKey: string;
              /** Required. What snapshots are sealed with before they go there, set as a secret; kept where the cluster is not. */
              readonly passphrase: string;
            }
          | undefined;
      }
    | undefined;

  /**
   * What a new master makes etcd's data from, once: a file name in /var/lib/etcd/snapshots, or s3://BUCKET/PREFIX/snapshot-TIME.sealed. none: where etcdVolume was changed, it begins with an empty cluster.
   * @example "snapshot-20261127T145800Z.db"
   */
  readonly etcdRestore?: string | undefined;

  /**
   * Login name that the image sets up, for instance debian or ubuntu.
   * @default "debian"
   */
  readonly sshUser?: string | undefined;

  /**
   * Prefix of host names and of resources in the cloud. By default the name of the stack.
   * @example "shop"
   */
  readonly clusterName?: string | undefined;

  /**
   * Private network of the machines; masters are .10 to .14, nodes begin at .15.
   * @default "192.168.0.0/27"
   */
  readonly hostCidr?: string | undefined;

  /**
   * Network of all pods, a /24 a machine.
   * @default "172.17.0.0/16"
   */
  readonly podCidr?: string | undefined;

  /**
   * Network of service addresses.
   * @default "10.0.0.0/16"
   */
  readonly serviceCidr?: string | undefined;

  /**
   * IPv4 networks from outside that may reach node ports (30000-32767).
   * @default []
   * @example ["0.0.0.0/0"]
   */
  readonly nodePortCidrs?: readonly string[] | undefined;

  /**
   * Further openings of the machines' security groups: [{ from, protocol, ports, machines, description }]. They hold at once, for machines that exist as well.
   * @default []
   * @example [{"from":"198.51.100.0/24","ports":"9100","description":"node exporter"}]
   */
  readonly extraSecurityRules?:
    | readonly {
        /** Required. IPv4 network that may connect, for instance 198.51.100.0/24. */
        readonly from: string;
        /**
         * Protocol.
         * @default "tcp"
         */
        readonly protocol?: "tcp" | "udp" | "icmp" | undefined;
        /** A port, or the first and the last with a dash; required but for icmp. None of SSH, etcd, the API, the pod network, the kubelet and node ports. */
        readonly ports?: string | undefined;
        /**
         * Which machines answer.
         * @default "all"
         */
        readonly machines?: "all" | "masters" | undefined;
        /**
         * What the cloud's console says of it.
         * @default "extraSecurityRules"
         */
        readonly description?: string | undefined;
      }[]
    | undefined;

  /**
   * Resolvers for the machines; empty leaves the cloud's own, with access direct those of the external network.
   * @default []
   * @example ["192.0.2.53"]
   */
  readonly dnsServers?: readonly string[] | undefined;

  /**
   * Time servers of the machines, by IPv4 address or name; empty leaves those of the image and of DHCP.
   * @default []
   * @example ["192.0.2.123","ntp.example.org"]
   */
  readonly ntpServers?: readonly string[] | undefined;

  /**
   * VLAN of the private network in OVH's vRack.
   * @example 42
   */
  readonly vlanId?: number | undefined;

  /**
   * A network that exists already, in place of a new one: { networkId, subnetId }; hostCidr must be the subnet's.
   * @example {"networkId":"4ca1b2d0-5c5e-4e8f-9a3b-2f6d1c7e8a90","subnetId":"9b1d6a3c-0f4e-4c2a-8d7b-6e5f4a3b2c1d"}
   */
  readonly existingNetwork?:
    | {
        /** Required. Identifier of the network. */
        readonly networkId: string;
        /** Required. Identifier of its subnet; its allocation pool must leave .10 upward free. */
        readonly subnetId: string;
      }
    | undefined;

  /**
   * Kubernetes release, without v. By default the one that the cluster has, and for a new one 1.36.3.
   * @example "1.36.4"
   */
  readonly kubernetesVersion?: string | undefined;

  /**
   * AlwaysAllow (whoever is authenticated may do anything), RBAC, ABAC (RBAC and abacPolicy) or Webhook (RBAC and authorizationWebhook).
   * @default "AlwaysAllow"
   */
  readonly authorization?: "AlwaysAllow" | "RBAC" | "ABAC" | "Webhook" | undefined;

  /**
   * With authorization ABAC: what is allowed beside bindings, a list of { user, group, readonly, apiGroup, namespace, resource, nonResourcePath }.
   * @example [{"user":"alice","namespace":"shop","resource":"*","apiGroup":"*","readonly":true}]
   */
  readonly abacPolicy?:
    | readonly {
        /** User it is for; * is every authenticated one. */
        readonly user?: string | undefined;
        /** Group it is for. */
        readonly group?: string | undefined;
        /** Whether reading alone is allowed. */
        readonly readonly?: boolean | undefined;
        /** API group; * is all. */
        readonly apiGroup?: string | undefined;
        /** Namespace; * is all. */
        readonly namespace?: string | undefined;
        /** Kind of object, for instance pods; * is all. */
        readonly resource?: string | undefined;
        /** Path that is no object, for instance /version; * is all. */
        readonly nonResourcePath?: string | undefined;
      }[]
    | undefined;

  /**
   * With authorization Webhook: kubeconfig of the service that is asked; set it as a secret when it holds a key or token.
   * @example "{ clusters: [{ name: authorizer, cluster: { server: https://authorizer.example } }], contexts: [{ name: webhook, context: { cluster: authorizer } }], current-context: webhook }"
   */
  readonly authorizationWebhook?: string | undefined;

  /**
   * Issuers of tokens by which people log in, with OpenID Connect: [{ issuer, audiences, usernameClaim, groupsClaim, prefix, requiredClaims, certificateAuthority }]. Needs another authorization than AlwaysAllow.
   * @default []
   * @example [{"issuer":"https://accounts.example.org","audiences":["kubernetes"],"groupsClaim":"groups"}]
   */
  readonly oidc?:
    | readonly {
        /** Required. Address of the issuer, as it stands in tokens, by https. */
        readonly issuer: string;
        /** Required. For whom tokens have to be: the client's identifier, usually; one of several is enough. */
        readonly audiences: readonly string[];
        /**
         * Claim that names the user.
         * @default "sub"
         */
        readonly usernameClaim?: string | undefined;
        /** Claim that names the user's groups. By default nobody has any. */
        readonly groupsClaim?: string | undefined;
        /**
         * What names of users and groups begin with, one for each issuer.
         * @default "oidc:"
         */
        readonly prefix?: string | undefined;
        /**
         * Claims that a token needs, with their values.
         * @default {}
         */
        readonly requiredClaims?: Readonly<Record<string, string>> | undefined;
        /** Certificate of the authority by which the issuer is known, PEM. By default those that the image trusts. */
        readonly certificateAuthority?: string | undefined;
      }[]
    | undefined;

  /**
   * Whether the master offers the API in clear, with an administrator's rights, on its 127.0.0.1:8080, as the original did.
   * @default false
   */
  readonly localhostApi?: boolean | undefined;

  /**
   * Whether Services may have externalIPs: any address, which every machine then takes to the Service in place of whom it belongs to.
   * @default false
   */
  readonly serviceExternalIps?: boolean | undefined;

  /**
   * What pods may ask for in namespaces without labels of their own, by the Pod Security Standards; kube-system and kube-flannel are exempt.
   * @default "privileged"
   * @example "baseline"
   */
  readonly podSecurity?: "privileged" | "baseline" | "restricted" | undefined;

  /**
   * The API server beyond what has a key of its own: { arguments }.
   * @default {"arguments":{}}
   * @example {"arguments":{"event-ttl":"3h","default-unreachable-toleration-seconds":"60"}}
   */
  readonly apiServer?:
    | {
        /**
         * Arguments of kube-apiserver without dashes, of these: aggregator-reject-forwarding-redirect, audit-log-maxage, audit-log-maxbackup, default-not-ready-toleration-seconds, default-unreachable-toleration-seconds, delete-collection-workers, enable-aggregator-routing, event-ttl, goaway-chance, http2-max-streams-per-connection, kubelet-timeout, max-mutating-requests-inflight, max-requests-inflight, min-request-timeout, request-timeout, v.
         * @default {}
         */
        readonly arguments?: Readonly<Record<string, string>> | undefined;
      }
    | undefined;

  /**
   * How connections find their Service: { mode }.
   * @default {"mode":"iptables"}
   * @example {"mode":"nftables"}
   */
  readonly kubeProxy?:
    | {
        /**
         * nftables needs Linux 5.13 and nft 1.0.1, which all supported images have; it scales with Services.
         * @default "iptables"
         */
        readonly mode?: "iptables" | "nftables" | undefined;
      }
    | undefined;

  /**
   * DNS domain of services.
   * @default "cluster.local"
   */
  readonly clusterDomain?: string | undefined;

  /**
   * How long leaf certificates are valid, hours.
   * @default 8760
   */
  readonly certificateValidityHours?: number | undefined;

  /**
   * How long before its end the administrator's certificate is issued anew, and the preview warns of machines' certificates, hours.
   * @default 720
   */
  readonly certificateEarlyRenewalHours?: number | undefined;

  /**
   * How long certificate authorities are valid that are made from now on, hours.
   * @default 87600
   */
  readonly authorityValidityHours?: number | undefined;

  /**
   * Which certificate authorities issue and are trusted, by number. To rotate them: 1, then 1+2 (1 issues, 2 is trusted too), 2+1, 2; every machine replaced after each step.
   * @default "1"
   * @example "1+2"
   */
  readonly authorities?: string | undefined;

  /**
   * Base address of a mirror that serves release files as MIRROR/HOST/PATH.
   * @example "https://mirror.example/kubernetes"
   */
  readonly artifactMirror?: string | undefined;

  /**
   * SHA-256 of release files of one's own choice: { HOST/PATH: hexadecimal }.
   * @default {}
   * @example {"dl.k8s.io/release/v1.36.3/bin/linux/amd64/kubelet":"46707a53209f826ad0f0d62371ac69cd00e78fd9a8176cf5f6f87f18f7f8b718"}
   */
  readonly artifactChecksums?: Readonly<Record<string, string>> | undefined;

  /**
   * Mirrors of container registries: { registry.k8s.io: [https://mirror.example] }.
   * @default {}
   * @example {"registry.k8s.io":["https://mirror.example"]}
   */
  readonly registryMirrors?: Readonly<Record<string, readonly string[]>> | undefined;

  /**
   * What runs in the cluster beside the pod network and DNS: { networkPolicy }.
   * @default {}
   * @example {"networkPolicy":false}
   */
  readonly addons?:
    | {
        /** Whether NetworkPolicies are enforced. By default true for a new cluster, and for one that exists what it has. */
        readonly networkPolicy?: boolean | undefined;
      }
    | undefined;

  /**
   * Whether people depend on the cluster: refuses what only a trial may have (AlwaysAllow, adminCidrs open to the world, no etcd volume or snapshots, no protection, unchecked downloads over plain HTTP).
   * @default false
   */
  readonly production?: boolean | undefined;

  /**
   * Whether etcd's volume and the authorities are protected: destroy and replacements of them are refused until this is false.
   * @default true
   */
  readonly protectData?: boolean | undefined;

  /**
   * How many nodes are replaced at the same time.
   * @default 1
   */
  readonly maxUnavailable?: number | undefined;

  /**
   * How long pods may take to leave a machine that is replaced or removed, minutes; 0 does not wait for them.
   * @default 10
   */
  readonly drainMinutes?: number | undefined;

  /**
   * How long up waits for the cluster to work, minutes; 0 waits for nothing and drains nothing - a new cluster gets no add-ons, one that has them keeps them.
   * @default 20
   */
  readonly readinessTimeoutMinutes?: number | undefined;
}
