import { offlineWorks, works as allWorks, type Work } from "./options.ts";

/** One work by one contender. */
export interface Turn<Contender> {
  readonly work: Work;
  readonly contender: Contender;
}

/**
 * The turns of one run, with what has to be done before and after the works that are asked for. What needs no machine is done in turns, so that what
 * else runs on this machine meets all contenders. Each then makes and removes its machines with no other contender's in the cloud, which would be the slower for them.
 * @param run number of the run, from 1: another contender goes first in each
 */
export function turns<Contender>(
  contenders: readonly Contender[],
  chosen: readonly Work[],
  run: number,
): readonly Turn<Contender>[] {
  const first = (run - 1) % Math.max(contenders.length, 1);
  const ordered = [...contenders.slice(first), ...contenders.slice(0, first)];
  const makes = chosen.some((work) => !offlineWorks.includes(work));
  const needed = allWorks.filter((work) => chosen.includes(work) || (makes && (work === "up" || work === "destroy")));
  const alternating = needed.filter((work) => offlineWorks.includes(work));
  const alone = needed.filter((work) => !offlineWorks.includes(work));
  return [
    ...alternating.flatMap((work) => ordered.map((contender) => ({ work, contender }))),
    ...ordered.flatMap((contender) => alone.map((work) => ({ work, contender }))),
  ];
}
