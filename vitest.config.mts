import { defineConfig } from "vitest/config";

/** Suites that build and run real parts: one thing at a time, and as long as a cluster takes. */
const onTheLab = { fileParallelism: false, testTimeout: 40 * 60_000, hookTimeout: 40 * 60_000, retry: 0 };

/** Files that have a project of their own in the cloud that they share. */
const besideEachOther = { fileParallelism: true, maxWorkers: 2, sequence: { groupOrder: 1 } };

/** Suites that need nothing but the processor, which others may be using at the same time. */
const inMemory = { testTimeout: 30_000 };

const suite = (name: string, settings: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], environment: "node", ...settings },
});

export default defineConfig({
  test: {
    projects: [
      // Where no engine says so, as it does elsewhere.
      suite("unit", { ...inMemory, env: { PULUMI_NODEJS_PROJECT: "kovhernetes" } }),
      // Loading the provider packages takes longer than the tests; each file sets its mocks anew.
      suite("components", { ...inMemory, isolate: false }),
      // Random sequences of what people do, against a simulated engine and cloud, see docs/decisions/0027.
      suite("lifecycle-model", {
        ...{ testTimeout: 60 * 60_000, fileParallelism: true, maxWorkers: 2, sequence: { groupOrder: 2 } },
        env: { PULUMI_NODEJS_PROJECT: "kovhernetes" },
      }),
      suite("engine", onTheLab),
      suite("userdata", onTheLab),
      suite("control-plane", onTheLab),
      // A cluster takes much of its time waiting for the cloud: a second file computes meanwhile. And the plugin waits for it no longer than it
      // takes, since pretended machines are there at once (lab/engine/waits.ts).
      suite("program", {
        ...onTheLab,
        ...besideEachOther,
        env: { KOVHERNETES_LAB_PROVIDER_WAITS: "0.1" },
        globalSetup: "test/program/global-setup.ts",
      }),
      suite("cluster", onTheLab),
      // A quarter of an hour, by hand: see docs/operations.md, "When an update is cut off".
      suite("interruptions", { ...onTheLab, globalSetup: "test/program/global-setup.ts" }),
      // Figures of docs/scale.md, measured anew: by hand, `npm run simulate`.
      suite("scale", onTheLab),
      // An hour on emulated machines: by hand, when something in its way was changed.
      suite("rollout", onTheLab),
      suite("upgrade", onTheLab),
      suite("faults", onTheLab),
      suite("rotation", { ...onTheLab, globalSetup: "test/program/global-setup.ts" }),
      suite("golden-image", { ...onTheLab, globalSetup: "test/program/global-setup.ts" }),
    ],
  },
});
