import * as fs from "node:fs";
import { report, runCommand, stackUsage } from "../shared/command.ts";
import { exportState } from "../shared/export.ts";
import { readConfiguration } from "../shared/stack.ts";
import { drawCluster } from "./diagram.ts";
import { describeState } from "./state.ts";

const usage = `usage: npm run --silent diagram -- --stack NAME [OPTION]...

Draws a stack's cluster as one SVG picture: networks, machines with their addresses, ports, and who talks TLS to whom. Reads the
stack's state and configuration alone; no secret is decrypted.

${stackUsage}
  --output FILE           where the picture goes; standard output by default`;

await runCommand(usage, { output: { type: "string" } }, async (location, { output }) => {
  const [state, configuration] = await Promise.all([exportState(location), readConfiguration(location)]);
  const picture = drawCluster(describeState(state, configuration));
  if (output === undefined) process.stdout.write(picture);
  else {
    fs.writeFileSync(output, picture);
    report(`written to ${output}`);
  }
  return 0;
});
