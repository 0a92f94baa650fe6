import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { encodeUserData, renderMaster, renderNode, userDataLimit } from "../../cloudinit";
import { masterDescription, nodeDescription } from "../support/descriptions";
import { decodeUserData } from "../support/user-data";

const largestPlain = Math.floor(userDataLimit / 4) * 3;
const head = "#cloud-config\n";

describe("encodeUserData", () => {
  it("leaves a text alone up to the last byte that fits", () => {
    const text = head + "a".repeat(largestPlain - head.length);
    expect(encodeUserData(text)).toBe(text);
    expect(Buffer.from(text).toString("base64").length).toBeLessThanOrEqual(userDataLimit);
  });

  it("packs a larger one, the same way each time", () => {
    const text = head + "a".repeat(largestPlain - head.length + 1);
    const encoded = encodeUserData(text);
    expect(encoded).not.toBe(text);
    expect(encodeUserData(text)).toBe(encoded);
    expect(decodeUserData(encoded)).toBe(text);
    expect([...Buffer.from(encoded, "base64").subarray(4, 8)]).toEqual([0, 0, 0, 0]);
  });

  it("counts bytes, not characters", () => {
    expect(encodeUserData(head + "ü".repeat(largestPlain / 2))).not.toContain("ü");
  });

  it("refuses what no packing makes small enough, naming size, limit and remedy", () => {
    expect(() => encodeUserData(head + randomBytes(60_000).toString("hex"))).toThrow(
      /\d+ characters of base64.*65535.*Shorten/,
    );
  });

  it("leaves a node plain, and packs a master with a third of the room to spare", () => {
    expect(encodeUserData(renderNode(nodeDescription))).toBe(renderNode(nodeDescription));
    const master = renderMaster(masterDescription);
    expect(decodeUserData(encodeUserData(master))).toBe(master);
    expect(encodeUserData(master).length).toBeLessThan((userDataLimit * 2) / 3);
  });
});
