/** Directives of one section of a unit; a list repeats the directive. Values are already in systemd's syntax. */
export type UnitSection = Readonly<Record<string, string | readonly string[]>>;

/** Sections of a unit file by name, in the order in which they are written. */
export type UnitSections = Readonly<Record<string, UnitSection>>;

/** Command-line flags without their leading dashes. An {@link Expansion} is filled in by systemd when the unit starts. */
export type Flags = Readonly<Record<string, string | Expansion>>;

/** The value of an environment variable of the unit; empty when the variable is not set. */
export interface Expansion {
  readonly variable: string;
}

/**
 * Text of a unit file (systemd.syntax(7)).
 * @throws when a value could end its line and so begin another directive.
 */
export function renderUnit(sections: UnitSections): string {
  return Object.entries(sections)
    .map(([section, directives]) => `[${section}]\n${renderSection(section, directives)}`)
    .join("\n");
}

function renderSection(section: string, directives: UnitSection): string {
  const lines = Object.entries(directives).flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : value).map((one) => directive(section, name, one)),
  );
  return lines.map((line) => `${line}\n`).join("");
}

function directive(section: string, name: string, value: string): string {
  if (hasLineBreak(value.replaceAll(continuation, " ")) || /(^|[^\\])(\\\\)*\\$/.test(value)) {
    throw new Error(`systemd directive ${section}.${name} holds a line break: ${JSON.stringify(value)}`);
  }
  return `${name}=${value}`;
}

const continuation = " \\\n  ";

function hasLineBreak(text: string): boolean {
  return /[\0\n\r]/.test(text);
}

/**
 * A command line for `ExecStart=` and the like, in which every argument reaches the program exactly as given:
 * quotes, specifiers (`%`), variables (`$`) and control characters are escaped (systemd.service(5), "Command lines").
 */
export function commandLine(executable: string, ...args: readonly string[]): string {
  return [executable, ...args].map(quoteArgument).join(" ");
}

/**
 * A command line with one flag on each line, sorted, so that two machines' units compare well.
 * @param subcommands words between the executable and its flags
 */
export function commandWithFlags(executable: string, flags: Flags, ...subcommands: readonly string[]): string {
  const words = Object.keys(flags)
    .sort()
    .map((name) => {
      const value = flags[name] ?? "";
      return typeof value === "string"
        ? quoteArgument(`--${name}=${value}`)
        : `${quoteArgument(`--${name}=`)}\${${value.variable}}`;
    });
  return [commandLine(executable, ...subcommands), ...words].join(continuation);
}

function quoteArgument(argument: string): string {
  if (argument.includes("\0")) throw new Error("a command-line argument cannot hold a NUL character");
  if (/^[A-Za-z0-9_@:,./=+-]+$/.test(argument)) return argument;
  const escaped = argument
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("%", "%%")
    .replaceAll("$", "$$$$")
    .replace(/[\x01-\x1f\x7f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return `"${escaped}"`;
}

/**
 * Text that both systemd's `EnvironmentFile=` and a shell's `.` read to the same values.
 * @throws when a value holds a line break or NUL, which the two read differently.
 */
export function renderEnvironment(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => {
      if (hasLineBreak(value)) throw new Error(`environment variable ${name} holds a line break`);
      return `${name}="${value.replace(/["\\$`]/g, "\\$&")}"\n`;
    })
    .join("");
}
