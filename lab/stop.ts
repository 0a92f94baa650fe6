import * as fs from "node:fs";
import { fail } from "./lib/fail.ts";
import { stateRoot } from "./lib/paths.ts";
import { Stages } from "./lib/stages.ts";
import { stopAllClouds } from "./openstack/cloud.ts";

/** `npm stop`: ends the boxed OpenStack with all its machines and forgets the stacks that lived in it; caches stay. */
async function stop(): Promise<void> {
  await new Stages().run("stop", async (report) => {
    await stopAllClouds(report);
    fs.rmSync(stateRoot, { recursive: true, force: true });
  });
}

stop().catch(fail("Run `npm stop` again; what it cannot remove it names."));
