import * as path from "node:path";
import { execa } from "execa";
import { beforeAll, describe, expect, it } from "vitest";
import { renderMaster } from "../../cloudinit";
import type { Authorization } from "../../components/model/authorization";
import { components, kubernetesComponent, kubernetesOfSuites } from "../../lab/mirror/components.ts";
import { ensureGoComponent } from "../../lab/mirror/go.ts";
import { masterDescription } from "../support/descriptions";
import { renderedUnits, splitCommand, unitDirectives } from "../support/user-data";
import type { Ended } from "./support.ts";

type Daemon = (typeof daemons)[number];
const daemons = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "etcd",
] as const;

/**
 * Flags of ours that a release warns of. Whatever is new here goes away some releases later: it belongs into the table of
 * docs/releasing.md, with what takes its place.
 */
const deprecated: Partial<Record<Daemon, readonly string[]>> = { "kube-proxy": ["healthz-port"] };

const authorizations: readonly Authorization[] = [
  { mode: "AlwaysAllow" },
  { mode: "ABAC", policy: [] },
  { mode: "Webhook", kubeconfig: "token: t" },
];

describe(`flags of a machine's programs, with Kubernetes ${kubernetesOfSuites()}`, () => {
  let folders: { readonly kubernetes: string; readonly etcd: string };

  beforeAll(async () => {
    folders = {
      kubernetes: await ensureGoComponent(kubernetesComponent(kubernetesOfSuites()), console.log),
      etcd: await ensureGoComponent(components.etcd, console.log),
    };
  });

  /** A program reads all of its flags before it shows its help, and fails at one that it does not know or whose value it cannot read. */
  async function read(name: Daemon, flags: readonly string[]): Promise<Ended> {
    const program = path.join(name === "etcd" ? folders.etcd : folders.kubernetes, name);
    return execa(program, [...flags, "--help"], { reject: false, stdin: "ignore" });
  }

  function flagsOf(name: Daemon, authorization: Authorization): readonly string[] {
    const unit = renderedUnits(renderMaster({ ...masterDescription, authorization })).get(`${name}.service`) ?? "";
    const [command = ""] = unitDirectives(unit, "Service").flatMap(([key, value]) =>
      key === "ExecStart" ? [value] : [],
    );
    return splitCommand(command).slice(1);
  }

  it.each([
    ...daemons.map((name) => [name, { mode: "RBAC" }] as const),
    ...authorizations.map((authorization) => ["kube-apiserver", authorization] as const),
    ["kube-controller-manager", { mode: "AlwaysAllow" }] as const,
  ])("%s knows them, under $mode", async (name, authorization) => {
    const flags = flagsOf(name, authorization);
    expect(flags.length).toBeGreaterThan(0);
    const { exitCode, stderr } = await read(name, flags);
    expect(exitCode, stderr).toBe(0);
    const warned = [...stderr.matchAll(/^Flag --(\S+) has been deprecated/gm)].map(([, flag]) => flag);
    expect(warned).toEqual(deprecated[name] ?? []);
  });

  it.each(daemons)("%s would say so if it did not", async (name) => {
    expect((await read(name, ["--no-such-flag=1"])).exitCode).not.toBe(0);
  });
});
