import { fileURLToPath } from "node:url";

import { Resvg } from "@resvg/resvg-js";

/** The figures' characters are all in it, so that a figure looks the same on a machine without fonts. */
const FONT = fileURLToPath(new URL("fonts/DejaVuSans-subset.ttf", import.meta.url));

/**
 * Renders an SVG as PNG.
 *
 * @param scale - Pixels for each of the SVG's.
 */
export function rasterize(svg: string, scale = 2): Buffer {
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
