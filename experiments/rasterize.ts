import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { Resvg } from "@resvg/resvg-js";
import { charactersOf } from "./charactersOf.ts";

/** The figures' characters are all in it, so that a figure looks the same on a machine without fonts. */
const FONT = fileURLToPath(new URL("fonts/DejaVuSans-subset.ttf", import.meta.url));
const CHARACTERS = charactersOf(readFileSync(FONT));

/**
 * Renders an SVG as PNG.
 *
 * @param scale - Pixels for each of the SVG's.
 * @throws RangeError when its text has a character that the figures' font lacks, which would be drawn as nothing.
 */
export function rasterize(svg: string, scale = 2): Buffer {
  const missing = [...new Set(svg)].filter((character) => character > " " && !CHARACTERS.has(character));
  if (missing.length > 0) throw new RangeError(`The figures' font has no ${missing.join(" ")}.`);
  const image = new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    font: {
      fontFiles: [FONT],
      loadSystemFonts: false,
      defaultFontFamily: "DejaVu Sans",
      sansSerifFamily: "DejaVu Sans",
    },
  });
  return image.render().asPng();
}
