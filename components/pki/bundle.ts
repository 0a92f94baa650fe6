/** Several PEM texts as one file. */
export function bundle(texts: readonly string[]): string {
  return texts.map((text, index) => (index < texts.length - 1 ? `${text.trimEnd()}\n` : text)).join("");
}
