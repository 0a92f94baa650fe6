/**
 * Annotation for objects that `ClusterReadiness` waits for. The provider's own wait ends after ten minutes and knows of pods only;
 * ours has the time that the stack allows, knows of machines, and says where to look.
 *
 * @see https://www.pulumi.com/registry/packages/kubernetes/annotations/ for `pulumi.com/skipAwait`
 */
export const awaitedByReadiness = { "pulumi.com/skipAwait": "true" } as const;
