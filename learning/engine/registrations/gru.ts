import type { Registration } from "./Registration.ts";

/** Gates and next state of a step; attribute `row`. */
export const gruCell: Registration = {
  kernelName: "GruCell",
  compute: (pack, { projected, recurrent, state }, { row }) => {
    const [batch, units] = state!.shape as [number, number];
    const outputs = [pack.output([batch, 3 * units]), pack.output([batch, units])];
    const offsets = [projected!, recurrent!, state!, ...outputs].map((tensor) => pack.offset(tensor));
    pack.run("gruCell", [...offsets, batch, row as number, units]);
    return outputs;
  },
};

/** The gradients by both inputs of the gates and by the state. */
export const gruCellGrad: Registration = {
  kernelName: "GruCellGrad",
  compute: (pack, { byNext, recurrent, state, gates }) => {
    const [batch, units] = state!.shape as [number, number];
    const outputs = [
      [batch, 3 * units],
      [batch, 3 * units],
      [batch, units],
    ].map((shape) => pack.output(shape));
    const offsets = [byNext!, recurrent!, state!, gates!, ...outputs].map((tensor) => pack.offset(tensor));
    pack.run("gruCellGrad", [...offsets, batch, units]);
    return outputs;
  },
};
