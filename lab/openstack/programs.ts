import type { Addresses } from "./addresses.ts";

/** How the cloud's servers come to be: emulated by QEMU, or pretended by Nova's fake driver. */
export type Driver = "qemu" | "pretended";

/** A program for the cloud's supervisord, run as root in the cloud's namespaces. */
export interface Program {
  readonly name: string;
  /** Command line; supervisord does no shell expansion. */
  readonly command: string;
}

/** In the order of their start. An agent that asks before its service answers waits a minute and more to ask again. */
type Group = "base" | "service" | "agent";

interface CloudProgram extends Program {
  readonly user?: string;
  readonly environment?: string;
}

const neutron = "--config-file=/etc/neutron/neutron.conf --config-file=/etc/neutron";
const cinder = "--config-file=/etc/cinder/cinder.conf";

/**
 * WSGI services by uwsgi. Its keep-alive breaks OpenStack clients that pool connections, hence the plain HTTP socket. One thread a process:
 * oslo.log makes the lock of Python's logging one of eventlet's (`_fix_eventlet_logging`), and two threads that log for the first time at the same moment
 * can wait for it forever, with the service that asked.
 */
function uwsgi(wsgiFile: string, processes: number, ...sockets: string[]): string {
  const options = "--plugin python3 --master --need-app --enable-threads --die-on-term --thunder-lock --lazy-apps";
  const listen = sockets.map((socket) => `--http-socket ${socket}`).join(" ");
  return (
    `uwsgi ${options} --buffer-size 65535 --rem-header Content-Length --disable-logging ${listen} ` +
    `--wsgi-file ${wsgiFile} --processes ${processes} --threads 1`
  );
}

function cloudPrograms(addresses: Addresses, driver: Driver): Record<Group, CloudProgram[]> {
  // Keystone leaves port 5000 of the gateway's address to the mirror's registry.
  const keystone = ["127.0.0.1:5000", `${addresses.cloud}:5000`];
  const nova = "/usr/bin/nova-compute --config-file=/etc/nova/nova.conf --config-file=/etc/nova";
  const libvirt = [
    { name: "virtlogd", command: "/usr/sbin/virtlogd" },
    { name: "libvirtd", command: "/usr/sbin/libvirtd" },
  ];
  return {
    base: [
      { name: "mariadb", user: "mysql", command: "/usr/sbin/mariadbd" },
      {
        name: "rabbitmq",
        user: "rabbitmq",
        command: "/usr/lib/rabbitmq/bin/rabbitmq-server",
        environment: 'HOME="/var/lib/rabbitmq"',
      },
      { name: "memcached", user: "memcache", command: "/usr/bin/memcached -m 32 -l 127.0.0.1 -p 11211 -t 1" },
    ],
    service: [
      { name: "keystone", command: uwsgi("/usr/bin/keystone-wsgi-public", 2, ...keystone) },
      { name: "placement", command: uwsgi("/usr/bin/placement-api", 1, "0.0.0.0:8778") },
      { name: "glance", command: "/usr/bin/glance-api --config-file=/etc/glance/glance-api.conf" },
      { name: "nova-api", command: "/usr/bin/nova-api" },
      { name: "nova-conductor", command: "/usr/bin/nova-conductor" },
      { name: "nova-scheduler", command: "/usr/bin/nova-scheduler" },
      { name: "neutron-server", command: `/opt/cloud/neutron-server ${neutron}/plugins/ml2/ml2_conf.ini` },
      { name: "cinder-api", command: `/usr/bin/cinder-api ${cinder}` },
      { name: "cinder-scheduler", command: `/usr/bin/cinder-scheduler ${cinder}` },
    ],
    agent: [
      ...(driver === "qemu" ? libvirt : []),
      { name: "nova-compute", command: `${nova}/compute-${driver}.conf` },
      {
        name: "neutron-linuxbridge",
        command: `/usr/bin/neutron-linuxbridge-agent ${neutron}/plugins/ml2/linuxbridge_agent.ini`,
      },
      { name: "neutron-dhcp", command: `/usr/bin/neutron-dhcp-agent ${neutron}/dhcp_agent.ini` },
      { name: "neutron-metadata", command: `/usr/bin/neutron-metadata-agent ${neutron}/metadata_agent.ini` },
      { name: "neutron-l3", command: `/usr/bin/neutron-l3-agent ${neutron}/l3_agent.ini` },
      { name: "cinder-volume", command: `/usr/bin/cinder-volume ${cinder}` },
    ],
  };
}

/**
 * Configuration for supervisord: the groups `base`, `service` and `agent`, each started on command once the one before
 * it answers, and `extra` programs, started at once.
 */
export function supervisorConfiguration(addresses: Addresses, driver: Driver, extra: readonly Program[]): string {
  const groups = Object.entries(cloudPrograms(addresses, driver));
  return [
    ...groups.flatMap(([, programs]) => programs.map((program) => section(program, false))),
    ...extra.map((program) => section(program, true)),
    ...groups.map(([name, programs]) => `[group:${name}]\nprograms = ${programs.map(({ name }) => name).join(",")}\n`),
  ].join("\n");
}

function section({ name, command, user, environment }: CloudProgram, autostart: boolean): string {
  return [
    `[program:${name}]`,
    `command = ${command.replaceAll("%", "%%")}`,
    `user = ${user ?? "root"}`,
    `autostart = ${autostart}`,
    "autorestart = true",
    "startsecs = 1",
    "startretries = 10",
    "stopasgroup = true",
    "killasgroup = true",
    "stopwaitsecs = 20",
    "redirect_stderr = true",
    `stdout_logfile = /var/log/supervisor/${name}.log`,
    "stdout_logfile_maxbytes = 20MB",
    "stdout_logfile_backups = 0",
    ...(environment === undefined ? [] : [`environment = ${environment}`]),
    "",
  ].join("\n");
}
