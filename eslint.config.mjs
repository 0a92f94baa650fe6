import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules/", "dist/", "**/*.d.ts", "eslint.config.mjs", "lab/bench/*/**"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        // What belongs to no program of ours is linted by itself.
        projectService: { allowDefaultProject: [".dependency-cruiser.mjs"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // A number in a text is a number: a conversion in words adds nothing.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  {
    // They have a tsconfig.json for whoever copies them, which looks for an installed package.
    files: ["examples/**/*.ts"],
    languageOptions: { parserOptions: { projectService: false, project: "./tsconfig.json" } },
  },
  {
    files: ["index.ts", "library.ts", "components/**/*.ts", "golden-image/**/*.ts", "examples/**/*.ts"],
    plugins: { "@pulumi": pulumi },
    rules: Object.fromEntries(Object.keys(pulumi.rules).map((rule) => [`@pulumi/${rule}`, "error"])),
  },
);
