import { describe, expect, it } from "vitest";
import { renderMaster, renderNode } from "../../cloudinit";
import { masterDescription, nodeDescription } from "../support/descriptions";
import { parseUserData, renderedUnits } from "../support/user-data";

const apiServers = ["192.168.0.10", "192.168.0.11", "192.168.0.12", "192.168.0.13", "192.168.0.14"];

describe("the proxy to the API servers", () => {
  it("is on no machine that is told of no API servers", () => {
    for (const text of [renderNode(nodeDescription), renderMaster(masterDescription)]) {
      expect(text).not.toMatch(/haproxy|api-proxy/);
    }
  });

  it("knows all of them, listens on loopback alone, and comes with its package", () => {
    for (const text of [
      renderNode({ ...nodeDescription, apiServers }),
      renderMaster({ ...masterDescription, apiServers }),
    ]) {
      const { files } = parseUserData(text);
      const configuration = files.get("/etc/kovhernetes/api-proxy.cfg")?.content ?? "";
      expect([...configuration.matchAll(/^ {2}bind (.*)$/gm)].map(([, at]) => at)).toEqual(["127.0.0.1:7445"]);
      const servers = [...configuration.matchAll(/^ {2}server \S+ (\S+)$/gm)].map(([, at]) => at);
      const all = apiServers.map((address) => `${address}:6443`);
      expect(servers).toEqual([...all, ...all]);
      expect(files.get("/etc/kovhernetes/machine.env")?.content).toContain("/usr/sbin/haproxy=haproxy");
    }
  });

  it("is a unit of its own, and the package's never starts", () => {
    const text = renderNode({ ...nodeDescription, apiServers });
    expect(renderedUnits(text).get("kovhernetes-api-proxy.service")).toContain("Restart=always");
    expect(renderedUnits(text).get("kovhernetes.target")).toContain("kovhernetes-api-proxy.service");
    const { files } = parseUserData(text);
    expect(files.get("/etc/systemd/system/haproxy.service.d/kovhernetes.conf")?.content).toBe(
      "[Unit]\nConditionPathExists=!/\n",
    );
  });

  it("is led to addresses alone", () => {
    expect(() => renderNode({ ...nodeDescription, apiServers: ["192.168.0.10:6443\n  user root"] })).toThrow(
      "API server's address is not IPv4",
    );
  });
});
