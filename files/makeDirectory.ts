import { accessSync, constants, existsSync, lstatSync, mkdirSync, readlinkSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

import { BaseError } from "../protocol/BaseError.ts";
import { systemReason } from "./systemReason.ts";

/**
 * Makes a directory that is written to, with those above it, where there is none. Everything that Freshet keeps is in
 * one that was made here: Node's own recursive `mkdir` tries for ever, deaf to signals, where a file system takes no
 * directories but does not say so, as `/proc` does.
 *
 * @returns The directories that were made, the topmost first.
 * @throws `DIRECTORY_UNUSABLE`, saying what is there instead, or why nothing can be written.
 *
 * @example
 * makeDirectory("/home/ada/.freshet/logs");
 */
export function makeDirectory(path: string): string[] {
  const whole = resolve(path);
  const missing: string[] = [];
  try {
    for (let at = whole; !existsSync(at); at = dirname(at)) missing.push(at);
    for (const at of missing.reverse()) makeOne(at);
    if (!statSync(whole).isDirectory()) throw new RangeError("it is a file");
    accessSync(whole, constants.W_OK | constants.X_OK);
    return missing;
  } catch (cause) {
    throw new BaseError("DIRECTORY_UNUSABLE", `${path} cannot be used as a directory.`, {
      details: `${inTheWay(whole) ?? `The system says of it: ${systemReason(cause) ?? String(cause)}`}.`,
      next: "Name another directory, or put that right.",
      cause,
    });
  }
}

function makeOne(path: string): void {
  try {
    mkdirSync(path);
  } catch (cause) {
    // Another process may have been faster.
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST" || !existsSync(path)) throw cause;
  }
}

/** What is on a path instead of a directory, as a sentence begins; undefined when nothing is. */
function inTheWay(path: string): string | undefined {
  const above = dirname(path);
  const higher = above === path ? undefined : inTheWay(above);
  if (higher !== undefined) return higher;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    if (!existsSync(above)) return undefined;
    // The topmost that is missing: what is above it takes none.
    const reason = reasonOf(() => accessSync(above, constants.W_OK));
    return `${above} takes no new directory${reason === undefined ? "" : `: ${reason}`}`;
  }
  if (!found.isSymbolicLink()) return found.isDirectory() ? undefined : `${path} is a file`;
  if (!existsSync(path)) return `${path} is a link to ${readlinkSync(path)}, which is not there`;
  return statSync(path).isDirectory() ? undefined : `${path} is a link to a file`;
}

/** Why the system refuses a call; undefined when it does not. */
function reasonOf(call: () => void): string | undefined {
  try {
    call();
    return undefined;
  } catch (cause) {
    return systemReason(cause) ?? String(cause);
  }
}
