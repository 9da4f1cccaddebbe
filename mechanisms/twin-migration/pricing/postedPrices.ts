/**
 * What servers post: the game's equilibrium (mathematics/game) on what the market's events show to everybody. Nobody
 * knows another's worth of a unit or where it drives, so each vehicle counts with the worth that is expected of any.
 *
 * | symbol | here |
 * | ------ | ---- |
 * | a_v | `PUBLIC_WORTH`: 0.8 + 0.4 p_hi, what a vehicle is worth a unit that is not about to leave a coverage |
 * | s_v | D of its last migration over 10 MB |
 * | K | what a server offers itself, over `UNIT_KILOBYTES` |
 */
import { MigrationGame } from "../mathematics/game/MigrationGame.ts";
import { edgeQuantity } from "../mathematics/game/responses.ts";
import { DEFAULT_PARAMETERS } from "../mathematics/parameters.ts";

/** a, $/MB. */
export const PUBLIC_WORTH = 0.92;
/** kB of D for s = 1. */
export const SCALE_KILOBYTES = 10_000;
/** kB of own capacity in an epoch that let a server sell one unit. */
export const UNIT_KILOBYTES = 16_000;
/** Prices for an epoch follow from what main told so long before it begins, s. */
export const CUT_SECONDS = 15;

const MICRO = 1e6;

/** A server, as far as prices depend on it. */
export interface PricedServer {
  readonly address: string;
  readonly cloud: string | undefined;
  /** What it offers itself, kB an epoch. */
  readonly own: number;
}

/** What a server posts. */
export interface PostedPrice {
  /** θ, micro-$/MB. */
  readonly theta: number;
  /** Of a cloud what it asks, of an edge what its cloud asks, micro-$/MB. */
  readonly wholesale: number;
}

/**
 * Prices of all servers.
 *
 * @param edges - Each with the address of its cloud.
 * @param hosted - Where each twin is, and D in kB.
 * @param asked - Wholesale prices that clouds have posted, micro-$/MB: where one is not the game's, its edges answer to
 *   it all the same. Of a cloud that sells nothing (0) as to the highest.
 */
export function postedPrices(
  edges: readonly PricedServer[],
  clouds: readonly PricedServer[],
  hosted: readonly { server: string; kilobytes: number }[],
  asked: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, PostedPrice> {
  const servers = [...edges, ...clouds];
  const place = new Map(servers.map(({ address }, m) => [address, m]));
  const twins = hosted.filter(({ server }) => place.has(server));
  const game = new MigrationGame(twins.length, {
    edges: edges.length,
    clouds: clouds.length,
    suppliers: edges.map(({ cloud }) =>
      Math.max(
        clouds.findIndex(({ address }) => address === cloud),
        0,
      ),
    ),
    capacity: servers.map(({ own }) => own / UNIT_KILOBYTES),
    box: DEFAULT_PARAMETERS,
  });
  game.solve(
    twins.map(() => PUBLIC_WORTH),
    twins.map(({ kilobytes }) => kilobytes / SCALE_KILOBYTES),
    twins.map(({ server }) => place.get(server)!),
  );
  return new Map(
    servers.map(({ address }, m) => {
      const i =
        m < edges.length ? clouds.findIndex((cloud) => cloud.address === edges[m]!.cloud) : m - edges.length;
      const wholesale = Math.round(game.wholesale[Math.max(i, 0)]! * MICRO);
      const named = m < edges.length ? asked.get(edges[m]!.cloud!) : undefined;
      if (named !== undefined && named !== wholesale) {
        const theta =
          game.N[m]! > 0 ? edgeTheta(game.A[m]!, game.N[m]!, servers[m]!.own, named) : game.theta[m]!;
        return [address, { theta: Math.round(theta * MICRO), wholesale: named }];
      }
      return [address, { theta: Math.round(game.theta[m]! * MICRO), wholesale }];
    }),
  );
}

/** An edge's answer to a wholesale price, $/MB. */
function edgeTheta(A: number, N: number, own: number, wholesale: number): number {
  const w = wholesale === 0 ? DEFAULT_PARAMETERS.greatestWholesale : wholesale / MICRO;
  return A / (edgeQuantity(A, N, own / UNIT_KILOBYTES, w, DEFAULT_PARAMETERS) + N);
}
