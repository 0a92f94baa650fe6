import type { RecordedMachine } from "../model/recorded";
import type { MachinePlan } from "../plan/machines";
import type { Attachment } from "../network/attachment";
import type { AuthoritySet } from "../model/authorities";
import type { Pki } from "../pki/pki";
import type { Place } from "../rollout/rollout";
import type { ClusterDescription } from "../description/user-data";

/** What a master and a node alike are made from. */
export interface MachineArgs {
  readonly machine: MachinePlan;
  readonly attachment: Attachment;
  readonly cluster: ClusterDescription;
  readonly pki: Pki;
  /** What the stack's state has of it, where it stays. */
  readonly staying?: RecordedMachine;
  /** The authorities that it goes by. */
  readonly authorities: AuthoritySet;
  /** Present when this update replaces the machine: when its turn has come, and who waits for the new one. */
  readonly replacement?: Place;
  /** Present when the machine is new: the same. */
  readonly joining?: Place;
}
