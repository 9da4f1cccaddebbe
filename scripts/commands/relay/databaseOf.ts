import { globSync } from "node:fs";
import { basename, join } from "node:path";

import { getAddress } from "ethers";

import { BaseError } from "../../../protocol/BaseError.ts";
import { relayerDatabase } from "../../../relay/store/relayerDatabase.ts";
import { addresses, wholeNumber } from "../../settings.ts";
import { MOST_RELAYERS } from "./openStore.ts";

/** Which database of a relay is meant. */
export interface DatabaseOptions {
  /** A validator's address. */
  validator?: string;
  /** A relayer's number, from 0. */
  relayer?: string;
}

/** A database of a relay. */
export interface RelayDatabase {
  path: string;
  /** The validator's address; undefined of a relayer's. */
  validator: string | undefined;
  /** For people. */
  name: string;
}

/**
 * The database that options name; without any, that of the only validator whose database is in the directory.
 *
 * @throws `OPTION_INVALID`, `NO_DATABASE`.
 */
export function databaseOf({ validator, relayer }: DatabaseOptions, directory: string): RelayDatabase {
  if (relayer !== undefined) {
    const index = wholeNumber(relayer, "--relayer", 0, MOST_RELAYERS - 1);
    return { path: relayerDatabase(directory, index), validator: undefined, name: `relayer ${index}` };
  }
  const found = globSync("validator-0x*.sqlite", { cwd: directory }).map((file) =>
    basename(file, ".sqlite").slice("validator-".length),
  );
  const address = validator === undefined ? found[0] : addresses([validator], "--validator")[0]!;
  if (address === undefined || (validator === undefined && found.length > 1)) {
    throw new BaseError(
      "NO_DATABASE",
      address === undefined
        ? `There is no validator's database in ${directory}.`
        : `There are databases of ${found.length} validators in ${directory}.`,
      {
        details:
          found.length === 0 ? "It is made when a validator is first started." : `${found.join(", ")}.`,
        next: "Name one with --validator ADDRESS or --relayer NUMBER, or the directory with --directory.",
      },
    );
  }
  const own = getAddress(address.toLowerCase());
  return { path: join(directory, `validator-${own}.sqlite`), validator: own, name: `validator ${own}` };
}
