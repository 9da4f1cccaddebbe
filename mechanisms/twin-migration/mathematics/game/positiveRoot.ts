import { portableExp } from "../../../../numerics/portableExp.ts";
import { portableLog } from "../../../../numerics/portableLog.ts";

/**
 * The real root of x³ + px = q for p > 0 and q > 0, by Cardano; there is only one, as the left side rises. One step of
 * Newton's method takes away what rounding left.
 */
export function positiveRoot(p: number, q: number): number {
  const half = q / 2;
  const u = cubeRoot(half + Math.sqrt(half * half + (p / 3) ** 3));
  // The second cube root of Cardano's is −p/(3u): written so, nothing cancels but what has to.
  let x = u - p / (3 * u);
  // Where p is large, q/p is the better start.
  if (!(x > 0)) x = q / p;
  for (let i = 0; i < 3; i++) x -= (x * x * x + p * x - q) / (3 * x * x + p);
  return x;
}

function cubeRoot(x: number): number {
  const root = portableExp(portableLog(x) / 3);
  return root - (root * root * root - x) / (3 * root * root);
}
