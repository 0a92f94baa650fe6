import { describe, expect, it } from "vitest";
import { validityOfNew } from "../../components/pki/validity";

const now = new Date("2026-12-01T00:00:00Z");
const settings = { validityHours: 8760, earlyRenewalHours: 720 };

describe("how long a new machine's certificate is asked for", () => {
  it.each([
    ["there is none yet", undefined, 8760],
    ["the one that is there lasts", { end: "2027-01-01T00:00:01Z", validityHours: 8760 }, 8760],
    ["the one that is there is about to end", { end: "2026-12-30T00:00:00Z", validityHours: 8760 }, 8761],
    ["the one that is there has ended", { end: "2026-11-30T00:00:00Z", validityHours: 8760 }, 8760 + 1],
    ["it was asked for another time anyway", { end: "2026-12-02T00:00:00Z", validityHours: 8761 }, 8760],
  ])("where %s", (_, recorded, hours) => {
    expect(validityOfNew(recorded, settings, now)).toBe(hours);
  });
});
