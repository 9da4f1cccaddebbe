import { chainsOf } from "../../../chains/networks/networkFile.ts";
import { ContractRevert } from "../../../protocol/ContractRevert.ts";
import { parseInteroperable } from "../../../protocol/interoperableAddress.ts";
import type {
  MessageCounts,
  MessageHelp,
  MessageLine,
  MessageRow,
  MessageState,
  MessageStep,
  MessagesView,
} from "../../api/MessageRow.ts";
import type { MessageQuestion } from "../../api/routes.ts";
import type { BookPlace } from "../BookPlace.ts";
import type { ChainFeed } from "../ChainFeed.ts";
import { chainOf } from "../chainOf.ts";
import type { SentFact } from "../GatewayBook.ts";
import type { NetworkWatch } from "../NetworkWatch.ts";
import type { PageBranch } from "../PageBranch.ts";
import { placeOf } from "./moneyView.ts";

type Feed = ChainFeed<PageBranch>;

/** What a message takes besides the blocks of both its chains, seconds: proofs are gathered and sent. */
const PATIENCE_SECONDS = 20;
/** Messages whose times are looked at for the counts. */
const TIMED = 1000;

/** A message with the chains that it goes between. */
interface Found {
  sent: SentFact;
  origin: Feed;
  destination: Feed | undefined;
  delivered: BookPlace | undefined;
}

/** Messages between the chains, put together of what both their gateways told. */
export class MessageDesk {
  readonly #watch: NetworkWatch;
  /** Names of applications by chain id and address in small letters. */
  readonly #applications: ReadonlyMap<string, string>;

  constructor(watch: NetworkWatch) {
    this.#watch = watch;
    this.#applications = new Map(
      chainsOf(watch.network).flatMap(({ chainId, contracts }) =>
        Object.entries(contracts.applications).map(([name, address]): [string, string] => [
          `${chainId}/${address.toLowerCase()}`,
          name,
        ]),
      ),
    );
  }

  /** Those that a question asks for, the newest first. */
  list({ from = 0, limit = 50, ...question }: MessageQuestion): MessagesView {
    const all = this.#all();
    const counts = countsOf(all.map((found) => this.#briefly(found)));
    const fitting = all.filter((found) => this.#fits(found, question));
    return {
      total: fitting.length,
      from,
      rows: fitting.slice(from, from + limit).map((found) => this.#row(found)),
      dropped: this.#watch.feeds.reduce((sum, { branch }) => sum + branch.book.gateway.dropped, 0),
      counts,
    };
  }

  counts(): MessageCounts {
    return countsOf(this.#all().map((found) => this.#briefly(found)));
  }

  /** A message as a list has it; undefined of one that is not kept. */
  row(id: string): MessageRow | undefined {
    const found = this.#find(id);
    return found && this.#row(found);
  }

  /** All that is known of a message. */
  line(id: string): MessageLine | undefined {
    const found = this.#find(id);
    if (found === undefined) return undefined;
    const { sent, origin, destination, delivered } = found;
    const effects =
      delivered === undefined
        ? []
        : (destination?.branch.book.gateway.sentIn.get(delivered.transaction) ?? []);
    const causes = origin.branch.book.gateway.deliveredIn.get(sent.transaction) ?? [];
    const isAlike = (other: MessageRow) =>
      sent.said?.task === undefined || other.taskId === String(sent.said.task);
    const rowsOf = (ids: readonly string[]) =>
      ids
        .filter((other) => other !== id)
        .flatMap((other) => this.row(other) ?? [])
        .filter(isAlike);
    return {
      row: this.#row(found),
      sender: accountOf(sent.sender),
      recipient: accountOf(sent.recipient),
      steps: this.#steps(found),
      cause: rowsOf(causes)[0] ?? null,
      effects: rowsOf(effects),
      help: this.#help(found),
    };
  }

  /** What each route sent and delivered, by the ids of origin and destination. */
  byRoute(): ReadonlyMap<string, { sent: number; delivered: number; open: number; stuck: number }> {
    const routes = new Map<string, { sent: number; delivered: number; open: number; stuck: number }>();
    for (const found of this.#all()) {
      const { destination } = found.sent;
      if (destination === undefined) continue;
      const key = `${found.origin.client.chainId}/${destination}`;
      const route = routes.get(key) ?? { sent: 0, delivered: 0, open: 0, stuck: 0 };
      const { state } = this.#briefly(found);
      route.sent++;
      if (state === "delivered") route.delivered++;
      else if (state === "stuck" || state === "refused") route.stuck++;
      if (state !== "delivered") route.open++;
      routes.set(key, route);
    }
    return routes;
  }

  /** All that are kept, the newest first. */
  #all(): Found[] {
    const found = this.#watch.feeds.flatMap((origin) =>
      [...origin.branch.book.gateway.sent.values()].map((sent) => this.#found(sent, origin)),
    );
    return found.sort((a, b) => b.sent.at - a.sent.at || b.sent.nonce - a.sent.nonce);
  }

  #find(id: string): Found | undefined {
    for (const origin of this.#watch.feeds) {
      const sent = origin.branch.book.gateway.sent.get(id);
      if (sent !== undefined) return this.#found(sent, origin);
    }
    return undefined;
  }

  #found(sent: SentFact, origin: Feed): Found {
    const destination = sent.destination === undefined ? undefined : this.#watch.feedOf(sent.destination);
    return { sent, origin, destination, delivered: destination?.branch.book.gateway.delivered.get(sent.id) };
  }

  #fits(found: Found, { state, chain, task, search }: MessageQuestion): boolean {
    const { sent, origin, destination } = found;
    if (chain !== undefined && origin.place.name !== chain && destination?.place.name !== chain) return false;
    if (task !== undefined && String(sent.said?.task ?? "") !== task) return false;
    if (search !== undefined) {
      const low = search.toLowerCase();
      if (!sent.id.startsWith(low) && !sent.transaction.startsWith(low)) return false;
    }
    if (state === undefined) return true;
    const { state: own } = this.#briefly(found);
    if (state === "delivered") return own === "delivered";
    if (state === "open") return own !== "delivered";
    return own === "stuck" || own === "refused";
  }

  #briefly({ sent, origin, destination, delivered }: Found): { state: MessageState; seconds: number | null } {
    if (destination === undefined) return { state: "unroutable", seconds: null };
    if (delivered !== undefined) return { state: "delivered", seconds: Math.max(0, delivered.at - sent.at) };
    if (destination.branch.book.gateway.refused.has(sent.id)) return { state: "refused", seconds: null };
    const waited = origin.time - sent.at;
    return { state: waited > this.#patience(origin, destination) ? "stuck" : "open", seconds: null };
  }

  /** How long a message may take, seconds: until its block is final, and some blocks where it goes. */
  #patience(origin: Feed, destination: Feed): number {
    const { head, final } = origin.state;
    const finality = head === null || final === null ? 0 : head.at - final.at;
    return PATIENCE_SECONDS + 2 * finality + 4 * destination.client.blockSeconds;
  }

  #row(found: Found): MessageRow {
    const { sent, origin, destination, delivered } = found;
    const { state, seconds } = this.#briefly(found);
    return {
      id: sent.id,
      kind: this.#kind(found),
      origin: origin.place.name,
      destination: destination?.place.name ?? null,
      nonce: sent.nonce,
      taskId: sent.said?.task === undefined ? null : String(sent.said.task),
      round: sent.said?.round === undefined ? null : sent.said.round + 1,
      state,
      sentAt: sent.at,
      deliveredAt: delivered?.at ?? null,
      seconds,
      why: state === "delivered" ? null : this.#why(found, state),
    };
  }

  #kind({ sent, origin }: Found): string {
    const sender = accountOf(sent.sender).toLowerCase();
    const application = this.#applications.get(`${origin.client.chainId}/${sender}`);
    if (application === undefined) return "–";
    return application === "tasks" ? (sent.said?.kind ?? "–") : application;
  }

  /** Why a message is not there, a sentence. */
  #why(found: Found, state: MessageState): string {
    const { sent, origin, destination } = found;
    if (destination === undefined) return "Its recipient is on no chain of this network.";
    const name = destination.place.name;
    const { gateway } = destination.branch.book;
    if (destination.state.connection === "disconnected") {
      return `${name} does not answer this page's server: whether it came there is not known.`;
    }
    const route = gateway.routes.get(origin.client.chainId);
    if (route?.frozen !== undefined) return `The route from ${origin.place.name} is frozen on ${name}.`;
    if (route?.paused !== undefined) return `The route from ${origin.place.name} is paused on ${name}.`;
    const refused = gateway.refused.get(sent.id);
    if (refused !== undefined) {
      const { shortMessage } = new ContractRevert(`${name}'s recipient`, refused.reason);
      return `${name} refused it: ${shortMessage}`;
    }
    const { final } = origin.state;
    if (final === null || final.number < sent.block) {
      return `Its block ${sent.block} of ${origin.place.name} is not final yet.`;
    }
    return state === "stuck"
      ? `It is final on ${origin.place.name}, and nobody has delivered it on ${name}.`
      : `It is final on ${origin.place.name}, and on its way to ${name}.`;
  }

  #steps(found: Found): MessageStep[] {
    const { sent, origin, destination, delivered } = found;
    const from = origin.place.name;
    const steps: MessageStep[] = [
      {
        name: "sent",
        text: `sent on ${from}, as its message ${sent.nonce}`,
        done: true,
        place: placeOf(from, sent),
      },
    ];
    const { final } = origin.state;
    const isFinal = final !== null && final.number >= sent.block;
    steps.push({ name: "final", text: `its block is final on ${from}`, done: isFinal, place: null });
    const announced = origin.branch.book.gateway.announced.get(sent.id);
    if (announced !== undefined) {
      steps.push({
        name: "announced",
        text: `announced again on ${from}, as the receipt of its transaction is too large to prove it by`,
        done: true,
        place: placeOf(from, announced),
      });
    }
    if (destination === undefined) return steps;
    const to = destination.place.name;
    const refused = destination.branch.book.gateway.refused.get(sent.id);
    if (refused !== undefined) {
      const { shortMessage } = new ContractRevert(`${to}'s recipient`, refused.reason);
      const text = `its recipient on ${to} refused it: ${shortMessage}`;
      steps.push({ name: "refused", text, done: true, place: placeOf(to, refused) });
    }
    steps.push({
      name: "delivered",
      text: `proven and delivered on ${to}`,
      done: delivered !== undefined,
      place: delivered === undefined ? null : placeOf(to, delivered),
    });
    const there = destination.state.final;
    steps.push({
      name: "delivered-final",
      text: `its delivery is final on ${to}`,
      done: delivered !== undefined && there !== null && there.number >= delivered.block,
      place: null,
    });
    return steps;
  }

  #help(found: Found): MessageHelp | null {
    const { sent, origin, destination } = found;
    const { state } = this.#briefly(found);
    if (state === "delivered") return null;
    const why = this.#why(found, state);
    if (destination === undefined) return { why, command: null, about: null };
    const { gateway } = destination.branch.book;
    const route = gateway.routes.get(origin.client.chainId);
    if (destination.state.connection === "disconnected") {
      return { why, command: "./freshet doctor", about: "looks at each chain of the network" };
    }
    if (route?.frozen !== undefined || route?.paused !== undefined) {
      return {
        why: `${why} What is sent waits until the owner of ${destination.place.name}'s gateway opens it again (docs/relay.md).`,
        command: "./freshet relay status --from-chains",
        about: "shows every message that waits for it",
      };
    }
    const { final } = origin.state;
    if (final === null || final.number < sent.block) {
      return { why: `${why} Nothing is to be done: it is ${describe(origin)}.`, command: null, about: null };
    }
    if (state === "open") return null;
    return {
      why: `${why} The network's relayer may not run, or not pay for it.`,
      command: `./freshet relay self-relay ${sent.id}`,
      about: "proves it and delivers it, whoever types it",
    };
  }
}

function describe({ state, place }: Feed): string {
  const { head, final } = state;
  const behind = head === null || final === null ? undefined : head.number - final.number;
  return behind === undefined
    ? `not final on ${place.name}`
    : `final once the chain is far enough: now ${behind} blocks are not`;
}

/** The account of an ERC-7930 address; the address as it is where it is none of an EVM chain. */
function accountOf(address: string): string {
  return chainOf(address) === undefined ? address : parseInteroperable(address).address;
}

function countsOf(all: readonly { state: MessageState; seconds: number | null }[]): MessageCounts {
  const counts = { sent: all.length, delivered: 0, open: 0, stuck: 0, refused: 0, unroutable: 0 };
  const seconds: number[] = [];
  for (const one of all) {
    counts[one.state]++;
    if (one.seconds !== null && seconds.length < TIMED) seconds.push(one.seconds);
  }
  seconds.sort((a, b) => a - b);
  const at = (share: number) =>
    seconds[Math.min(seconds.length - 1, Math.floor(share * seconds.length))] ?? null;
  return { ...counts, medianSeconds: at(0.5), slowSeconds: at(0.95) };
}
