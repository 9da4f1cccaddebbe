/**
 * The game of H. Wu et al., "MetaTrading: An Immersion-Aware Model Trading Framework for Vehicular Metaverse
 * Services": M mobile users (MU m) sell models to N service providers (MSP n), each of which sets a price a pair.
 *
 * | symbol    | identifier           | symbol      | identifier          |
 * | --------- | -------------------- | ----------- | ------------------- |
 * | T         | `guidanceSeconds`    | τ_n         | `deadlineSeconds`   |
 * | x_m       | `dataRate`           | κ           | `gigacyclesPerFloat`|
 * | θ_m       | `accuracy`           | ω_mn        | `potential`         |
 * | ε, η      | `contributionScale`, `dataWeight` | c_m^f, c_m^B | `computationCost`, `bandwidthCost` |
 * | b_mn      | `uploadMegabits`     | ς_mn        | `signalToNoise`     |
 * | f_m^max   | `cpuGigahertz`       | B_m^max     | `radioMegahertz`    |
 * | S_m       | `serviceGigacycles`  | T^req       | `serviceSeconds`    |
 * | μ_n       | `profit`             |             |                     |
 *
 * A matrix is a flat list, row m after row m − 1: entry (m, n) is at m·N + n.
 */
export interface TradingGame {
  /** M. */
  readonly users: number;
  /** N. */
  readonly providers: number;
  /** T, s: how long the models are traded at the prices of one game. */
  readonly guidanceSeconds: number;
  /** τ_n, s: length of a round. [N] */
  readonly deadlineSeconds: Float64Array;
  /** x_m, floats/s that MU m collects. [M] */
  readonly dataRate: Float64Array;
  /** κ, Gcycle a float; it is missing in the paper's eq. 7, whose units do not fit without. */
  readonly gigacyclesPerFloat: number;
  /** θ_m in (0, 1): local accuracy threshold, lower is more accurate. [M] */
  readonly accuracy: Float64Array;
  /** ω_mn ≥ 0: potential value of MU m's data for MSP n, eq. 4. [M·N] */
  readonly potential: Float64Array;
  /** ε, IoM/s, eq. 3. */
  readonly contributionScale: number;
  /** η, 1/float, eq. 3. */
  readonly dataWeight: number;
  /** c_m^f, currency/GHz; one GHz costs c_m^f ln(1/θ_m), eq. 10. [M] */
  readonly computationCost: Float64Array;
  /** c_m^B, currency/MHz. [M] */
  readonly bandwidthCost: Float64Array;
  /** b_mn, Mbit an upload. [M·N] */
  readonly uploadMegabits: Float64Array;
  /** ς_mn, linear. [M·N] */
  readonly signalToNoise: Float64Array;
  /** f_m^max, GHz. [M] */
  readonly cpuGigahertz: Float64Array;
  /** B_m^max, MHz. [M] */
  readonly radioMegahertz: Float64Array;
  /** S_m, Gcycle of basic services, C3. [M] */
  readonly serviceGigacycles: Float64Array;
  /** T^req, s within which they must be done, C3. [M] */
  readonly serviceSeconds: Float64Array;
  /** μ_n, currency a nat of ln(1 + IoM), eq. 12. [N] */
  readonly profit: Float64Array;
}
