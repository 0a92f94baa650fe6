import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderMaster } from "../../cloudinit";
import { ensureStockRoot, stockSuites } from "../../lab/guest/stock.ts";
import { ensureHostPackages } from "../../lab/lib/host.ts";
import { masterDescription } from "../support/descriptions";
import { GuestFiles } from "../support/guest-files";

/** What our settings come to beside those of the packages in stock images, by the programs that read both. */
describe.each(stockSuites)("a machine of the packages of %s", (suite) => {
  let files: GuestFiles;

  beforeAll(async () => {
    await ensureHostPackages(console.log);
    files = GuestFiles.writeIn(await ensureStockRoot(suite, console.log), renderMaster(masterDescription));
  });

  afterAll(() => {
    files.remove();
  });

  async function lines(script: string): Promise<string[]> {
    const { exitCode, stdout, stderr } = await files.run(script);
    expect([exitCode, exitCode === 0 ? "" : stderr]).toEqual([0, ""]);
    return stdout.split("\n");
  }

  /** The value that is read last, of a file of systemd's with its drop-ins. */
  async function lastValue(file: string, name: string): Promise<string | undefined> {
    const all = await lines(`systemd-analyze cat-config systemd/${file}`);
    return all.filter((line) => line.startsWith(`${name}=`)).at(-1);
  }

  it("allows the kubelet its graceful shutdown, whatever unattended-upgrades says before", async () => {
    const all = await lines("systemd-analyze cat-config systemd/logind.conf");
    expect(all.filter((line) => line.startsWith("InhibitDelayMaxSec="))).toEqual([
      "InhibitDelayMaxSec=30",
      "InhibitDelayMaxSec=40s",
    ]);
  });

  it("asks no neighbour for names, and bounds the journal", async () => {
    expect(await lastValue("resolved.conf", "LLMNR")).toBe("LLMNR=no");
    expect(await lastValue("resolved.conf", "MulticastDNS")).toBe("MulticastDNS=no");
    expect(await lastValue("journald.conf", "SystemMaxUse")).toBe("SystemMaxUse=1G");
  });

  it("gets security updates, and never restarts by itself", async () => {
    const all = await lines("apt-config dump");
    expect(all).toEqual(
      expect.arrayContaining([
        'APT::Periodic::Unattended-Upgrade "1";',
        'Unattended-Upgrade::Automatic-Reboot "false";',
        'Unattended-Upgrade::InstallOnShutdown "false";',
      ]),
    );
    // An image or a later package that says otherwise is read before.
    const contrary = `echo 'Unattended-Upgrade::Automatic-Reboot "true";' >/etc/apt/apt.conf.d/99reboot; apt-config dump`;
    expect(await lines(contrary)).toContain('Unattended-Upgrade::Automatic-Reboot "false";');
  });

  it("has needrestart leave the cluster's daemons alone, and only those", async () => {
    // As needrestart looks a name up: the first expression that matches, in lexical order.
    const lookUp = `our (%nrconf, $LOGPREF); local $/; open my $file, "<", "/etc/needrestart/needrestart.conf" or die; eval <$file>; die $@ if $@;
      for my $unit (@ARGV) {
        my ($rule) = grep { $unit =~ /$_/ } sort keys %{$nrconf{override_rc}};
        print $unit, " ", defined $rule ? $nrconf{override_rc}{$rule} : "by default", "\\n";
      }`;
    const units = await lines(`LC_ALL=C perl -e '${lookUp}' $(cd /etc/systemd/system && echo *.service) cron.service`);
    expect(units.pop()).toBe("cron.service by default");
    expect(units.filter((line) => !line.endsWith(" 0"))).toEqual([]);
    expect(units).toEqual(expect.arrayContaining(["containerd.service 0", "etcd.service 0", "kubelet.service 0"]));
  });

  it("has multipath leave the machine's virtual disks alone", async () => {
    const { stdout, stderr } = await files.run("multipath -t");
    expect(stderr).not.toMatch(/zz-kovhernetes|invalid|missing/);
    const blacklist = /^blacklist \{\n([^]*?)^\}/m.exec(stdout)?.[1];
    expect(blacklist).toMatch(/vendor "QEMU"\s+product "\.\*"/);
  });

  it("has an sshd that takes no password, no root and forwards no display", async () => {
    // cloud-init and Ubuntu's image have files there too.
    const contrary = "echo 'PasswordAuthentication yes' >/etc/ssh/sshd_config.d/50-cloud-init.conf";
    const all = await lines(`${contrary}; mkdir -p /run/sshd; ssh-keygen -q -A; sshd -T`);
    expect(all).toEqual(
      expect.arrayContaining(["x11forwarding no", "passwordauthentication no", "permitrootlogin no"]),
    );
  });
});
