import { dirname, resolve } from "node:path";

import { z } from "zod";

const path = z.string().min(1);

/** The schema of {@link DataPlace}. */
export const dataPlaceSchema = z.strictObject({
  directory: path.describe(
    "A directory with the device's own files, as the task's data set has them; relative to the workers file.",
  ),
});

/** Where a device's own data are. */
export type DataPlace = z.infer<typeof dataPlaceSchema>;

/** The same place with its paths relative to a file. */
export function placedBeside(file: string, place: DataPlace): DataPlace {
  const beside = (one: string) => resolve(dirname(file), one);
  return { directory: beside(place.directory) };
}
