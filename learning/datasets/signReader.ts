import { isImageName } from "./parseImage.ts";
import type { SampleReader } from "./SampleReader.ts";
import { type AnnotationColumns, parseAnnotations, SignCrops } from "./signCrops.ts";

/**
 * Reads images of signs: one that shows nothing but a sign, or a list of signs with their
 * boxes in images beside it.
 *
 * @param list - What such a list is called, for people.
 */
export function signReader(
  columns: AnnotationColumns,
  list: string,
): SampleReader<{ readonly size: number }> {
  return {
    accepts: `an image of a sign and nothing else (.ppm, .jpg), or ${list} with its images beside it`,
    scale: 1 / 255,
    steps: ({ size }) => [
      `A sign is cut to its box and resized to ${size} × ${size} pixels, each the mean of the area that it covers.`,
      "Red, green and blue are bytes; the model sees them divided by 255.",
    ],

    async read({ size }, { name, bytes, beside }) {
      const crops = new SignCrops(size);
      if (isImageName(name)) {
        crops.addWhole(name, bytes);
        return { dataset: crops.dataset(), isLabelled: false, names: [name] };
      }
      const names: string[] = [];
      const signs = parseAnnotations(name, bytes, columns);
      for (const [image, ofImage] of Map.groupBy(signs, (sign) => sign.image)) {
        const found = ofImage.map((annotation) => ({ annotation, client: 0 }));
        crops.add(image, await beside(image), found);
        for (const { row } of ofImage) names.push(`${image}, row ${row}`);
      }
      return { dataset: crops.dataset(), isLabelled: true, names };
    },
  };
}
