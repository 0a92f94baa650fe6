const unitSeconds: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };

/** Seconds of a time as Kubernetes' programs write it, such as `1h30m`; `undefined` of what is none. */
export function seconds(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
    (sum, [, number = "", unit = ""]) => sum + Number(number) * (unitSeconds[unit] ?? 0),
    0,
  );
}
