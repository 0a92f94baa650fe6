import { commands, rooms } from "./rooms.mts";

/**
 * A path that begins with one of these folders, as a regular expression.
 *
 * @param {readonly string[]} folders
 */
const within = (folders) => `^(${folders.join("|")})/`;

/** What a room may not import: every file of the project that is in no room which the table gives it. */
const rules = rooms.map(({ folder, imports }) => ({
  name: `${folder} imports what rooms.mts gives it`,
  severity: "error",
  from: { path: within([folder]) },
  to: { pathNot: `${within([folder, ...imports])}|node_modules`, dependencyTypesNot: ["core"] },
}));

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...rules,
    {
      name: "no circle of files",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "a command imports what commands share",
      severity: "error",
      from: { path: `^${commands.folder}/([^/]+)/` },
      to: {
        path: "^[^/]+",
        pathNot: `^${commands.folder}/($1|shared)/|node_modules`,
        dependencyTypesNot: ["core"],
      },
    },
    {
      name: "what a machine is made of knows no program",
      severity: "error",
      from: { path: within([...rooms.map(({ folder }) => folder), "commands", "golden-image"]) },
      to: { path: "^(index\\.ts|library\\.ts|lab/|test/)" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // Types tie rooms together as values do.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
  },
};
