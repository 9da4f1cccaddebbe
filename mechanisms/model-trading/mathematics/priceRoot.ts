/**
 * The one positive root w of 2w³ − w² = c: an MSP's first-order condition τu³ − k u² = λ I k in terms of w = u/F and
 * c = λI/F², where λ = μ/(1 + S) is what a further unit of IoM is worth to it. V = I h (1 − 1/w) follows, and the price
 * w² F²/I.
 *
 * w ≥ 1 (V ≥ 0) from c = 1 on, w ≥ 2 (a rational MU joins) from c = 12 on.
 *
 * @param c - Above 0.
 */
export function priceRoot(c: number): number {
  // w = ½ + d is too large if d² ≥ c/2 or d³ ≥ c/2. From there Newton's method falls to the root: 2w³ − w² is convex.
  const root = Math.sqrt(c / 2);
  let w = 0.5 + (root > 1 ? Math.sqrt(root * Math.sqrt(root)) : root);
  for (;;) {
    const next = (w * w * (4 * w - 1) + c) / (w * (6 * w - 2));
    if (!(next < w)) return w;
    w = next;
  }
}
