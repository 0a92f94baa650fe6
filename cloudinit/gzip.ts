import { crc32 } from "node:zlib";

const window = 32_768;
const shortestMatch = 3;
const longestMatch = 258;
/** Earlier places that are compared at each position; more gives little for user data. */
const comparisons = 64;
const endOfBlock = 256;

/** Lowest length of each length code from 257 on, and lowest distance of each distance code (RFC 1951, section 3.2.5). */
const lengthBases = bases(3, 28, (code) => (code < 8 ? 0 : (code >> 2) - 1)).concat(longestMatch);
const distanceBases = bases(1, 30, (code) => (code < 4 ? 0 : (code >> 1) - 1));

/**
 * A gzip archive (RFC 1952) of the bytes, with no time or operating system in it: one block of fixed Huffman codes.
 * Not node:zlib's: its output differs between Node versions and processors, and other bytes are, to the cloud, other user data
 * that replaces a machine. This one depends on its input alone.
 */
export function gzip(input: Uint8Array): Buffer {
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(input), 0);
  trailer.writeUInt32LE(input.length, 4);
  return Buffer.concat([header, deflate(input), trailer]);
}

function deflate(input: Uint8Array): Buffer {
  const bits = new BitWriter();
  bits.write(1, 1); // the last block
  bits.write(1, 2); // of fixed codes
  const latest = new Map<number, number>();
  const previous = new Int32Array(input.length).fill(-1);
  const remember = (position: number): void => {
    const key = trigram(input, position);
    previous[position] = latest.get(key) ?? -1;
    latest.set(key, position);
  };
  for (let position = 0; position < input.length;) {
    const match = longest(input, position, latest.get(trigram(input, position)) ?? -1, previous);
    const length = match?.length ?? 1;
    if (match) {
      writeLength(bits, match.length);
      writeDistance(bits, match.distance);
    } else {
      writeSymbol(bits, input[position] ?? 0);
    }
    for (let covered = 0; covered < length; covered++) remember(position + covered);
    position += length;
  }
  writeSymbol(bits, endOfBlock);
  return bits.finish();
}

function trigram(input: Uint8Array, position: number): number {
  return ((input[position] ?? 0) << 16) | ((input[position + 1] ?? 0) << 8) | (input[position + 2] ?? 0);
}

function longest(
  input: Uint8Array,
  position: number,
  newest: number,
  previous: Int32Array,
): { readonly length: number; readonly distance: number } | undefined {
  const limit = Math.min(longestMatch, input.length - position);
  let best = { length: shortestMatch - 1, distance: 0 };
  let candidate = newest;
  for (let tries = 0; tries < comparisons && candidate >= 0 && position - candidate <= window; tries++) {
    let length = 0;
    while (length < limit && input[candidate + length] === input[position + length]) length++;
    if (length > best.length) best = { length, distance: position - candidate };
    candidate = previous[candidate] ?? -1;
  }
  return best.length >= shortestMatch ? best : undefined;
}

function bases(first: number, count: number, extraBits: (code: number) => number): readonly number[] {
  const result: number[] = [];
  for (let code = 0, base = first; code < count; base += 1 << extraBits(code), code++) result.push(base);
  return result;
}

/** Position of the last base that is not above the value. */
function codeOf(table: readonly number[], value: number): number {
  return table.findLastIndex((base) => base <= value);
}

function writeLength(bits: BitWriter, length: number): void {
  const code = codeOf(lengthBases, length);
  writeSymbol(bits, 257 + code);
  const extraBits = code < 8 || code === 28 ? 0 : (code >> 2) - 1;
  bits.write(length - (lengthBases[code] ?? 0), extraBits);
}

function writeDistance(bits: BitWriter, distance: number): void {
  const code = codeOf(distanceBases, distance);
  bits.writeReversed(code, 5);
  bits.write(distance - (distanceBases[code] ?? 0), code < 4 ? 0 : (code >> 1) - 1);
}

/** Fixed Huffman codes of literals and lengths: RFC 1951, section 3.2.6. */
function writeSymbol(bits: BitWriter, symbol: number): void {
  if (symbol < 144) bits.writeReversed(0x30 + symbol, 8);
  else if (symbol < 256) bits.writeReversed(0x190 + symbol - 144, 9);
  else if (symbol < 280) bits.writeReversed(symbol - 256, 7);
  else bits.writeReversed(0xc0 + symbol - 280, 8);
}

class BitWriter {
  private readonly bytes: number[] = [];
  private current = 0;
  private used = 0;

  /** Lowest bit first, as deflate has numbers. */
  public write(value: number, count: number): void {
    for (let bit = 0; bit < count; bit++) this.push((value >> bit) & 1);
  }

  /** Highest bit first, as deflate has Huffman codes. */
  public writeReversed(value: number, count: number): void {
    for (let bit = count - 1; bit >= 0; bit--) this.push((value >> bit) & 1);
  }

  public finish(): Buffer {
    while (this.used !== 0) this.push(0);
    return Buffer.from(this.bytes);
  }

  private push(bit: number): void {
    this.current |= bit << this.used;
    this.used++;
    if (this.used === 8) {
      this.bytes.push(this.current);
      this.current = 0;
      this.used = 0;
    }
  }
}
