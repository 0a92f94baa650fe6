import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderMaster } from "../../cloudinit";
import { masterDescription } from "../support/descriptions";
import { GuestFiles } from "../support/guest-files";
import { ensureStockRoot } from "../../lab/guest/stock.ts";
import { ensureHostPackages } from "../../lab/lib/host.ts";

const written = "/opt/kovhernetes /etc/kubernetes /etc/kovhernetes /etc/etcd";

/** Stages of cloud-init that write files, run by itself on a machine that is told its user data by a folder, with no network to set up. */
const machine = `
  # Packages that are not configured lack it.
  [ -e /bin/sh ] || ln -s bash /bin/sh
  rm -rf ${written}; mkdir -p /var/lib/cloud/seed/nocloud
  sed 's/^hostname:.*/hostname: test/' /rendered/user-data >/var/lib/cloud/seed/nocloud/user-data
  echo 'instance-id: one' >/var/lib/cloud/seed/nocloud/meta-data
  printf 'datasource_list: [NoCloud]\\nnetwork: {config: disabled}\\n' >/etc/cloud/cloud.cfg.d/99-test.cfg
  boot() { rm -rf /run/cloud-init; cloud-init init --local >/dev/null 2>&1; cloud-init init >/dev/null 2>&1; }
  empty() { find ${written} -type f -empty | wc -l; }
  differing() { for file in $(cd /rendered/tree && find .${written.replaceAll(" ", " .")} -type f); do cmp -s "/rendered/tree/$file" "/$file" || echo "$file"; done; }
  lose_power() { find ${written} -type f -exec truncate -s 0 {} +; }
`;

/** What is left when the power goes soon after files were written: their names, and cloud-init's own marks that they are done. */
const userData = renderMaster(masterDescription);
const programs = [
  "cloud-init",
  "dash",
  "util-linux",
  "mount",
  "iproute2",
  "diffutils",
  "findutils",
  "gawk",
  "grep",
  "sed",
];

describe.each([
  ["Debian 13", () => GuestFiles.write(userData)],
  [
    "Debian 12 (22.4)",
    async () => {
      await ensureHostPackages(console.log);
      return GuestFiles.writeIn(await ensureStockRoot("bookworm", console.log, programs), userData);
    },
  ],
])("a power loss during the first boot, with the cloud-init of %s", (_, write) => {
  let files: GuestFiles;

  beforeAll(async () => {
    files = await write();
  });

  afterAll(() => {
    files.remove();
  });

  const said = async (script: string): Promise<string> => (await files.run(`{ ${machine} ${script}\n}`)).stdout;

  it("leaves files empty for good where nothing but cloud-init looks after them", async () => {
    const without = "sed -i '/^bootcmd:/,/^write_files:/{/^write_files:/!d}' /var/lib/cloud/seed/nocloud/user-data";
    expect(await said(`${without}; boot; empty; lose_power; boot; [ $(empty) -gt 20 ] && echo still empty`)).toBe(
      "0\nstill empty",
    );
  });

  it("is made good at the next boot", async () => {
    expect(await said("boot; lose_power; boot; differing")).toBe("");
  });

  it("is none once the machine has written it all: what an administrator changed afterwards stays", async () => {
    const mark = ": >/var/lib/cloud/instance/kovhernetes-written";
    const change = "echo changed >/etc/kubernetes/kubelet.yaml";
    expect(await said(`boot; ${mark}; ${change}; boot; differing`)).toBe("./etc/kubernetes/kubelet.yaml");
  });
});
