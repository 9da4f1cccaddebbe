import { BaseError } from "../../../protocol/BaseError.ts";
import type { ActionCall } from "../../MechanismCommands.ts";
import { SpecReader } from "../../solving/SpecReader.ts";
import { type MigrationParameters, PARAMETERS } from "../mathematics/parameters.ts";
import type { WorldSize } from "../mathematics/rules/episodes.ts";
import { MOST, readConfig } from "../mathematics/spec/readWorld.ts";

/** Options of how large a world is and what is different in it. */
export const WORLD_OPTIONS = [
  { flags: "--vehicles <n>", about: "vehicles", preset: "20" },
  { flags: "--edges <n>", about: "edge servers (RSUs)", preset: "4" },
  { flags: "--clouds <n>", about: "cloud servers", preset: "2" },
  { flags: "--config <json>", about: 'parameters by symbol, as in specifications: {"Om_max": 2.56e9}' },
  { flags: "--no-game", about: "posted mid price and equal shares" },
] as const;

/** A whole number among an action's options. @throws BaseError `OPTION_INVALID`. */
export function wholeOption(
  options: ActionCall["options"],
  name: string,
  least: number,
  most: number,
): number {
  const text = options[name];
  const value = Number(text);
  if (typeof text === "string" && /^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new BaseError("OPTION_INVALID", `--${name} takes a whole number from ${least} to ${most}.`, {
    details: `It was given ${JSON.stringify(text)}.`,
  });
}

/** The size that {@link WORLD_OPTIONS} say. */
export function sizeOption(options: ActionCall["options"]): WorldSize {
  return {
    vehicles: wholeOption(options, "vehicles", 1, MOST.vehicles),
    edges: wholeOption(options, "edges", 1, MOST.edges),
    clouds: wholeOption(options, "clouds", 1, MOST.clouds),
  };
}

/** The parameters that {@link WORLD_OPTIONS} name, also where they are the defaults: a policy may come with others. */
export function parameterOptions(options: ActionCall["options"]): Partial<MigrationParameters> {
  const given: Record<string, unknown> = {};
  if (options.config !== undefined) {
    const config = parsed(String(options.config));
    const read = readConfig(new SpecReader({ config }));
    for (const [name, { symbol }] of Object.entries(PARAMETERS)) {
      if (Object.hasOwn(config as object, symbol)) given[name] = read[name as keyof MigrationParameters];
    }
  }
  if (options.game === false) given.game = false;
  return given;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BaseError("OPTION_INVALID", "--config takes JSON.", {
      details: (cause as Error).message,
      next: `Write it as '{"Om_max": 2.56e9}'.`,
    });
  }
}
