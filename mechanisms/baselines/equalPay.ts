import type { Baseline } from "../Baseline.ts";

/** The same for everybody who enrolled, whatever it did. */
export const equalPay: Baseline = {
  name: "equal",
  about: "the same for everybody who enrolled",
  shares: ({ workers }) => workers.map(() => ({ weight: 1n, why: `one of ${workers.length} who enrolled` })),
};
