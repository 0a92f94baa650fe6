import type { IssuedLeaf } from "../model/recorded";

const hour = 3_600_000;

/**
 * For how long a certificate is asked for that a machine gets which this update makes, hours. A machine may be made anew with the key that it had,
 * as in an upgrade, and the certificate that is there may be about to end: no machine begins with that one. Another validity is what has the
 * provider issue another (its own early renewal would do the same to machines that stay, which never learn of it): an hour more, where the
 * one that is there was asked for as long as the new one.
 *
 * @param recorded the one that is there
 * @param earlyRenewalHours how long before its end it is about to end
 */
export function validityOfNew(
  recorded: IssuedLeaf | undefined,
  { validityHours, earlyRenewalHours }: { validityHours: number; earlyRenewalHours: number },
  now: Date,
): number {
  const isEnding = recorded !== undefined && Date.parse(recorded.end) - earlyRenewalHours * hour < now.getTime();
  return isEnding && recorded.validityHours === validityHours ? validityHours + 1 : validityHours;
}
