import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { encodeUserData, renderMaster, renderNode, userDataLimit } from "../../cloudinit";
import { masterDescription, nodeDescription } from "../support/descriptions";
import { decodeUserData } from "../support/user-data";

describe("encodeUserData", () => {
  it("packs a text in base64, the same way each time", () => {
    const text = "#cloud-config\n# ü\n";
    const encoded = encodeUserData(text);
    expect(encoded).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(encodeUserData(text)).toBe(encoded);
    expect(decodeUserData(encoded)).toBe(text);
    // No time of day in its header (RFC 1952, MTIME).
    expect([...Buffer.from(encoded, "base64").subarray(4, 8)]).toEqual([0, 0, 0, 0]);
  });

  it("refuses what no packing makes small enough, naming size, limit and remedy", () => {
    expect(() => encodeUserData(randomBytes(60_000).toString("hex"))).toThrow(
      /\d+ characters of base64.*65535.*Shorten/,
    );
  });

  it("makes a node less than half as large, since each machine's is in the state, and leaves a master a third of the room", () => {
    const [node, master] = [renderNode(nodeDescription), renderMaster(masterDescription)];
    expect(decodeUserData(encodeUserData(master))).toBe(master);
    expect(encodeUserData(node).length).toBeLessThan(node.length / 2);
    expect(encodeUserData(master).length).toBeLessThan((userDataLimit * 2) / 3);
  });
});
