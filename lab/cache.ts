import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { fail } from "./lib/fail.ts";
import { cacheRoot } from "./lib/paths.ts";

/** `npm run cache`: what the cache holds, with sizes. `npm run cache -- clear`: empties it. */
async function main(): Promise<void> {
  const command = process.argv[2] ?? "show";
  if (command !== "show" && command !== "clear") throw new Error(`unknown: ${command}. Say \`show\` or \`clear\`.`);
  const artefacts = fs.existsSync(cacheRoot) ? fs.readdirSync(cacheRoot).map((name) => path.join(cacheRoot, name)) : [];
  if (artefacts.length === 0) {
    console.log(`The cache ${cacheRoot} is empty.`);
    return;
  }
  const { stdout } = await execa("du", ["--summarize", "--human-readable", "--total", ...artefacts]);
  console.log(stdout);
  if (command === "clear") {
    fs.rmSync(cacheRoot, { recursive: true, force: true });
    console.log(`Cleared ${cacheRoot}.`);
  } else {
    console.log("Empty it with: npm run cache -- clear");
  }
}

main().catch(fail("Look into the cache folder by hand."));
