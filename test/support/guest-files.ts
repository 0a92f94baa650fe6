import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { chrootRun, type ChrootResult } from "../../lab/guest/chroot.ts";
import { ensureGuestImage } from "../../lab/guest/guest.ts";
import { ensureHostPackages } from "../../lab/lib/host.ts";
import { parseUserData } from "./user-data";

/** User data and the files in it, at hand in the guest's root file system, whose own programs then read them. */
export class GuestFiles {
  private constructor(
    private readonly root: string,
    private readonly rendered: string,
  ) {}

  static async write(userData: string): Promise<GuestFiles> {
    await ensureHostPackages(console.log);
    const { root } = await ensureGuestImage(console.log);
    return GuestFiles.writeIn(root, userData);
  }

  /** The same in another root file system. */
  static writeIn(root: string, userData: string): GuestFiles {
    const rendered = fs.mkdtempSync(path.join(os.tmpdir(), "kovhernetes-userdata-"));
    fs.writeFileSync(path.join(rendered, "user-data"), userData);
    for (const [file, { content, mode }] of parseUserData(userData).files) {
      // What is in memory on the machine: the guest's /run is not ours here.
      const target = path.join(rendered, "tree", file.replace(/^\/run\/systemd/, "/etc/systemd"));
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.writeFileSync(target, content, { mode: parseInt(mode, 8) });
    }
    return new GuestFiles(root, rendered);
  }

  /** Runs a script there, with all files where cloud-init would put them and the user data in `/rendered/user-data`. */
  run(script: string, stdin = ""): Promise<ChrootResult> {
    return chrootRun(this.root, ["bash", "-c", `cp -a /rendered/tree/. / && ${script}`], {
      binds: [{ source: this.rendered, target: "/rendered" }],
      stdin,
    });
  }

  remove(): void {
    fs.rmSync(this.rendered, { recursive: true, force: true });
  }
}
