import { copyFileSync, existsSync, linkSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";

import { getAddress } from "ethers";

import type { GatewayClient } from "../chains/clients/GatewayClient.ts";
import { type ChainPlace, chainsOf, type NetworkFile, originsOf } from "../chains/networks/networkFile.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { PROOF_SCHEMES } from "./proofs/proofSchemes.ts";
import type { VoucherSource } from "./proofs/VoucherSource.ts";
import { flush, requireWhole } from "./store/backUp.ts";
import { holdDatabase } from "./store/holdDatabase.ts";
import { RelayerStore } from "./store/RelayerStore.ts";
import { ValidatorStore } from "./store/ValidatorStore.ts";
import type { VoucherPlace } from "./store/VoucherTable.ts";

/** Numbers of messages after the last one that a chain knows, of which deliveries elsewhere are looked for. */
const LOOKED_FOR = 32;
/** How long a chain's endpoints may take to come to what one of them shows, milliseconds. */
const CATCH_UP_MILLISECONDS = 30_000;
/** How often they are asked whether they have, milliseconds. */
const ASK_MILLISECONDS = 500;
const REPLACE_KEY =
  "If it cannot be known, do not use this key any more: have the validator replaced by one with a new key (docs/operations.md).";

/** Up to where a restored validator signs nothing. */
export interface Fence {
  chain: string;
  /** What it signed last of the chain by the copy; undefined for nothing. */
  last: number | undefined;
  /** Up to where it may have signed since; it signs after it only. */
  fence: number;
}

/** What tells how far a chain has come. */
type HeadOfGateway = Pick<GatewayClient, "outbox" | "header">;

/** What a restored validator is judged by. */
export interface RestoreModules {
  /** Each chain, as enough of its endpoints tell it. */
  gatewayOf: (place: ChainPlace) => Pick<GatewayClient, "outbox" | "header" | "isDelivered">;
  /** A chain as each of its endpoints tells it by itself, where they are compared; none unless given. */
  endpointsOf?: (place: ChainPlace) => readonly { name: string; gateway: HeadOfGateway }[];
  /** The servers of the network's validators, its own among them. */
  sources: readonly VoucherSource[];
  clock: Clock;
}

/**
 * Puts the copy of a validator's database in its place, so that it never signs twice for one place: neither what the copy
 * has, nor what was signed after it was made. That is on no disk any more, so nothing is signed of what the chains had
 * before now; what comes after it was never signed.
 *
 * That holds as long as no chain has less now than was signed of it. So the other validators' signatures and deliveries
 * elsewhere are looked at, and the copy is refused when one shows more than the chain's node here.
 *
 * @param options - `copy`: a file of `backUp`; without, the database begins empty, behind the same fences. `path`: the
 *   validator's database. `distrust`: validators whose signatures count for nothing here.
 * @returns The fences, by chain, and where what was in the database's place is now.
 * @throws `BACKUP_INVALID`, `BACKUP_OTHER_KEY`; `BACKUP_OLDER` when the database that is there has signed more;
 *   `VALIDATOR_RUNS` when one with its key answers; `CHAIN_SET_BACK` when a chain has less than was signed of it;
 *   `RESTORE_UNSURE` when too few validators or a chain do not answer; `DATABASE_IN_USE`, `DATABASE_NEWER`.
 */
export async function restoreValidator(
  network: NetworkFile,
  options: {
    copy: string | undefined;
    path: string;
    validator: string;
    distrust?: readonly string[];
  },
  modules: RestoreModules,
): Promise<{ fences: Fence[]; aside: string | undefined }> {
  const { copy, path, validator } = options;
  const lock = holdDatabase(path);
  const draft = `${path}.restoring`;
  try {
    removeDatabase(draft);
    const store =
      copy === undefined ? new ValidatorStore(draft) : openCopy(copy, draft, (at) => new ValidatorStore(at));
    let fences: Fence[];
    try {
      requireOwn(store, validator, copy ?? draft);
      requireNotOlder(path, store, copy ?? "an empty one");
      const distrust = new Set((options.distrust ?? []).map((one) => getAddress(one.toLowerCase())));
      fences = await fencesOf(network, store, { validator, distrust }, modules);
      for (const place of chainsOf(network)) {
        const { fence } = fences.find(({ chain }) => chain === place.name)!;
        store.vouchers.raiseFence(whereOf(place), fence);
      }
    } finally {
      store.close();
    }
    return { fences, aside: putInPlace(draft, path, { now: modules.clock.now() }) };
  } finally {
    removeDatabase(draft);
    lock.release();
  }
}

/**
 * Puts the copy of a relayer's database in its place. Whatever it lacks is read from the chains again.
 *
 * @returns Where what was in its place is now.
 * @throws `BACKUP_INVALID`, `DATABASE_IN_USE`, `DATABASE_NEWER`.
 */
export async function restoreRelayer(
  { copy, path }: { copy: string; path: string },
  { clock }: { clock: Clock },
): Promise<{ aside: string | undefined }> {
  const lock = holdDatabase(path);
  const draft = `${path}.restoring`;
  try {
    removeDatabase(draft);
    openCopy(copy, draft, (at) => new RelayerStore(at)).close();
    return { aside: putInPlace(draft, path, { now: clock.now() }) };
  } finally {
    removeDatabase(draft);
    lock.release();
  }
}

/** Opens a copy of a copy, which brings it up to the newest version: the file that was given stays as it is. */
function openCopy<S>(copy: string, draft: string, open: (path: string) => S): S {
  try {
    copyFileSync(copy, draft);
    requireWhole(draft);
    return open(draft);
  } catch (cause) {
    if (cause instanceof BaseError && cause.code === "DATABASE_NEWER") throw cause;
    throw new BaseError("BACKUP_INVALID", `${copy} is no copy of this database that can be used.`, {
      details: cause instanceof BaseError ? (cause.details ?? cause.shortMessage) : String(cause),
      next: "Name a file that ./freshet relay backup made of it.",
      cause,
    });
  }
}

/** Throws when signatures in a copy are another key's. */
function requireOwn({ vouchers }: ValidatorStore, validator: string, copy: string): void {
  for (const { where, last } of vouchers.places()) {
    let signer: string;
    try {
      signer = PROOF_SCHEMES[where.kind].vouching.signerOf(where, last, last.signature);
    } catch (error) {
      signer = `nobody (${String(error)})`;
    }
    if (signer === validator) continue;
    throw new BaseError("BACKUP_OTHER_KEY", `${copy} is not of validator ${validator}.`, {
      details: `What it has of chain ${where.chainId} was signed by ${signer}.`,
      next: "Name the validator's own copy, or the right validator with --validator.",
    });
  }
}

/** Throws when the database that is in the place has signed what the copy does not know of. */
function requireNotOlder(path: string, copy: ValidatorStore, file: string): void {
  if (!existsSync(path)) return;
  let there: ValidatorStore;
  try {
    there = new ValidatorStore(path);
  } catch (error) {
    if (error instanceof BaseError && error.code === "DATABASE_UNUSABLE") return;
    throw error;
  }
  try {
    for (const { where, last } of there.vouchers.places()) {
      const own = copy.vouchers.at(where, last.place);
      if (own?.hash === last.hash) continue;
      throw new BaseError(
        "BACKUP_OLDER",
        `${path} is there, can be read, and has signed more than ${file}.`,
        {
          details: `Of chain ${where.chainId} it signed up to ${last.place}, the copy up to ${copy.vouchers.last(where)?.place ?? "nothing"}.`,
          next: "Go on with the database that is there: no copy is better than it.",
        },
      );
    }
  } finally {
    there.close();
  }
}

async function fencesOf(
  network: NetworkFile,
  store: ValidatorStore,
  { validator, distrust }: { validator: string; distrust: ReadonlySet<string> },
  { sources, gatewayOf, endpointsOf = () => [], clock }: RestoreModules,
): Promise<Fence[]> {
  const others = sources.filter((one) => getAddress(one.validator.toLowerCase()) !== validator);
  const own = sources.filter((one) => !others.includes(one));
  const heard = new Set<string>();
  const fences: Fence[] = [];
  for (const place of chainsOf(network)) {
    const where = whereOf(place);
    const last = store.vouchers.last(where);
    // The others first: what they have signed by now, the chain must have when it is read after that.
    let seen = last?.place ?? -1;
    for (const source of [...own, ...others]) {
      const said = await source
        .vouchers(where.kind, where.chainId, where.gateway, Math.max(0, seen))
        .catch(() => undefined);
      if (said === undefined) continue;
      const isOwn = own.includes(source);
      if (isOwn) {
        throw new BaseError("VALIDATOR_RUNS", `A validator with the key ${validator} answers.`, {
          details: "The server at its URL of the network file gives signatures of it.",
          next: "Stop it first: two that sign with one key sign two histories sooner or later. What it has is no older than any copy.",
        });
      }
      heard.add(source.validator);
      if (distrust.has(getAddress(source.validator.toLowerCase()))) continue;
      for (const voucher of said) {
        if (voucher.place > seen && isTrue(where, voucher, source.validator)) seen = voucher.place;
      }
    }
    const reached = await agreedBy(place, { agreed: gatewayOf(place), endpoints: endpointsOf(place) }, clock);
    const delivered = await deliveredAfter(network, place, reached, gatewayOf);
    const most = Math.max(seen, delivered);
    if (most > reached) {
      throw new BaseError(
        "CHAIN_SET_BACK",
        `${place.name} has less, as its node here tells it, than was signed of it.`,
        {
          details: `It is at ${reached}; ${most === delivered ? "elsewhere was delivered" : "validators have signed"} ${most}.`,
          next: `If its node is only behind, wait and try again. If a validator lies, leave it out with --distrust. ${REPLACE_KEY}`,
        },
      );
    }
    fences.push({ chain: place.name, last: last?.place, fence: reached });
  }
  const silent = others.filter(({ validator: one }) => !heard.has(one));
  if (heard.size * 2 < others.length) {
    throw unsure(
      `Only ${heard.size} of ${others.length} other validators answer.`,
      `${silent.map(({ validator: one }) => one).join(", ")} did not, and they may have signed what this chain's node does not show.`,
    );
  }
  return fences;
}

function isTrue(
  where: VoucherPlace,
  voucher: { place: number; hash: string; signature: string },
  by: string,
): boolean {
  try {
    return (
      PROOF_SCHEMES[where.kind].vouching.signerOf(where, voucher, voucher.signature) ===
      getAddress(by.toLowerCase())
    );
  } catch {
    return false;
  }
}

/**
 * The highest place that can have been signed of a chain by now, as enough of its endpoints tell it. Those that answer
 * now may be behind the one by which was signed, so none may show more: they are waited for.
 */
async function agreedBy(
  place: ChainPlace,
  {
    agreed,
    endpoints,
  }: { agreed: HeadOfGateway; endpoints: readonly { name: string; gateway: HeadOfGateway }[] },
  clock: Clock,
): Promise<number> {
  const shown = await Promise.all(
    endpoints.map(async ({ name, gateway }) => ({
      name,
      // Whether enough of them answer, the others tell.
      most: await reachedBy(place, gateway).catch(() => -1),
    })),
  );
  const furthest = shown.reduce((best, one) => (one.most > best.most ? one : best), { name: "", most: -1 });
  const until = clock.now() + CATCH_UP_MILLISECONDS;
  for (;;) {
    const reached = await reachedBy(place, agreed);
    if (reached >= furthest.most) return reached;
    if (clock.now() >= until) {
      throw unsure(
        `an endpoint of ${place.name} shows more than the others.`,
        `${furthest.name} is at ${furthest.most}, enough of them at ${reached}: more may have been signed when they were further.`,
        `Try again when they have caught up. If ${furthest.name} is of another history or lies, take it out of the node file. ${REPLACE_KEY}`,
      );
    }
    await clock.sleep(ASK_MILLISECONDS);
  }
}

/** The highest place that can have been signed of a chain by now. */
async function reachedBy({ name, proofs }: ChainPlace, gateway: HeadOfGateway): Promise<number> {
  try {
    if (proofs === "checkpoint") return (await gateway.outbox()).count - 1;
    const head = await gateway.header("latest");
    if (head === undefined) throw new RangeError("it has no block");
    return head.number;
  } catch (cause) {
    throw unsure(
      `${name} does not say what it has.`,
      cause instanceof BaseError ? (cause.details ?? cause.shortMessage) : String(cause),
    );
  }
}

/** The highest number of a message that was delivered elsewhere though its chain does not know it; -1 for none. */
async function deliveredAfter(
  network: NetworkFile,
  origin: ChainPlace,
  reached: number,
  gatewayOf: RestoreModules["gatewayOf"],
): Promise<number> {
  if (origin.proofs !== "checkpoint") return -1;
  const destinations = chainsOf(network).filter((one) => originsOf(network, one).includes(origin));
  const found = await Promise.all(
    destinations.flatMap((destination) =>
      Array.from({ length: LOOKED_FOR }, async (_, i) => {
        const nonce = reached + 1 + i;
        try {
          const isThere = await gatewayOf(destination).isDelivered(BigInt(origin.chainId), nonce);
          return isThere ? nonce : -1;
        } catch (cause) {
          throw unsure(
            `${destination.name} does not say what was delivered to it.`,
            cause instanceof BaseError ? (cause.details ?? cause.shortMessage) : String(cause),
          );
        }
      }),
    ),
  );
  return found.reduce((most, one) => Math.max(most, one), -1);
}

function whereOf({ proofs, chainId, contracts }: ChainPlace): VoucherPlace {
  return { kind: proofs, chainId: BigInt(chainId), gateway: contracts.gateway };
}

/** Puts a database in a place, at no moment of which there is none; what was there is kept aside, whole. */
function putInPlace(draft: string, path: string, { now }: { now: number }): string | undefined {
  flush(draft);
  let aside: string | undefined;
  if (existsSync(path)) {
    aside = `${path}.before-${new Date(now).toISOString().slice(0, 19).replaceAll(":", "-")}`;
    linkSync(path, aside);
  }
  // What was not yet in the database itself would be taken for the new one's.
  for (const end of ["-wal", "-shm"]) {
    if (existsSync(`${path}${end}`)) renameSync(`${path}${end}`, `${aside ?? `${path}.left`}${end}`);
  }
  renameSync(draft, path);
  flush(dirname(path));
  return aside;
}

function removeDatabase(path: string): void {
  for (const end of ["", "-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
}

function unsure(
  shortMessage: string,
  details: string,
  next = `Try again when they answer. ${REPLACE_KEY}`,
): BaseError {
  return new BaseError("RESTORE_UNSURE", `It cannot be known up to where was signed: ${shortMessage}`, {
    details,
    next,
    retryable: true,
  });
}
