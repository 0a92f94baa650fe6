const separator = /[\s._-]+/;

/**
 * A regular expression (RE2, Go's syntax) for names that differ from one by case, by separators, and by what one slip of the
 * finger changes: a letter more, less, another, or two swapped.
 */
export function similarPattern(name: string): string {
  const letters = tokensOf(name);
  const around = letters.map((_, index) =>
    [...letters.slice(0, index).map(literal), ".{0,3}", ...letters.slice(index + 2).map(literal)].join(""),
  );
  return `(?i)^(?:${[...new Set(around)].join("|")})$`;
}

/** A regular expression for names that hold the first word of one; `undefined` where it has none of three letters. */
export function firstWordPattern(name: string): string | undefined {
  const word = name.split(separator)[0]?.match(/^[a-z]{3,}/i)?.[0];
  return word === undefined ? undefined : `(?i)${word}`;
}

/** Letters of a name, runs of separators as one blank. */
function tokensOf(name: string): readonly string[] {
  return Array.from(name.trim().split(separator).join(" "));
}

function literal(token: string): string {
  return token === " " ? "[ ._-]*" : token.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
