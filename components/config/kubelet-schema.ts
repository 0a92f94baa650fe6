import { z } from "zod";
import { evictionSignals, kubeletFields, ownKubeletFields, type KubeletField } from "../../cloudinit";
import type { Flaw } from "../model/problems";
import { seconds } from "./duration";
import { nearest } from "./nearest";
import * as value from "./values";

const page = "https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/";
const duration = /^(\d+(\.\d+)?(ms|s|m|h))+$/;
const size = /^\d+(\.\d+)?(k|M|G|T|Ki|Mi|Gi|Ti)?$/;
const threshold = /^(\d+(\.\d+)?%|\d+(\.\d+)?(k|M|G|T|Ki|Mi|Gi|Ti)?)$/;
const line = /^[\x20-\x7e]{1,253}$/;

const isText = (input: unknown, pattern: RegExp): boolean => typeof input === "string" && pattern.test(input);

const isByName = (input: unknown, names: (name: string) => boolean, pattern: RegExp): boolean =>
  typeof input === "object" &&
  input !== null &&
  !Array.isArray(input) &&
  Object.entries(input).every(([name, text]) => names(name) && isText(text, pattern));

/** Whether a value is one of a field, and what to give where it is not. */
function judge(field: KubeletField, input: unknown): { readonly isRight: boolean; readonly remedy: string } {
  const isSignal = (name: string): boolean => evictionSignals.includes(name);
  const signals = `by signal, which is one of ${evictionSignals.join(", ")}`;
  switch (field.kind) {
    case "integer": {
      const isRight = Number.isInteger(input) && Number(input) >= field.least && Number(input) <= field.most;
      return { isRight, remedy: `give a whole number from ${field.least} to ${field.most}` };
    }
    case "flag":
      return { isRight: typeof input === "boolean", remedy: "give true or false" };
    case "duration":
      return { isRight: isText(input, duration), remedy: "give a time such as 30s, 5m or 1h30m" };
    case "size":
      return { isRight: isText(input, size), remedy: "give a size such as 50Mi" };
    case "text":
      return { isRight: isText(input, line), remedy: "give one line of text" };
    case "texts":
      return {
        isRight: Array.isArray(input) && input.every((one) => isText(one, line)),
        remedy: "give a list of texts",
      };
    case "textsByName":
      return {
        isRight: isByName(input, (name) => line.test(name), line),
        remedy: "give texts by name; quote true, false and numbers",
      };
    case "thresholds":
      return { isRight: isByName(input, isSignal, threshold), remedy: `give sizes such as 500Mi or 10% ${signals}` };
    case "durationsBySignal":
      return { isRight: isByName(input, isSignal, duration), remedy: `give times such as 2m ${signals}` };
    case "choice":
      return { isRight: field.words.includes(String(input)), remedy: `give one of ${field.words.join(", ")}` };
  }
}

function fieldFlaw(name: string, input: unknown): Flaw | undefined {
  const why = ownKubeletFields[name];
  if (why !== undefined) return { reason: `is the program's own: ${why}`, remedy: "remove it" };
  const field = kubeletFields[name];
  if (field === undefined) {
    const meant = nearest(name, Object.keys(kubeletFields));
    const remedy =
      meant === undefined ? `remove it; those that can be set are in docs/configuration.md` : `write ${meant}`;
    return { reason: "is not a field of the kubelet's configuration that can be set", remedy };
  }
  const { isRight, remedy } = judge(field, input);
  return isRight ? undefined : { reason: `is not what the kubelet takes, see ${page}`, remedy };
}

type Fields = Readonly<Record<string, unknown>>;

const namesOf = (input: unknown): readonly string[] =>
  typeof input === "object" && input !== null ? Object.keys(input) : [];

/** Fields that the kubelet takes one by one, and refuses together. */
function* together(fields: Fields): Generator<{ readonly name: string } & Flaw> {
  const soft = namesOf(fields["evictionSoft"]);
  const graces = namesOf(fields["evictionSoftGracePeriod"]);
  const lacking = soft.filter((signal) => !graces.includes(signal));
  if (lacking.length > 0) {
    const reason = `has no grace period for ${lacking.join(", ")}`;
    yield { name: "evictionSoft", reason, remedy: "give evictionSoftGracePeriod for each signal" };
  }
  const high = Number(fields["imageGCHighThresholdPercent"] ?? 80);
  const low = Number(fields["imageGCLowThresholdPercent"] ?? 75);
  if (low >= high) {
    const name =
      fields["imageGCLowThresholdPercent"] === undefined ? "imageGCHighThresholdPercent" : "imageGCLowThresholdPercent";
    const reason = `leaves imageGCLowThresholdPercent (${low}) not below imageGCHighThresholdPercent (${high})`;
    yield { name, reason, remedy: "give both, the low one below the high one" };
  }
  // 0s is never, and the kubelet's own least is two minutes.
  const age = (name: string, preset: string): number => {
    const given = fields[name];
    return seconds(typeof given === "string" ? given : preset) ?? 0;
  };
  const [youngest, oldest] = [age("imageMinimumGCAge", "2m"), age("imageMaximumGCAge", "0s")];
  if (oldest !== 0 && oldest <= youngest) {
    const reason = "is not longer than imageMinimumGCAge, which is 2m unless it is given";
    yield { name: "imageMaximumGCAge", reason, remedy: "give a longer time" };
  }
  if (fields["serializeImagePulls"] === true && Number(fields["maxParallelImagePulls"] ?? 1) > 1) {
    const reason = "is more than one, and serializeImagePulls is true";
    yield { name: "maxParallelImagePulls", reason, remedy: "remove one of the two" };
  }
}

/** Fields of the kubelet's configuration, by the names of `KubeletConfiguration`. */
export const kubelet = z.record(z.string(), value.anything()).superRefine((fields, context) => {
  const add = (name: string, { reason, remedy }: Flaw): void => {
    context.addIssue({ code: "custom", path: [name], message: reason, params: { remedy } });
  };
  const flaws = Object.entries(fields).flatMap(([name, input]) => {
    const flaw = fieldFlaw(name, input);
    return flaw === undefined ? [] : [{ name, flaw }];
  });
  flaws.forEach(({ name, flaw }) => {
    add(name, flaw);
  });
  if (flaws.length === 0) for (const { name, ...flaw } of together(fields)) add(name, flaw);
});
