import { BaseError } from "../../protocol/BaseError.ts";
import type { Clock } from "../../protocol/Clock.ts";
import { shownUrl } from "../../protocol/shownUrl.ts";
import { type ComparedAnswer, comparedAnswer } from "./comparedAnswer.ts";
import { type Rpc, RpcRefusal, RpcUnavailable } from "./Rpc.ts";
import { type ClosableRpc, quantityOf, type RpcEndpointStatus } from "./RpcEndpoint.ts";
import { RpcEndpoints, type RpcEndpointsOptions } from "./RpcEndpoints.ts";
import type { RpcListener } from "./RpcEvent.ts";
import { readQuorumOf } from "./readQuorum.ts";
import { revertDataOf } from "./rpcErrors.ts";

/** Options of a quorum of endpoints. */
export interface QuorumRpcOptions extends RpcEndpointsOptions {
  /** How many must answer alike; more than half of them unless given. */
  quorum?: number | undefined;
}

/** How long what an endpoint said of its newest block counts, milliseconds. */
const CLAIM_MILLISECONDS = 30_000;
/** How long an endpoint may take for an answer, milliseconds, unless given. */
const TIMEOUT_MILLISECONDS = 10_000;
/** Blocks that are asked for by name, and of which each node has its own. */
const TAGS: readonly unknown[] = ["latest", "finalized"];

/** One endpoint of the chain, by itself. */
interface Member {
  /** Its URL without keys, and its place where several are shown alike. */
  name: string;
  rpc: RpcEndpoints;
  /** The number of its newest block by tag, undefined for none, and when it said so. */
  claims: Map<string, { number: number | undefined; at: number }>;
  /** Methods of which its last answer was another than was agreed on. */
  differsIn: Set<string>;
}

/** What a member said to a question. */
interface Said {
  member: Member;
  answer?: ComparedAnswer;
  refusal?: RpcRefusal;
  /** Why it gave no answer. */
  trouble?: string;
}

/**
 * One chain behind several endpoints, of which so many must answer alike before their answer counts: fewer that lie,
 * each in its own way or all in one, change nothing, and those that are silent hold up nothing while the others suffice.
 * Whoever signs what a chain says asks it so.
 *
 * - Endpoints are asked at once; whoever failed lately only when the others do not suffice. The answer is given as soon as
 *   enough agree on it: what comes later is compared with it.
 * - Answers have only what was compared (`comparedAnswer`).
 * - Honest endpoints are of different heights. `latest` and `finalized` are the highest block that so many say they have
 *   come to, which they then must have alike; a call at `latest` is made at that block's hash.
 * - Whoever answers otherwise than was agreed on is told of (`differs`), once until it agrees again. Where there are
 *   different answers and none has enough, the question fails with `ENDPOINTS_DISAGREE`.
 *
 * It reads only: other methods are refused.
 */
export class QuorumRpc implements ClosableRpc {
  readonly quorum: number;
  readonly #name: string;
  readonly #members: readonly Member[];
  readonly #clock: Clock;
  readonly #listener: RpcListener;
  #closed = false;

  /** @throws `READ_QUORUM_INVALID`, `ENDPOINT_MISSING`. */
  constructor(
    options: QuorumRpcOptions,
    modules: { clock: Clock; listener?: RpcListener; open?: (url: string) => ClosableRpc },
  ) {
    const { quorum, endpoints, ...rules } = options;
    const { listener = () => undefined, ...others } = modules;
    const urls = [...new Set(endpoints)];
    const shown = urls.map(shownUrl);
    this.quorum = readQuorumOf(options.name, urls.length, quorum);
    this.#name = options.name;
    this.#clock = modules.clock;
    this.#listener = listener;
    this.#members = urls.map((url, i) => ({
      name: shown.filter((other) => other === shown[i]).length > 1 ? `${shown[i]} (${i + 1})` : shown[i]!,
      rpc: new RpcEndpoints(
        { timeoutMilliseconds: TIMEOUT_MILLISECONDS, ...rules, endpoints: [url] },
        { ...others, listener },
      ),
      claims: new Map(),
      differsIn: new Set(),
    }));
  }

  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    const [first, second] = params;
    switch (method) {
      case "eth_getBlockByNumber":
        return TAGS.includes(first) ? this.#newest(String(first)) : this.#agreed(method, params, first);
      case "eth_getBlockByHash":
        return this.#agree(method, params);
      case "eth_getLogs":
        return this.#agreed(method, params, (first as { toBlock?: unknown } | undefined)?.toBlock);
      case "eth_call": {
        if (!TAGS.includes(second)) {
          const pinned = typeof second === "object" ? undefined : second;
          return pinned === undefined ? this.#agree(method, params) : this.#agreed(method, params, pinned);
        }
        const head = (await this.#newest(String(second))) as { hash: string } | null;
        if (head === null)
          throw new RpcUnavailable(`The ${this.#name} chain has no ${String(second)} block yet.`);
        return this.#agree(method, [first, { blockHash: head.hash }]);
      }
      default:
        throw notCompared(method);
    }
  }

  /** How the endpoints are doing. */
  get status(): readonly RpcEndpointStatus[] {
    return this.#members.flatMap(({ rpc }) => rpc.status);
  }

  /** Each endpoint by itself. */
  get members(): readonly { name: string; rpc: Rpc }[] {
    return this.#members;
  }

  /** Ends all connections; what is under way is rejected. */
  close(): void {
    this.#closed = true;
    for (const { rpc } of this.#members) rpc.close();
  }

  /** What enough say of blocks up to a number: nodes have different ones under a name. */
  async #agreed(method: string, params: readonly unknown[], upTo: unknown): Promise<unknown> {
    if (quantityOf(upTo) === undefined) throw notCompared(`${method} of block ${JSON.stringify(upTo)}`);
    return this.#agree(method, params);
  }

  /** The answer that enough give. */
  async #agree(method: string, params: readonly unknown[]): Promise<unknown> {
    const { quorum } = this;
    const all = await this.#ask(method, params, (said) => most(said).length >= quorum, most);
    const agreed = most(all);
    if (agreed.length < quorum) throw this.#undecided(method, all);
    const [{ answer, refusal }] = agreed as readonly [Said];
    if (refusal !== undefined) throw refusal;
    return answer!.value;
  }

  /** The newest block under a tag that enough have. */
  async #newest(tag: string): Promise<unknown> {
    const method = "eth_getBlockByNumber";
    const { quorum } = this;
    const answering = (said: readonly Said[]) => said.filter(({ answer }) => answer !== undefined);
    const all = await this.#ask(method, [tag, false], (said) => answering(said).length >= quorum, answering);
    const refused = all.filter(({ refusal }) => refusal !== undefined);
    if (refused.length >= quorum) throw refused[0]!.refusal!;
    if (answering(all).length < quorum) throw this.#undecided(`${method} ${tag}`, all);
    const alike = most(all);
    const tried = new Set<number>();
    let undecided: unknown;
    for (;;) {
      // Those that do not have what they say are passed over.
      const number = this.#claimed(tag).find((one) => !tried.has(one));
      if (number === undefined || number === -1) break;
      tried.add(number);
      if (alike.length >= quorum && numberOf(alike[0]!.answer) === number) return alike[0]!.answer!.value;
      try {
        return await this.#agree(method, [`0x${number.toString(16)}`, false]);
      } catch (error) {
        undecided ??= error;
      }
    }
    if (undecided !== undefined) throw undecided;
    return null;
  }

  /** Numbers that enough say to have come to under a tag, or further, the highest first; -1 for none. */
  #claimed(tag: string): number[] {
    const after = this.#clock.now() - CLAIM_MILLISECONDS;
    const claims = this.#members.flatMap(({ claims: said }) => said.get(tag) ?? []);
    const numbers = claims.filter(({ at }) => at >= after).map(({ number = -1 }) => number);
    return numbers.sort((x, y) => y - x).slice(this.quorum - 1);
  }

  /**
   * Asks until there is enough, or nobody left. What comes later is compared with what was agreed on by then.
   *
   * @param alike - Those that count towards enough.
   */
  async #ask(
    method: string,
    params: readonly unknown[],
    isEnough: (said: readonly Said[]) => boolean,
    alike: (said: readonly Said[]) => readonly Said[],
  ): Promise<readonly Said[]> {
    const all: Said[] = [];
    const underWay = new Set<Promise<void>>();
    const ask = (member: Member) => {
      const asked = this.#say(member, method, params).then((said) => {
        all.push(said);
        underWay.delete(asked);
      });
      underWay.add(asked);
    };
    const waiting = new Set(this.#members);
    for (const member of this.#members) {
      if (!member.rpc.isWell) continue;
      waiting.delete(member);
      ask(member);
    }
    while (!isEnough(all)) {
      if (alike(all).length + underWay.size < this.quorum) {
        for (const member of waiting) ask(member);
        waiting.clear();
      }
      if (underWay.size === 0) break;
      await Promise.race(underWay);
    }
    // Answers may be large, and the last may come late: what is compared with it is their keys.
    const given = all.splice(0);
    for (const { member, answer } of given)
      if (answer) all.push({ member, answer: { ...answer, value: null } });
    if (!TAGS.includes(params[0])) void Promise.all(underWay).then(() => this.#compare(method, all));
    return given;
  }

  /** What a member says; never rejects. */
  async #say(member: Member, method: string, params: readonly unknown[]): Promise<Said> {
    try {
      const answer = comparedAnswer(method, await member.rpc.request(method, params));
      const [tag] = params;
      if (TAGS.includes(tag)) {
        member.claims.set(String(tag), { number: numberOf(answer), at: this.#clock.now() });
      }
      return { member, answer };
    } catch (error) {
      if (error instanceof RpcRefusal) return { member, refusal: error };
      return { member, trouble: reasonOf(error) };
    }
  }

  /** Tells of those that answered otherwise than enough did. */
  #compare(method: string, all: readonly Said[]): void {
    if (this.#closed) return;
    const agreed = most(all);
    const [first] = agreed;
    if (agreed.length < this.quorum || first?.answer?.key === undefined) return;
    for (const { member, answer } of all) {
      if (answer?.key === undefined) continue;
      if (answer.key === first.answer.key) member.differsIn.delete(method);
      else if (!member.differsIn.has(method)) {
        member.differsIn.add(method);
        this.#listener({
          type: "differs",
          chain: this.#name,
          url: member.name,
          method,
          said: answer.words,
          agreed: first.answer.words,
        });
      }
    }
  }

  /** The error of a question that not enough answered alike. */
  #undecided(method: string, all: readonly Said[]): BaseError {
    const name = this.#name;
    if (this.#closed) return new RpcUnavailable(`The connection to the ${name} chain was closed.`);
    // Whoever refuses logs of so many blocks is to be asked for those of fewer.
    const refused = all.find(({ refusal }) => refusal !== undefined)?.refusal;
    if (method === "eth_getLogs" && refused !== undefined) return refused;
    const list = all.map(({ member, answer, refusal, trouble }) => {
      return `${member.name}: ${answer?.words ?? refusal?.shortMessage ?? trouble}`;
    });
    const details = list.join("; ");
    const keys = new Set(all.flatMap(({ answer }) => answer?.key ?? []));
    const need = `${this.quorum} of ${this.#members.length}`;
    if (keys.size > 1) {
      return new BaseError("ENDPOINTS_DISAGREE", `The ${name} chain's endpoints differ in ${method}.`, {
        details: `${details}. ${need} must answer alike.`,
        next: "Nothing is signed until they do. Find out which are right, and name others instead of those that are not (endpoints of the node file).",
        retryable: true,
      });
    }
    return new RpcUnavailable(`Too few endpoints of the ${name} chain answer ${method}.`, {
      details: `${details}. ${need} must answer alike.`,
      next: "Wait, or name further endpoints of the chain.",
    });
  }
}

/** The largest group of those who said the same. */
function most(all: readonly Said[]): readonly Said[] {
  const groups = new Map<string, Said[]>();
  for (const said of all) {
    const key = keyOf(said);
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), said]);
  }
  return [...groups.values()].reduce((best, group) => (group.length > best.length ? group : best), []);
}

/** Words for a refusal differ from node to node; what a contract says does not. */
function keyOf({ answer, refusal }: Said): string | undefined {
  if (answer !== undefined) return `answer ${answer.key ?? "none"}`;
  return refusal && `refusal ${revertDataOf(refusal.data) ?? ""}`;
}

function numberOf(answer: ComparedAnswer | undefined): number | undefined {
  const number = (answer?.value as { number: string } | null | undefined)?.number;
  return number === undefined ? undefined : Number(number);
}

function reasonOf(error: unknown): string {
  if (error instanceof BaseError) return error.details ?? error.shortMessage;
  return error instanceof Error ? error.message : String(error);
}

/** Nodes may answer it differently, and be right. */
function notCompared(what: string): RpcRefusal {
  return new RpcRefusal(what, { code: -32601, message: "it is not compared between endpoints" });
}
