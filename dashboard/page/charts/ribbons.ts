/** A flow of an amount from a place on the left to one on the right. */
export interface Flow {
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
}

/** A bar of a Sankey diagram. */
export interface Bar {
  readonly name: string;
  readonly column: number;
  readonly amount: bigint;
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

/** A ribbon between two bars: its path, and how thick it is. */
export interface Ribbon {
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
  readonly path: string;
}

/** Room for a diagram, px. */
export interface Room {
  readonly width: number;
  readonly height: number;
  /** Width of a bar. */
  readonly bar: number;
  /** Between two bars of a column. */
  readonly gap: number;
  /** What a bar is at least high, so that small amounts are seen. */
  readonly least: number;
  /** What a bar has of its column at least, so that what is written beside it can be read; 0 unless given. */
  readonly line?: number;
}

/**
 * Lays out a Sankey diagram: bars in columns, as far to the right as the longest way to them is long, in the order in
 * which flows name them, each column as near as can be to what flows into it. Heights are in proportion to amounts, in one scale for all columns, but for `least`.
 */
export function ribbons(flows: readonly Flow[], room: Room): { bars: Bar[]; ribbons: Ribbon[] } {
  const own = flows.filter(({ amount }) => amount > 0n);
  const names = [...new Set(own.flatMap(({ from, to }) => [from, to]))];
  const column = new Map<string, number>(names.map((name) => [name, 0]));
  // Flows go to the right only, so as many passes as there are names are enough.
  for (let pass = 0; pass < names.length; pass++) {
    let moved = false;
    for (const { from, to } of own) {
      const place = column.get(from)! + 1;
      if (place <= column.get(to)!) continue;
      column.set(to, place);
      moved = true;
    }
    if (!moved) break;
  }
  const sum = (of: readonly Flow[]) => of.reduce((total, { amount }) => total + amount, 0n);
  const amountOf = new Map(
    names.map((name) => {
      const into = sum(own.filter(({ to }) => to === name));
      const out = sum(own.filter(({ from }) => from === name));
      return [name, into > out ? into : out];
    }),
  );
  const columns = Math.max(0, ...column.values());
  const inColumn = (c: number) => names.filter((name) => column.get(name) === c);
  let scale = Number.POSITIVE_INFINITY;
  for (let c = 0; c <= columns; c++) {
    const those = inColumn(c);
    const total = Number(those.reduce((all, name) => all + amountOf.get(name)!, 0n));
    const free = room.height - room.gap * (those.length - 1) - room.least * those.length;
    if (total > 0) scale = Math.min(scale, Math.max(1, free) / total);
  }
  const heightOf = (amount: bigint) => room.least + Number(amount) * scale;
  const bars = new Map<string, Bar>();
  /** How far down flows come from on the average, by their amounts. */
  const middleOf = (those: readonly Flow[]): number => {
    const placed = those.flatMap(({ from, amount }) => {
      const bar = bars.get(from);
      return bar === undefined ? [] : [{ amount: Number(amount), middle: bar.y + bar.height / 2 }];
    });
    const total = placed.reduce((all, { amount }) => all + amount, 0);
    return total === 0 ? 0 : placed.reduce((all, { amount, middle }) => all + amount * middle, 0) / total;
  };
  for (let c = 0; c <= columns; c++) {
    const those = inColumn(c);
    const slotOf = (name: string) => Math.max(heightOf(amountOf.get(name)!), room.line ?? 0);
    const whole = those.reduce((all, name) => all + slotOf(name), room.gap * (those.length - 1));
    const wanted = middleOf(own.filter(({ to }) => column.get(to) === c)) - whole / 2;
    let y = Math.max(0, Math.min(wanted, room.height - whole));
    for (const name of those) {
      const amount = amountOf.get(name)!;
      const x = columns === 0 ? 0 : (c * (room.width - room.bar)) / columns;
      const height = heightOf(amount);
      const slot = slotOf(name);
      bars.set(name, { name, column: c, amount, x, y: y + (slot - height) / 2, height });
      y += slot + room.gap;
    }
  }
  const taken = new Map<string, number>();
  const take = (side: string, name: string, amount: bigint): [number, number] => {
    const bar = bars.get(name)!;
    const share = bar.amount === 0n ? 0 : Number(amount) / Number(bar.amount);
    const from = taken.get(side + name) ?? 0;
    taken.set(side + name, from + share * bar.height);
    return [bar.y + from, bar.y + from + share * bar.height];
  };
  const laid = own.map(({ from, to, amount }) => {
    const [top, bottom] = take("out ", from, amount);
    const [toTop, toBottom] = take("into ", to, amount);
    const x = bars.get(from)!.x + room.bar;
    const toX = bars.get(to)!.x;
    const middle = (x + toX) / 2;
    const n = (value: number) => value.toFixed(1);
    const path = `M${n(x)} ${n(top)}C${n(middle)} ${n(top)} ${n(middle)} ${n(toTop)} ${n(toX)} ${n(toTop)}V${n(toBottom)}C${n(middle)} ${n(toBottom)} ${n(middle)} ${n(bottom)} ${n(x)} ${n(bottom)}Z`;
    return { from, to, amount, path };
  });
  return { bars: [...bars.values()], ribbons: laid };
}
