/** ln 2 in two parts: multiples of the first by whole numbers up to 2^20 are exact (fdlibm). */
export const LN2_HIGH = 0.6931471803691238;
/** What is left of it. */
export const LN2_LOW = 1.9082149292705877e-10;
