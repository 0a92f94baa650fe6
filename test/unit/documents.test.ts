import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, test } from "vitest";
import { stackSchema, type StackKey } from "../../components/config/schema";
import { fieldsOf } from "../support/schema-shape";
import { settingExamples } from "../support/setting-examples";
import { settingsFile, settingsSource } from "../support/settings-source";
import { problemsOf } from "./config-values";

const root = path.join(__dirname, "../..");

/** What a file holds. `UPDATE_DOCUMENTS=1` writes it first. */
function kept(file: string, text: string): string {
  if (process.env["UPDATE_DOCUMENTS"] !== undefined) fs.writeFileSync(path.join(root, file), text);
  return fs.readFileSync(path.join(root, file), "utf8");
}

/** What else has to be set for an example to have a meaning. */
const companions: { readonly [Key in StackKey]?: Readonly<Record<string, unknown>> } = {
  nodePools: { hostCidr: "192.168.0.0/24" },
  abacPolicy: { authorization: "ABAC" },
  authorizationWebhook: { authorization: "Webhook" },
};

describe("examples of keys", () => {
  test.each(Object.entries(settingExamples))("the program takes that of %s", (key, example) => {
    expect(problemsOf({ [key]: example, ...companions[key as StackKey] })).toEqual([]);
  });

  test("every key without a default has one", () => {
    const lacking = fieldsOf(stackSchema).filter(
      ({ name, preset }) => preset === undefined && !(name in settingExamples),
    );
    expect(lacking.map(({ name }) => name)).toEqual([]);
  });
});

describe("made from the schema (npm run documents writes them)", () => {
  test("the type of a cluster's settings", async () => {
    const text = await settingsSource(settingExamples);
    expect(kept(settingsFile, text)).toBe(text);
  });
});
