#include "elementary.h"

// 0 projected, of which the rows from 6 on are read, 1 recurrent, 2 state, 3 gates, 4 next, 5 batch,
// 6 row, 7 units. projected, recurrent and gates have 3 units columns, for z, r and n.
KERNEL(gruCell) {
  const i32 units = I(7);
  for (i32 b = 0; b < I(5); b++) {
    const float *projected = F(0) + (I(6) + b) * 3 * units, *recurrent = F(1) + b * 3 * units;
    const float *state = F(2) + b * units;
    float *gates = F(3) + b * 3 * units, *next = F(4) + b * units;
    EACH_VECTOR(units, {
      const vf z = vectorSigmoid(LOAD(projected) + LOAD(recurrent));
      const vf r = vectorSigmoid(LOAD(projected + units) + LOAD(recurrent + units));
      const vf n = vectorTanh(LOAD(projected + 2 * units) + r * LOAD(recurrent + 2 * units));
      STORE(gates, z);
      STORE(gates + units, r);
      STORE(gates + 2 * units, n);
      STORE(next, n + z * (LOAD(state) - n));
    });
  }
}

// 0 byNext, 1 recurrent, 2 state, 3 gates, 4 byProjected, 5 byRecurrent, 6 byState, 7 batch, 8 units.
// byState leaves out what goes through recurrent.
KERNEL(gruCellGrad) {
  const i32 units = I(8);
  for (i32 b = 0; b < I(7); b++) {
    const float *byNext = F(0) + b * units, *recalled = F(1) + (b * 3 + 2) * units;
    const float *state = F(2) + b * units, *gates = F(3) + b * 3 * units;
    float *byProjected = F(4) + b * 3 * units, *byRecurrent = F(5) + b * 3 * units;
    float *byState = F(6) + b * units;
    EACH_VECTOR(units, {
      const vf dy = LOAD(byNext);
      const vf z = LOAD(gates);
      const vf r = LOAD(gates + units);
      const vf n = LOAD(gates + 2 * units);
      // sigmoid' = s (1 - s), tanh' = 1 - n^2.
      const vf dn = (dy - dy * z) * (1.0f - n * n);
      const vf dz = dy * (LOAD(state) - n) * (z * (1.0f - z));
      const vf dr = dn * LOAD(recalled) * (r * (1.0f - r));
      STORE(byProjected, dz);
      STORE(byProjected + units, dr);
      STORE(byProjected + 2 * units, dn);
      STORE(byRecurrent, dz);
      STORE(byRecurrent + units, dr);
      STORE(byRecurrent + 2 * units, dn * r);
      STORE(byState, dy * z);
    });
  }
}
