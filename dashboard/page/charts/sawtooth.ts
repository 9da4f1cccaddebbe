/** A span of seconds, and whether the data were fresh enough in it. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly covered: boolean;
}

/** The age of a worker's data over an epoch. */
export interface Sawtooth {
  /** Corners of the line, in order: seconds from `from`, and the age there. */
  readonly corners: readonly (readonly [at: number, age: number])[];
  /** All of the time up to `until`, in order. */
  readonly spans: readonly Span[];
  readonly coveredSeconds: number;
}

/** The line of an age up to the edge of its chart: what is older goes along the edge. @param most - There, seconds. */
export function upTo(most: number, corners: Sawtooth["corners"]): [at: number, age: number][] {
  return corners.flatMap(([at, age], i): [number, number][] => {
    const before = corners[i - 1];
    if (age <= most || before === undefined || before[1] >= most) return [[at, Math.min(age, most)]];
    // Age goes up by a second a second.
    return [
      [before[0] + most - before[1], most],
      [at, most],
    ];
  });
}

/**
 * How the age of data goes up and falls at each refresh, as the chain measures it: age runs from the start until the
 * first refresh, when nothing is covered; after each refresh, the `limitSeconds` that follow are.
 *
 * @param from - When the epoch begins, Unix seconds.
 * @param until - Now, or its end.
 */
export function sawtooth({
  from,
  until,
  refreshes,
  limitSeconds,
}: {
  from: number;
  until: number;
  refreshes: readonly number[];
  limitSeconds: number;
}): Sawtooth {
  const end = Math.max(from, until);
  const times = refreshes.filter((at) => at <= end).sort((a, b) => a - b);
  const falls = times.filter((at) => at >= from);
  const teeth = [from, ...falls];
  const corners = teeth.flatMap((at, i): [number, number][] => {
    const next = falls[i] ?? end;
    return [
      [at - from, 0],
      [next - from, next - at],
    ];
  });
  const spans: Span[] = [];
  let done = from;
  const add = (to: number, covered: boolean) => {
    if (to <= done) return;
    const last = spans.at(-1);
    if (last?.covered === covered) spans[spans.length - 1] = { ...last, to };
    else spans.push({ from: done, to, covered });
    done = to;
  };
  for (const at of times) {
    add(Math.min(at, end), false);
    add(Math.min(at + limitSeconds, end), true);
  }
  add(end, false);
  const coveredSeconds = spans.reduce((sum, one) => (one.covered ? sum + one.to - one.from : sum), 0);
  return { corners, spans, coveredSeconds };
}
