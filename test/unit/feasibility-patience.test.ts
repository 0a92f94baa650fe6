import { describe, expect, it } from "vitest";
import { ask, refusal } from "../../components/cloud/answer";
import { CloudError } from "../../components/cloud/cloud-error";
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
    expect([answer, pauses.length]).toEqual([{ kind: "unanswered", reason: busy, failure: "passing" }, 2]);
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
    "Expected HTTP response code [200] when accessing [GET http://x], but got 504 instead",
    'Expected HTTP response code [200] when accessing [GET http://x], but got 429 instead: {"overLimit": {"code": 429}}',
    "Unable to query images: Expected HTTP response code [200 204 300] when accessing [GET http://x], but got 503 instead: authenticate",
    'Get "https://x": read tcp 10.0.0.1:1->10.0.0.2:2: read: connection reset by peer',
    'Get "https://x": EOF',
  ])("is one that fails for a while: %s", (reason) => {
    expect(refusal(envelope(reason)).failure).toBe("passing");
  });

  it("is one that fails for a while by the status of its answer", () => {
    expect(refusal(new CloudError("Neutron", 502, "authentication timeout")).failure).toBe("passing");
  });
});

describe("a refusal", () => {
  const old = (words: string) => envelope(`Unable to list: ${words}`);
  const recent = (status: number, body: string) =>
    envelope(`Expected HTTP response code [200] when accessing [GET https://x/v2], but got ${status} instead: ${body}`);

  it.each([
    ["Authentication failed", old("Authentication failed"), "unanswered", "entrance"],
    ["401 of gophercloud 2", recent(401, '{"error": {"code": 401}}'), "unanswered", "entrance"],
    ["no such host", old("dial tcp: lookup x: no such host"), "unanswered", "entrance"],
    ["403 whose body tells of authentication", recent(403, "authenticate first"), "unanswered", undefined],
    ["403 of gophercloud 1", old("Request forbidden: [GET x], error message: authentication"), "unanswered", undefined],
    [
      "400 whose body tells of a timeout",
      recent(400, '{"badRequest": {"message": "bad timeout"}}'),
      "unanswered",
      undefined,
    ],
    ["400 of gophercloud 1", old("Bad request with: [GET x], error message: timeout 401"), "unanswered", undefined],
    ["404 of gophercloud 2", recent(404, "more than one timeout"), "absent", undefined],
    ["404 of gophercloud 1", old("Resource not found: [GET x], error message: unauthorized"), "absent", undefined],
    ["nothing found", envelope("Your query returned no results"), "absent", undefined],
    ["several found", envelope("Your query returned more than one result."), "ambiguous", undefined],
    ["a status of 401", new CloudError("Nova", 401), "unanswered", "entrance"],
    ["a status of 403", new CloudError("Nova", 403, "authentication timeout, not found"), "unanswered", undefined],
    ["a status of 404", new CloudError("Nova", 404, "timeout"), "absent", undefined],
  ])("is judged by its status, and by words only where none is told: %s", (_, error, kind, failure) => {
    expect(refusal(error)).toMatchObject({ kind, ...(failure === undefined ? {} : { failure }) });
    expect(refusal(error).failure).toBe(failure);
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
