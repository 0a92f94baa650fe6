import * as fs from "node:fs";
import * as path from "node:path";
import type { Machine } from "../shared/machine.ts";
import { pulumi, type StackLocation } from "../shared/pulumi.ts";
import { runAsRoot, type Access } from "../shared/remote.ts";
import { apiOf } from "../shared/kubeconfig.ts";
import type { ClusterOutputs } from "../shared/stack.ts";
import { askApi } from "./api.ts";
import { certificateSection, type CertificateRow } from "./certificates.ts";
import { driftSection, driftSkipped, type DriftRow } from "./drift.ts";
import { etcdSection, type EtcdRow } from "./etcd.ts";
import { guardSection, type GuardRow } from "./guards.ts";
import { nodeSection, type NodeSection } from "./nodes.ts";
import type { Answer, Section } from "./section.ts";

/** All that is told of a running cluster. */
export interface Status {
  readonly nodes: NodeSection;
  readonly etcd: Section<EtcdRow>;
  readonly certificates: Section<CertificateRow>;
  readonly guards: Section<GuardRow>;
  readonly drift: Section<DriftRow>;
}

export interface StatusArgs {
  readonly location: StackLocation;
  readonly outputs: ClusterOutputs;
  readonly access: Access;
  /** Whether to compare the configuration with the cloud, which takes the cloud's credentials. */
  readonly drift: boolean;
  /** How long before its end a certificate is worth a warning, hours. */
  readonly warningHours: number;
  /** Time between two snapshots of etcd, hours. */
  readonly snapshotHours: number;
  /** Receives progress, one line at a time. */
  readonly report: (line: string) => void;
}

/** How long each part may take, milliseconds. */
const limits = { api: 60_000, machine: 90_000, preview: 15 * 60_000 } as const;

/** Asks everything at the same time; a part that cannot be asked says so in its section and holds up no other. */
export async function askStatus(args: StatusArgs): Promise<Status> {
  const { location, outputs, access, warningHours } = args;
  const { apiUrl, kubeconfig, machines } = outputs;
  const timed = timer(args.report);
  const onMachines = (what: string, asked: readonly Machine[], script: string) =>
    timed(
      what,
      Promise.all(
        asked.map(async (machine) => ({
          machine: machine.name,
          ...(await answerOf(runAsRoot(machine, scripts(script), access, limits.machine))),
        })),
      ),
    );
  const masters = machines.filter(({ role }) => role === "master");
  const preview = () => pulumi(location, ["preview", "--refresh", "--json"], limits.preview);
  const [nodes, etcd, certificates, guards, drift] = await Promise.all([
    timed("nodes", answerOf(askApi(kubeconfig, AbortSignal.timeout(limits.api)))),
    onMachines("etcd", masters, "etcd.sh"),
    onMachines("certificates", machines, "certificates.sh"),
    onMachines("guards", machines, "guards.sh"),
    args.drift ? timed("drift (pulumi preview)", answerOf(preview())) : undefined,
  ]);
  const now = new Date();
  const administrator = apiOf(kubeconfig).certificate;
  return {
    nodes: nodeSection(apiUrl, machines, nodes),
    etcd: etcdSection({ answers: etcd, now, snapshotHours: args.snapshotHours }),
    certificates: certificateSection({ answers: certificates, administrator, now, warningHours }),
    guards: guardSection(guards),
    drift: drift === undefined ? driftSkipped : driftSection(drift),
  };
}

async function answerOf<T>(work: Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await work };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

function scripts(name: string): string {
  return fs.readFileSync(path.join(import.meta.dirname, name), "utf8");
}

/** Tells how long each piece of work took, once it ended. */
function timer(report: (line: string) => void) {
  const start = Date.now();
  return async <T>(what: string, work: Promise<T>): Promise<T> => {
    const value = await work;
    report(`[${Math.round((Date.now() - start) / 1000)} s] asked: ${what}`);
    return value;
  };
}
