import { describe, expect, test } from "vitest";
import { stackSchema, type StackKey } from "../../components/config/schema";
import { configurationReference, keyTable } from "../support/configuration-reference";
import { imageList, machineTable, releaseFileTable } from "../support/document-tables";
import { documentedFile, documentedPart } from "../support/markdown";
import { fieldsOf } from "../support/schema-shape";
import { companions, settingExamples } from "../support/setting-examples";
import { settingsFile, settingsSource } from "../support/settings-source";
import { problemsOf } from "./config-values";

const stackFiles = ["examples/stacks/Pulumi.ovh.yaml", "examples/stacks/Pulumi.production.yaml", "Pulumi.dev.yaml"];

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

describe("made from the program (npm run documents writes them)", () => {
  test.each([
    ["docs/configuration.md", "keys", keyTable()],
    ["docs/configuration.md", "structured keys", configurationReference(settingExamples)],
    ["docs/ovh.md", "machines of the examples", machineTable(stackFiles)],
    ["docs/offline.md", "release files", releaseFileTable()],
    ["docs/offline.md", "container images", imageList()],
  ])("%s, %s", (file, part, content) => {
    expect(documentedPart(file, part, content)).toBe(content);
  });

  test("the type of a cluster's settings", async () => {
    const text = await settingsSource(settingExamples);
    expect(documentedFile(settingsFile, text)).toBe(text);
  });
});
