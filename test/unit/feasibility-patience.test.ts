import { describe, expect, it } from "vitest";
import { ask, isPassingFailure } from "../../components/cloud/answer";
import { askAgain, pausesUntil } from "../../components/cloud/ask-again";
import { patiently } from "../../components/cloud/patience";

const envelope = (reason: string): Error =>
  new Error(
    `Invoke: openstack:images/getImage:getImage: invoking openstack:images/getImage:getImage: 1 error occurred:\n\t* ${reason}\n\n`,
  );

/** Puts a question that fails with these reasons, one after the other, and is answered then. */
async function asked(...reasons: readonly string[]) {
  const failures = [...reasons];
  const pauses: number[] = [];
  const answer = await ask(
    () => {
      const reason = failures.shift();
      return reason === undefined ? Promise.resolve("answer") : Promise.reject(envelope(reason));
    },
    (milliseconds) => Promise.resolve(pauses.push(milliseconds)),
  );
  return { answer, pauses };
}

const busy =
  "Unable to query images: The service is currently unable to handle the request due to a temporary overloading or maintenance. This is a temporary condition. Try again later.";

describe("a question that the cloud fails to answer", () => {
  it("is put again, and answered when it is back", async () => {
    expect(await asked(busy, "Internal Server Error")).toEqual({
      answer: { kind: "known", value: "answer" },
      pauses: [2_000, 6_000],
    });
  });

  it("is given up after three tries with the reason", async () => {
    const { answer, pauses } = await asked(busy, busy, busy);
    expect([answer, pauses.length]).toEqual([{ kind: "unanswered", reason: busy }, 2]);
  });

  it.each(["Your query returned no results.", "Request forbidden: 403", "Authentication failed"])(
    "is not put again where the answer is a refusal: %s",
    async (reason) => {
      expect((await asked(reason)).pauses).toEqual([]);
    },
  );

  it("is not put again where the provider remembers that it could not enter", async () => {
    expect((await asked("Error creating OpenStack image client: Gateway Timeout")).pauses).toEqual([]);
  });

  it.each([
    "Too many requests have been sent in a given amount of time. Pause requests, wait up to one minute, and try again.",
    "the network service answered 502",
    "Expected HTTP response code [200] when accessing [GET http://x], but got 504 instead",
  ])("is one that fails for a while: %s", (reason) => {
    expect(isPassingFailure(reason)).toBe(true);
  });
});

describe("a cloud that is silent", () => {
  it("is waited for, and that is said; afterwards no more", async () => {
    const lines: string[] = [];
    const tell = (line: string): void => void lines.push(line);
    const answers = new Promise((resolve) => setTimeout(resolve, 55, "answer"));
    expect(await patiently(answers, { tell, silence: 20 })).toBe("answer");
    const count = lines.length;
    expect(count).toBeGreaterThan(0);
    expect(lines[0]).toMatch(/^The cloud has not answered for \d+ s.*; nothing was created or changed yet\.$/);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(lines).toHaveLength(count);
    await expect(patiently(Promise.reject(new Error("no")), { tell, silence: 1_000 })).rejects.toThrow("no");
  });
});

describe("a question that is put until a time", () => {
  it("is asked again as long as that has not come, and each failure is told", async () => {
    let time = 0;
    const told: unknown[] = [];
    const asked = askAgain(() => Promise.reject(new Error(`at ${time}`)), {
      pauses: pausesUntil(10, 4, () => time),
      onFailure: (error) => told.push(error),
      pause: (milliseconds) => Promise.resolve((time += milliseconds)),
    });
    await expect(asked).rejects.toThrow("at 12");
    expect(told.map(String)).toEqual(["Error: at 0", "Error: at 4", "Error: at 8"]);
  });
});
