import type { Addresses } from "./addresses.ts";
import type { Program } from "./programs.ts";

/** The one domain of the lab's internet: it and all below it have the gateway's address. Every other name does not exist there. */
export const outsideDomain = "outside.example";

/** The resolver of the external network, on its gateway's address. Neutron's own dnsmasq knows the machines of a network and refuses all other names. */
export function outsideResolver({ gateway }: Addresses): Program {
  const options = ["--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--no-resolv", "--no-hosts"];
  const listening = [`--listen-address=${gateway}`, "--bind-interfaces", "--port=53"];
  const names = ["--local=/#/", `--address=/${outsideDomain}/${gateway}`];
  // The address comes up after the programs.
  const reachable = `until ip -4 -o address | grep -qF " ${gateway}/"; do sleep 1; done`;
  return {
    name: "outside-resolver",
    command: `/bin/sh -c '${reachable}; exec /usr/sbin/dnsmasq ${[...options, ...listening, ...names].join(" ")}'`,
  };
}
