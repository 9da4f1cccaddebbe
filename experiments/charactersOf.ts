/** Where the subtables of an OpenType font's `cmap` begin, bytes after the table's own beginning. */
const SUBTABLES = 4;

/**
 * The characters that an OpenType font has, from its `cmap` table's subtable of format 4 (Unicode's first 65,536).
 *
 * @throws RangeError when the font has no such subtable.
 */
export function charactersOf(font: Buffer): ReadonlySet<string> {
  const tables = Array.from({ length: font.readUInt16BE(4) }, (_, i) => 12 + 16 * i);
  const record = tables.find((at) => font.toString("latin1", at, at + 4) === "cmap");
  const cmap = record === undefined ? undefined : font.subarray(font.readUInt32BE(record + 8));
  const count = cmap?.readUInt16BE(2) ?? 0;
  const subtable = Array.from({ length: count }, (_, i) =>
    cmap!.subarray(cmap!.readUInt32BE(SUBTABLES + 8 * i + 4)),
  ).find((one) => one.readUInt16BE(0) === 4);
  if (subtable === undefined) throw new RangeError("The font has no cmap subtable of format 4.");
  const segments = subtable.readUInt16BE(6) / 2;
  const characters = new Set<string>();
  for (let i = 0; i < segments; i++) {
    const last = subtable.readUInt16BE(14 + 2 * i);
    const first = subtable.readUInt16BE(16 + 2 * segments + 2 * i);
    // The last segment is no character: it ends the list.
    for (let code = first; code <= last && code < 0xffff; code++) characters.add(String.fromCharCode(code));
  }
  return characters;
}
