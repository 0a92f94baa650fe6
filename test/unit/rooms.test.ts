import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, test } from "vitest";
import { commands, rooms } from "../../rooms.mts";
import { documentedPart, repository } from "../support/markdown";
import { roomPicture, roomTable } from "../support/rooms";

const foldersIn = (folder: string): string[] =>
  fs
    .readdirSync(path.join(repository, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}`);

describe("the rooms of rooms.mts", () => {
  test("are the folders that there are", () => {
    const named = rooms.map(({ folder }) => folder).filter((folder) => folder.startsWith("components/"));
    expect(named.sort()).toEqual(foldersIn("components").sort());
  });

  test("stand below all that they may import", () => {
    const order = rooms.map(({ folder }) => folder);
    for (const { folder, imports } of rooms) {
      for (const name of imports)
        expect(order.indexOf(name), `${folder} → ${name}`).toBeLessThan(order.indexOf(folder));
    }
  });

  test("leave at the root of components the files that tell the story", () => {
    const files = fs.readdirSync(path.join(repository, "components")).filter((name) => name.endsWith(".ts"));
    expect(files.length).toBeLessThanOrEqual(8);
  });

  test("are beside commands, each with a program of its own", () => {
    const own = foldersIn(commands.folder).filter((folder) => folder !== commands.shared);
    const { scripts } = JSON.parse(fs.readFileSync(path.join(repository, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const started = Object.values(scripts).flatMap((line) => /^node (commands\/.+)\/main\.ts$/.exec(line)?.[1] ?? []);
    expect(own.sort()).toEqual(started.sort());
  });
});

describe("rooms in documents (npm run documents writes them)", () => {
  test.each([
    ["CONTRIBUTING.md", "rooms", roomTable()],
    ["docs/architecture.md", "rooms", roomPicture()],
  ])("%s, %s", (file, part, content) => {
    expect(documentedPart(file, part, content)).toBe(content);
  });
});
