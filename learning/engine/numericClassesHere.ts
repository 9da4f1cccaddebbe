import { NUMERIC_CLASSES, type NumericClass } from "./NumericClass.ts";
import { loadAddon, nativeLevels } from "./nativeRunner.ts";

/** Numeric classes whose bits this machine computes: the strict one anywhere, the fast one where native code runs. */
export function numericClassesHere(): readonly NumericClass[] {
  const addon = loadAddon();
  const isFast = addon !== undefined && nativeLevels(addon, "fast").length > 0;
  return isFast ? [NUMERIC_CLASSES.strict, NUMERIC_CLASSES.fast] : [NUMERIC_CLASSES.strict];
}
