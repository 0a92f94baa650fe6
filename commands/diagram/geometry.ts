/** Where the columns of the picture are, pixels. */
export const page = { width: 1000, margin: 20 } as const;

/** Inside of the host network's frame. */
export const inside = { left: 40, right: 960 } as const;

/** The panel of what runs on masters. */
export const masterPanel = { x: 40, width: 460 } as const;

/** The panel of what runs on every machine. */
export const machinePanel = { x: 620, width: 340 } as const;

/** Free space inside panels, at their sides. */
export const padding = 16;

/** Height of a gap that an arrow with a number crosses. */
export const arrowGap = 44;

/** Lines that come from above, and pass between everything that is in their way. */
export const lanes = {
  /** Administrators to the API: between the scheduler and the controller manager. */
  api: 270,
  /** Administrators to `sshd`. */
  ssh: 830,
  /** Machines to the outside world. */
  out: 940,
} as const;
