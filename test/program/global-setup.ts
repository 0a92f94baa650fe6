import { findCloud, stopCloud } from "../../lab/openstack/cloud.ts";

/** The files of this suite share one cloud; it goes with the last of them, unless it was there before the first. */
export default function setup(): (() => Promise<void>) | undefined {
  return findCloud("test") === undefined ? () => stopCloud("test", () => undefined) : undefined;
}
