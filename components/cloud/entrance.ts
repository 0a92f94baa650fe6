import type { Problem } from "../model/problems";
import type { CloudFacts } from "./facts";

/** The one problem of a cloud that cannot be entered, which refuses every question the same way; `undefined` of one that can. */
export function entranceProblem(facts: CloudFacts): Problem | undefined {
  const answers = [
    ...facts.images.values(),
    ...facts.flavors.values(),
    ...(facts.externalNetwork ? [facts.externalNetwork] : []),
  ];
  const refusals = answers.flatMap(({ answer }) =>
    answer.kind !== "known" && answer.failure !== undefined ? [answer] : [],
  );
  const [first] = refusals;
  if (first === undefined || refusals.length < answers.length) return undefined;
  return {
    key: "openstack:*",
    value: process.env["OS_AUTH_URL"] ?? "(from clouds.yaml or the openstack: keys of the stack)",
    reason: `the cloud says: ${first.reason}`,
    remedy:
      first.failure === "passing"
        ? "the cloud fails at the moment: run the command again in a few minutes; `openstack token issue` shows whether it is back"
        : "check OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME and OS_REGION_NAME, or OS_CLOUD and clouds.yaml, " +
          "or the `openstack:` keys of the stack; `openstack token issue` must work with the same ones",
  };
}
