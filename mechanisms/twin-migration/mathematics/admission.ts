/**
 * Admission (C1, C3): requests of class 0 first, then those of class 1, each by index. One is admitted if the load with
 * it is within the level times the capacity, and then it is part of the load.
 *
 * @param classes - 0 (high) or 1 of each request.
 * @param targets - The server that each asks; below 0 for none.
 * @param demands - Cycles/s of each.
 * @param capacity - Of each server, cycles/s.
 * @param level - Of each server: the share of its capacity that it lets in.
 * @param load - Of each server, cycles/s; written.
 * @param accepted - One a request; written, 1 or 0.
 */
export function admit(
  classes: ArrayLike<number>,
  targets: ArrayLike<number>,
  demands: ArrayLike<number>,
  capacity: ArrayLike<number>,
  level: ArrayLike<number>,
  load: Float64Array | number[],
  accepted: Uint8Array,
): void {
  for (let priority = 0; priority < 2; priority++) {
    for (let i = 0; i < accepted.length; i++) {
      if (classes[i] !== priority) continue;
      const target = targets[i]!;
      accepted[i] = 0;
      if (target < 0) continue;
      if (load[target]! + demands[i]! > level[target]! * capacity[target]!) continue;
      load[target]! += demands[i]!;
      accepted[i] = 1;
    }
  }
}
