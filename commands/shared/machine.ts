/** What a stack's output `machines` tells of one machine, as far as every command needs it. */
export interface Machine {
  readonly name: string;
  readonly role: "master" | "node";
  /** IPv4 address on the host network. */
  readonly address: string;
  /** Command that logs in to the machine. */
  readonly ssh: string;
}

/** All that the output tells of a machine. */
export interface StackMachine extends Machine {
  readonly publicAddress?: string | undefined;
  /** What the machine was made from. */
  readonly generation: number;
  readonly image: string;
  readonly flavor: string;
  /** Of a master: its authorization mode; absent where that was not recorded when it was made. */
  readonly authorization?: string | undefined;
}
