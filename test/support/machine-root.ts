import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parseUserData } from "./user-data";

/** What stands for `stat` where the machine's file systems have room, however full those of the host are. */
export const roomyStat = `if [ "$1" = -f ]; then echo 9000000 10000000 4096; else exec /usr/bin/stat "$@"; fi`;

/** A machine's directories below a temporary one, in which its scripts run; `sleep` takes no time there. */
export class MachineRoot {
  readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), "scripts-"));

  constructor() {
    for (const directory of ["bin", "dev/kovhernetes", "usr/local/bin"]) {
      fs.mkdirSync(this.at(directory), { recursive: true });
    }
    this.program("bin/sleep", "");
    this.program("bin/stat", roomyStat);
  }

  at(name: string): string {
    return path.join(this.directory, name);
  }

  read(name: string): string {
    return fs.readFileSync(this.at(name), "utf8");
  }

  /** What was put on the console. */
  console(): string {
    return fs.existsSync(this.at("dev/console")) ? this.read("dev/console") : "";
  }

  write(name: string, content: string | Uint8Array, mode = 0o644): void {
    fs.mkdirSync(path.dirname(this.at(name)), { recursive: true });
    fs.writeFileSync(this.at(name), content, { mode });
  }

  /** A shell script that stands for a program; directories of the machine in its text are those below this one. */
  program(name: string, body: string): void {
    this.write(name, `#!/bin/sh\n${this.moved(body)}`, 0o755);
  }

  /** Writes what the user data writes. */
  install(userData: string): void {
    for (const [name, { content, mode }] of parseUserData(userData).files) {
      this.write(name, /\.(sh|py)$/.test(name) ? this.moved(content) : content, parseInt(mode, 8));
    }
  }

  /** Runs a script of the machine's, with the variables of an environment file. */
  async run(
    script: string,
    {
      environmentFile,
      args = [],
      onlyOwnPrograms = false,
    }: {
      readonly environmentFile?: string;
      readonly args?: readonly string[];
      /** Whether the machine has those of its `bin` alone, and none of this one's. */
      readonly onlyOwnPrograms?: boolean;
    } = {},
  ): Promise<{ code: number; output: string }> {
    const source = environmentFile === undefined ? "" : `set -a; . ${this.at(environmentFile)}; set +a; `;
    const others = onlyOwnPrograms ? [] : ["/usr/sbin", "/sbin", process.env["PATH"] ?? ""];
    const env = { ...process.env, PATH: [this.at("bin"), ...others].join(":") };
    const command = `${source}exec ${this.at(`opt/kovhernetes/lib/${script}`)} "$@"`;
    const child = spawn("/bin/sh", ["-c", command, "sh", ...args], { env });
    let output = "";
    child.stdout.on("data", (text: Buffer) => (output += text.toString()));
    child.stderr.on("data", (text: Buffer) => (output += text.toString()));
    const [code] = (await once(child, "close")) as [number];
    return { code, output };
  }

  /** Takes a file or a directory away. */
  removeFile(name: string): void {
    fs.rmSync(this.at(name), { recursive: true, force: true });
  }

  remove(): void {
    fs.rmSync(this.directory, { recursive: true });
  }

  private moved(text: string): string {
    const ours =
      /\/(?:opt\/|etc\/(?:kovhernetes|modules-load\.d|ufw)|usr\/(?:local\/bin|lib\/systemd\/systemd-sysctl)|run\/|var\/lib\/(?:etcd|cloud\/data)|dev\/(?:console|kovhernetes)|etc\/systemd\/(?:network|resolved)|sys\/class\/(?:net|dmi)|proc\/(?:sys\/net|meminfo))/g;
    return text.replace(ours, (found) => `${this.directory}${found}`);
  }
}
