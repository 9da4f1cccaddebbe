import { dirname, resolve } from "node:path";

import { z } from "zod";

const path = z.string().min(1);
const secret = z.union([
  z.strictObject({ file: path.describe("A file with it, whose last line end does not count.") }),
  z.strictObject({ environment: path.describe("The variable of the environment that has it.") }),
]);
const broker = z.url().refine((text) => {
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  return (
    ["mqtt:", "mqtts:"].includes(protocol) &&
    hostname !== "" &&
    `${username}${password}${search}${hash}` === ""
  );
}, "a broker is named mqtt://HOST:PORT or mqtts://HOST:PORT, without user and password");

/** The schema of {@link DataPlace}. */
export const dataPlaceSchema = z.union(
  [
    z.strictObject({
      directory: path.describe(
        "A directory with the device's own files, as the task's data set has them, which are played back; relative to the workers file.",
      ),
    }),
    z.strictObject({
      csv: path.describe("A table with a header that rows are appended to; relative to the workers file."),
    }),
    z.strictObject({
      folder: path.describe("A folder that files are put into; relative to the workers file."),
    }),
    z.strictObject({
      mqtt: broker.describe("An MQTT broker, `mqtt://HOST:PORT`, or `mqtts://` with TLS."),
      topic: z
        .string()
        .min(1)
        .max(1024)
        .regex(/^[^#+\0]+$/, "a topic has no wildcards")
        .describe("The topic whose messages are the device's rows."),
      format: z
        .enum(["json", "csv"])
        .default("json")
        .describe(
          "What a message is: an object with a value for each column, or a line with the task's columns in their order.",
        ),
      user: z.string().min(1).exactOptional().describe("Who reads there."),
      password: secret.exactOptional().describe("Where the user's password is."),
      authority: path
        .exactOptional()
        .describe(
          "With TLS: the certificate, in PEM, that the broker's was signed by; those of the system unless given.",
        ),
    }),
  ],
  'a device\'s data are in a "directory", a "csv" or a "folder" that grows, or at an "mqtt" broker with a "topic"',
);

/** Where a device's own data are: recorded in a directory, or come while it runs. */
export type DataPlace = z.infer<typeof dataPlaceSchema>;

/** A place where data come while the device runs. */
export type ArrivalPlace = Exclude<DataPlace, { directory: string }>;

/** The same place with its paths relative to a file. */
export function placedBeside(file: string, place: DataPlace): DataPlace {
  const beside = (one: string) => resolve(dirname(file), one);
  if ("directory" in place) return { directory: beside(place.directory) };
  if ("csv" in place) return { csv: beside(place.csv) };
  if ("folder" in place) return { folder: beside(place.folder) };
  const { password, authority } = place;
  return {
    ...place,
    ...(password && { password: "file" in password ? { file: beside(password.file) } : password }),
    ...(authority !== undefined && { authority: beside(authority) }),
  };
}
