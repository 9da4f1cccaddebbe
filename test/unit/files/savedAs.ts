/** How programs save a text, by name; all of them are to be read as the same. */
export const WAYS_OF_SAVING: Readonly<Record<string, (text: string) => Uint8Array>> = {
  "plain UTF-8": (text) => Buffer.from(text),
  "UTF-8 with a byte-order mark": (text) => Buffer.from(`\uFEFF${text}`),
  "UTF-8 with a mark and Windows' line ends": (text) => Buffer.from(`\uFEFF${text.replaceAll("\n", "\r\n")}`),
  "UTF-16 of little end": (text) => Buffer.from(`\uFEFF${text.replaceAll("\n", "\r\n")}`, "utf16le"),
  "UTF-16 of big end": (text) => Buffer.from(`\uFEFF${text}`, "utf16le").swap16(),
};
