/** A source of draws; injected wherever Freshet draws at random. */
export interface RandomSource {
  /** A uniform draw in [0, 1). */
  uniform(): number;
  /** A uniform whole number in [0, bound), bound ≥ 1. */
  integer(bound: number): number;
}
