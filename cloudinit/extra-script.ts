import type { UserDataExtra } from "../components/model/machine-extras";
import { publicFile, withFinalNewline, type MachineFile } from "./files";
import { scripts, systemdUnits } from "./paths";
import { commandLine, renderUnit } from "./units";

const script = `${scripts}/extra`;
const done = "/var/lib/kovhernetes/extra-done";

/** Units between which the script runs. */
const order = {
  beforeKubernetes: {
    After: "network-online.target kovhernetes-networks.service",
    Before: "kovhernetes-packages.service",
  },
  afterKubernetes: { After: "network-online.target kubelet.service" },
} as const;

/**
 * A script of somebody's own, for root alone since it may hold secrets, and the unit that runs it: once, and again until it succeeds. Nothing but an
 * order ties the cluster to it: a script that fails is reported on the console, and keeps no machine from becoming a node.
 */
export function extraScriptFiles(extra: UserDataExtra | undefined): readonly MachineFile[] {
  if (extra === undefined) return [];
  return [
    { path: script, content: withFinalNewline(extra.script), mode: "0700" },
    publicFile(
      `${systemdUnits}/kovhernetes-extra.service`,
      renderUnit({
        Unit: {
          Description: "Script of userDataExtra",
          Wants: "network-online.target",
          ...order[extra.when],
          ConditionPathExists: `!${done}`,
          StartLimitIntervalSec: "0",
        },
        Service: {
          Type: "oneshot",
          RemainAfterExit: "yes",
          StateDirectory: "kovhernetes",
          ExecStart: commandLine(script),
          ExecStartPost: [
            commandLine("/bin/touch", done),
            `-${commandLine(`${scripts}/report.sh`, "userDataExtra has run")}`,
          ],
          ExecStopPost: `-${commandLine(`${scripts}/report-failure.sh`, "kovhernetes-extra")}`,
          Restart: "on-failure",
          RestartSec: "60",
          TimeoutStartSec: "30min",
        },
      }),
    ),
  ];
}
