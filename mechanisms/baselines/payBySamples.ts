import { counted } from "../../reports/counted.ts";
import type { Baseline } from "../Baseline.ts";

/** By how many samples the updates were trained on that rounds took: as federated averaging weighs them. */
export const payBySamples: Baseline = {
  name: "samples",
  about: "by the samples of the updates that rounds took",
  shares: ({ workers }) =>
    workers.map(({ updates }) => {
      const taken = updates.filter(({ isTaken }) => isTaken);
      const samples = taken.reduce((sum, update) => sum + update.samples, 0);
      return { weight: BigInt(samples), why: `${samples} samples in ${counted(taken.length, "round")}` };
    }),
};
