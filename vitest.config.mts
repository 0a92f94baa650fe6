import { defineConfig } from "vitest/config";

/** Suites that work with servers of a real OpenStack: one thing at a time, and as long as a cluster takes. */
const onOpenStack = { fileParallelism: false, testTimeout: 40 * 60_000, hookTimeout: 40 * 60_000, retry: 0 };

const suite = (name: string, settings: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], environment: "node", ...settings },
});

export default defineConfig({
  test: {
    projects: [
      suite("unit"),
      suite("components"),
      suite("userdata"),
      suite("program", onOpenStack),
      suite("cluster", onOpenStack),
    ],
  },
});
