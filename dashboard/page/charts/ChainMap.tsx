import type { ChainView, RouteView } from "../../api/NetworkView.ts";
import { useWidth } from "./useWidth.ts";

/** The chains and the routes between them at one look: main, relay, then the subchains. The table below says the same. */
export function ChainMap({ chains, routes }: { chains: readonly ChainView[]; routes: readonly RouteView[] }) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const [main, relay, ...subchains] = chains;
  const row = 44;
  const height = Math.max(2, subchains.length) * row + 16;
  // Three beside each other, with room for arrows between them, on a phone too.
  const box = Math.max(58, Math.min(104, 0.26 * width));
  const columns = [box / 2 + 18, width / 2, width - box / 2 - 26].map((x, i) =>
    width < 480 ? [box / 2 + 1, width / 2, width - box / 2 - 1][i]! : x,
  );
  const letters = Math.floor(box / 7.4);
  const at = new Map<string, { x: number; y: number }>();
  if (main !== undefined) at.set(main.name, { x: columns[0]!, y: height / 2 });
  if (relay !== undefined) at.set(relay.name, { x: columns[1]!, y: height / 2 });
  for (const [i, { name }] of subchains.entries()) {
    at.set(name, { x: columns[2]!, y: (height * (i + 0.5)) / subchains.length });
  }
  const closed = routes.filter(({ state }) => state !== "open").length;
  return (
    <div ref={ref} class="chain-map">
      {width === 0 ? null : (
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`${chains.length} chains, ${routes.length} routes, ${closed} of them not open`}
        >
          {routes.map(({ origin, destination, state, messages }) => {
            const from = at.get(origin);
            const towards = at.get(destination);
            if (from === undefined || towards === undefined) return null;
            const [dx, dy] = [towards.x - from.x, towards.y - from.y];
            const length = Math.hypot(dx, dy) || 1;
            // To its right, so that ways there and back are beside each other.
            const [sx, sy] = [(-dy / length) * 6, (dx / length) * 6];
            const [ux, uy] = [(dx / length) * (box / 2 + 6), (dy / length) * 22];
            const tip = { x: towards.x - ux + sx, y: towards.y - uy + sy };
            const angle = (Math.atan2(dy, dx) * 180) / Math.PI;
            const kind = state === "open" ? (messages.stuck > 0 ? "stuck" : "open") : "closed";
            return (
              <g key={`${origin} ${destination}`} class={`route ${kind}`}>
                <title>{`${origin} → ${destination}: ${state}, ${messages.delivered} of ${messages.sent} delivered`}</title>
                <line x1={from.x + ux + sx} y1={from.y + uy + sy} x2={tip.x} y2={tip.y} />
                <path
                  d="M-7-3.5 0 0-7 3.5z"
                  transform={`translate(${tip.x.toFixed(1)} ${tip.y.toFixed(1)}) rotate(${angle.toFixed(1)})`}
                />
                {kind === "closed" ? (
                  <text x={(from.x + tip.x) / 2} y={(from.y + tip.y) / 2 - 6} text-anchor="middle">
                    {state}
                  </text>
                ) : null}
              </g>
            );
          })}
          {chains.map(({ name, connection }) => {
            const { x, y } = at.get(name)!;
            return (
              <g key={name} class={`chain ${connection === "disconnected" ? "gone" : ""}`}>
                <rect x={x - box / 2} y={y - 15} width={box} height={30} rx={15} />
                <text x={x} y={y} text-anchor="middle" dominant-baseline="central">
                  {name.length > letters ? `${name.slice(0, letters - 1)}…` : name}
                </text>
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}
