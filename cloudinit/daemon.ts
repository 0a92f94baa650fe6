import { publicFile, type MachineFile } from "./files";
import type { NodeDescription } from "./machine";
import { binaries, scripts, systemdUnits } from "./paths";
import { fetchUnit, releaseMarker, releaseProviding } from "./release";
import { commandLine, renderUnit, type UnitSection } from "./units";

/** A long-running process of the cluster, made into a unit by {@link daemonFile}. */
export interface Daemon {
  /** Name of the unit without `.service`. */
  readonly name: string;
  readonly description: string;
  /** `notify` where the program says by itself when it is ready, else `exec`. */
  readonly type: "notify" | "exec";
  /** Line for `ExecStart=`. */
  readonly command: string;
  /** Executables that must be installed before it starts. */
  readonly executables: readonly string[];
  /** Units that are started with it and before it. */
  readonly after: readonly string[];
  /** Files made on the machine that must exist before it starts. */
  readonly needs: readonly string[];
  /** Lines for `ExecStartPre=` after those files are there. */
  readonly prepare: readonly string[];
  /** What the console is told once it has started. */
  readonly stage: string;
  /** Further directives of its `[Unit]` and `[Service]` sections. */
  readonly unit?: UnitSection;
  readonly service?: UnitSection;
}

/**
 * The unit of a daemon. It waits for its own release files alone. What it needs is a wish (`Wants=`) and a check
 * (`need.sh`), not `Requires=`: systemd never restarts a unit that a failed requirement kept from starting, while a
 * failed check is followed by `Restart=`, which also starts the wished-for units again.
 * @throws when no release file of the description installs one of its executables
 */
export function daemonFile(description: NodeDescription, daemon: Daemon): MachineFile {
  const releases = [...new Set(daemon.executables.map((executable) => releaseProviding(description, executable)))];
  const before = [...releases.map(fetchUnit), ...daemon.after, "network-online.target"].join(" ");
  const content = renderUnit({
    Unit: {
      Description: daemon.description,
      Wants: before,
      After: before,
      StartLimitIntervalSec: "0",
      ...daemon.unit,
    },
    Service: {
      Type: daemon.type,
      Environment: `PATH=${binaries}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      ExecStartPre: [
        commandLine(`${scripts}/need.sh`, ...releases.map(releaseMarker), ...daemon.needs),
        ...daemon.prepare,
      ],
      ExecStart: daemon.command,
      // A daemon that waits for the API by ending and starting again says so once.
      ExecStartPost: `-${commandLine(`${scripts}/report.sh`, "--once", daemon.stage)}`,
      ExecStopPost: `-${commandLine(`${scripts}/report-failure.sh`, daemon.name)}`,
      Restart: "always",
      RestartSec: "5",
      // The last to be killed when memory is short, behind every pod (-997 at most).
      OOMScoreAdjust: "-999",
      // An emulated or overloaded machine takes minutes where a fast one takes seconds.
      TimeoutStartSec: "15min",
      ...daemon.service,
    },
  });
  return publicFile(`${systemdUnits}/${daemon.name}.service`, content);
}
