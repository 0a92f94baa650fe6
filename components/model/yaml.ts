import { stringify, type ToStringOptions } from "yaml";

/**
 * YAML that means the same to readers of its versions 1.1 and 1.2. Kubernetes, kubectl and cloud-init read 1.1, in which a bare `yes`, `on` or `no`
 * is a flag, `1_000` a number and `2026-12-01` a date: texts that look so are quoted. All else is written as by 1.2.
 */
export function yamlText(
  value: unknown,
  options: ToStringOptions & { readonly aliasDuplicateObjects?: boolean } = {},
): string {
  return stringify(value, { lineWidth: 0, schema: "yaml-1.1", ...options });
}
