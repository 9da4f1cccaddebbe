import { aoiContract } from "./aoi-contract/aoiContract.ts";
import type { Mechanism } from "./Mechanism.ts";

/** The mechanisms that there are, a line each. */
export const MECHANISMS: readonly Mechanism[] = [aoiContract];
