import { formatTokens } from "../../../reports/formatTokens.ts";
import { type Flow, ribbons } from "./ribbons.ts";
import { useWidth } from "./useWidth.ts";

/** From this height on a bar has its figure below its name: there is room, and less beside it. */
const TWO_LINES = 36;
/** What a letter takes, px, about. */
const LETTER = 6.8;

/** How a name of the diagram is coloured, and what is said besides it. */
export interface SankeyNames {
  readonly colour: (name: string) => "d1" | "d2" | "d3" | "d4" | "d5" | "d6" | "plain";
  readonly label: (name: string) => string;
  readonly href?: (name: string) => string | undefined;
}

/** Where money went, as ribbons as thick as the amounts. The table beside it says the same in figures. */
export function Sankey({
  title,
  flows,
  names,
  rows,
}: {
  title: string;
  flows: readonly Flow[];
  names: SankeyNames;
  /** How many names the fullest column has. */
  rows: number;
}) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const narrow = width < 560;
  const labels = narrow ? 118 : 190;
  const height = Math.max(180, rows * 26);
  const room = {
    width: Math.max(120, width - labels),
    height,
    bar: narrow ? 8 : 12,
    gap: 4,
    least: 2,
    line: 18,
  };
  const { bars, ribbons: laid } = ribbons(flows, room);
  const last = Math.max(0, ...bars.map(({ column }) => column));
  const bottom = Math.max(height, ...bars.map(({ y, height: own }) => y + own));
  return (
    <div ref={ref} class="sankey">
      {width === 0 ? null : (
        <svg width={width} height={bottom + 8} role="img" aria-label={title}>
          {laid.map(({ from, to, amount, path }) => (
            <path key={`${from} ${to}`} class={`ribbon ${names.colour(to)}`} d={path}>
              <title>{`${names.label(from)} → ${names.label(to)}: ${formatTokens(amount)} tokens`}</title>
            </path>
          ))}
          {bars.map(({ name, x, y, height: own, column, amount }) => {
            // On a phone there is no room beside a bar, but along it.
            const along = column < last && narrow;
            const tx = x + room.bar + 8;
            const ty = y + own / 2;
            return (
              <g key={name} class={names.colour(name)}>
                <rect class="bar" x={x} y={y} width={room.bar} height={Math.max(1, own)} rx={2} />
                {along ? (
                  own < LETTER * names.label(name).length ? null : (
                    <text
                      transform={`translate(${x + room.bar + 7} ${ty}) rotate(90)`}
                      text-anchor="middle"
                      dominant-baseline="central"
                    >
                      <tspan class="name">{names.label(name)}</tspan>
                    </text>
                  )
                ) : own > TWO_LINES ? (
                  <text x={tx} y={ty}>
                    <tspan class="name" x={tx} dy={-3}>
                      {names.label(name)}
                    </tspan>
                    <tspan class="figure" x={tx} dy={16}>
                      {formatTokens(amount)}
                    </tspan>
                  </text>
                ) : (
                  <text x={tx} y={ty} dominant-baseline="central">
                    <tspan class="name">{names.label(name)}</tspan>
                    {narrow ? null : (
                      <tspan class="figure" dx={6}>
                        {formatTokens(amount)}
                      </tspan>
                    )}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}
