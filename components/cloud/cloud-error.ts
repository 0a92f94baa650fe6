/** A service of the cloud that answered with another status than success. */
export class CloudError extends Error {
  /**
   * @param service whoever answered, for instance `Nova`
   * @param status of HTTP
   * @param words the service's own
   */
  constructor(
    service: string,
    readonly status: number,
    words = "",
  ) {
    super(`${service} answered ${status}${words === "" ? "" : `: ${words}`}`);
    this.name = "CloudError";
  }
}

/** Whether a failure is a service's answer of this status. */
export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof CloudError && error.status === status;
}
