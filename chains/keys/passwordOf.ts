import { existsSync } from "node:fs";
import { basename, join } from "node:path";

import { z } from "zod";

import { readText } from "../../files/readText.ts";
import { BaseError } from "../../protocol/BaseError.ts";

/** Where a password is. */
export const passwordSchema = z.union([
  z.strictObject({
    file: z
      .string()
      .describe(
        "A file with the password, whose last line end does not count. One of the same name in the directory of CREDENTIALS_DIRECTORY, as systemd gives it, comes before it.",
      ),
  }),
  z.strictObject({
    environment: z.string().describe("The variable of the environment that has the password."),
  }),
  z.strictObject({
    prompt: z.literal(true).describe("Whoever starts the process is asked on the terminal."),
  }),
]);
export type PasswordPlace = z.infer<typeof passwordSchema>;

/** Asks a person; nothing of what is typed is shown. */
export type AskPassword = (question: string) => Promise<string>;

/**
 * Reads a password where it is.
 *
 * @param what - What it opens, as the question names it.
 * @param ask - Asks a person; where nobody can be asked, undefined.
 * @param next - What to do where nobody can be asked.
 * @throws `PASSWORD_MISSING`, and those of `readText`.
 */
export async function passwordOf(
  place: PasswordPlace,
  what: string,
  ask: AskPassword | undefined,
  next = 'Put it into a file or a variable of the environment, and name that in the node file: "password": { "file": "…" }.',
): Promise<string> {
  if ("file" in place) {
    const file = credentialNamed(basename(place.file)) ?? place.file;
    return nonEmpty((await readText(file)).replace(/\r?\n$/, ""), file);
  }
  if ("environment" in place)
    return nonEmpty(process.env[place.environment] ?? "", `the environment variable ${place.environment}`);
  if (ask !== undefined) return nonEmpty(await ask(`Password of ${what}: `), "what was typed");
  throw new BaseError("PASSWORD_MISSING", `Nobody can be asked for the password of ${what}.`, {
    details: "This process has no terminal.",
    next,
  });
}

/**
 * A file of that name among the credentials that the process was given, as systemd (LoadCredential) and containers do: of
 * a file that its user may not read.
 */
function credentialNamed(name: string): string | undefined {
  const directory = process.env.CREDENTIALS_DIRECTORY;
  if (directory === undefined || directory === "") return undefined;
  const path = join(directory, name);
  return existsSync(path) ? path : undefined;
}

function nonEmpty(password: string, where: string): string {
  if (password !== "") return password;
  throw new BaseError("PASSWORD_MISSING", `There is no password in ${where}.`, {
    next: "Put it there before the process is started.",
  });
}
