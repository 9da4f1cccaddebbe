import type { FixedPointModel } from "./fixedPoint.ts";

/**
 * What a strategy's server remembers between rounds: by name, one float64 array
 * a parameter tensor, in the order of `parameterShapes`.
 */
export type ServerState = ReadonlyMap<string, readonly Float64Array[]>;

/**
 * A round's global model with the server's state: whoever has its file can
 * aggregate the next round.
 */
export interface GlobalModel extends FixedPointModel {
  readonly state: ServerState;
}
