import { rooms } from "../../rooms.mts";
import { markdownTable } from "./markdown";

type Room = (typeof rooms)[number];

const roomOf = (folder: string): Room | undefined => rooms.find((room) => room.folder === folder);

/** Every room that a room reaches, by whatever way. */
function reached({ imports }: Room): ReadonlySet<string> {
  const further = imports.flatMap((folder) => [...reached(roomOf(folder) ?? unknown(folder))]);
  return new Set([...imports, ...further]);
}

function unknown(folder: string): never {
  throw new Error(`rooms.mts names ${folder}, which is no room of it`);
}

/** Of what a room may import, what it does not reach by another of them: enough to draw. */
function direct(room: Room): readonly string[] {
  return room.imports.filter(
    (folder) => !room.imports.some((other) => other !== folder && reached(roomOf(other) ?? unknown(other)).has(folder)),
  );
}

const shortName = (folder: string): string => folder.replace("components/", "");

/** The rooms as a table, from the ground up. */
export function roomTable(): string {
  return markdownTable([
    ["room", "the question it answers", "may import"],
    ...rooms.map(({ folder, question, imports }) => [
      `\`${folder}/\``,
      question,
      imports.map((name) => `\`${shortName(name)}\``).join(", ") || "nothing",
    ]),
  ]);
}

/** The rooms as a picture: an arrow leads to what a room imports, unless another arrow leads there already. */
export function roomPicture(): string {
  const arrows = rooms.flatMap((room) =>
    direct(room).map((folder) => `  ${shortName(room.folder)} --> ${shortName(folder)}`),
  );
  return ["```mermaid", "flowchart BT", ...rooms.map(({ folder }) => `  ${shortName(folder)}`), ...arrows, "```"].join(
    "\n",
  );
}
