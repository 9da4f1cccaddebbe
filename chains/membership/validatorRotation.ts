import { BaseError } from "../../protocol/BaseError.ts";
import { contracts } from "../../protocol/contracts.ts";
import type { ChainAccount } from "../clients/ChainAccount.ts";
import { type ReadableChain, readContract } from "../clients/readContract.ts";
import { sameAddress } from "../networks/deployment/deployedOtherwise.ts";
import { type ChainPlace, type NetworkFile, originsOf } from "../networks/networkFile.ts";
import { verifierOf } from "../networks/verifierOf.ts";
import type { VerifierPlace } from "../networks/verifiersOf.ts";
import { mayPropose, type Proposal, proposeOrExecute } from "./timelockCalls.ts";

/** Validators that a chain believes of another. */
export interface ValidatorSet {
  threshold: number;
  /** Ascending. */
  validators: readonly string[];
}

/** What a chain believes of another one's validators. */
export interface BelievedValidators {
  /** Whose verifier it is. */
  chain: string;
  /** Whose messages they vouch for. */
  origin: string;
  current: ValidatorSet;
  /** What comes after it, and from when on (Unix seconds). */
  scheduled: (ValidatorSet & { activeFrom: number }) | undefined;
}

/** How far a change of a chain's validators has come. */
export type RotationState =
  | { chain: string; origin: string; state: "in-force" }
  /** Proposed to the timelock, which lets it be executed from then on (Unix seconds). */
  | { chain: string; origin: string; state: "proposed"; from: number; operation: string }
  /** Scheduled at the verifier, which can be told to apply it from then on (Unix seconds). */
  | { chain: string; origin: string; state: "scheduled"; from: number };

/** What the verifiers of a chain believe. */
export async function believedValidators(
  chain: ReadableChain,
  network: NetworkFile,
  place: ChainPlace,
): Promise<BelievedValidators[]> {
  return Promise.all(
    originsOf(network, place).map(async (other) => {
      const { current, scheduled } = await setsOf(chain, verifierOf(place, other), other);
      return { chain: place.name, origin: other.name, current, scheduled };
    }),
  );
}

/** A set in the form that contracts take. @throws `VALIDATORS_UNSOUND` where it is none that they take. */
export function soundSet(validators: readonly string[], threshold: number): ValidatorSet {
  const ascending = [...validators].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const count = ascending.length;
  if (new Set(ascending).size === count && threshold <= count && threshold * 2 > count && count <= 255)
    return { threshold, validators: ascending };
  throw new BaseError(
    "VALIDATORS_UNSOUND",
    `${threshold} of ${count} validators is no set that chains take.`,
    {
      details:
        "More than half must sign, or two groups could vouch for two histories; at most 255, all different.",
      next: "Give another --threshold, or other validators.",
    },
  );
}

/**
 * Brings a change of validators on a chain as far as it can be brought now: proposes it to the owner's timelock, executes
 * it there when its delay is over, and has the verifiers apply it when theirs is. Repeated, it goes on from there.
 *
 * @param account - The owner's key, or a proposer's of the timelock.
 * @throws `NOT_OWNER` when the account may do none of it; those of `ChainAccount.send`.
 */
export async function rotateOn(
  account: ChainAccount,
  network: NetworkFile,
  place: ChainPlace,
  target: ValidatorSet,
): Promise<RotationState[]> {
  const { client } = account;
  const routes = originsOf(network, place).map((other) => ({ other, verifier: verifierOf(place, other) }));
  const look = () =>
    Promise.all(
      routes.map(async (route) => ({ ...route, ...(await setsOf(client, route.verifier, route.other)) })),
    );
  let looked = await look();
  const unscheduled = looked.filter(
    ({ current, scheduled }) => !isSame(current, target) && !(scheduled && isSame(scheduled, target)),
  );
  let proposal: Proposal | undefined;
  if (unscheduled.length > 0) {
    proposal = await schedule(account, place, unscheduled, target);
    looked = await look();
  }
  const now = await client.nextTime();
  return Promise.all(
    looked.map(async ({ other, verifier, current, scheduled }): Promise<RotationState> => {
      const route = { chain: place.name, origin: other.name };
      if (isSame(current, target)) return { ...route, state: "in-force" };
      if (scheduled === undefined || !isSame(scheduled, target)) {
        return { ...route, state: "proposed", ...proposal! };
      }
      if (scheduled.activeFrom > now) return { ...route, state: "scheduled", from: scheduled.activeFrom };
      await account.send(verifier, "applyValidators", [BigInt(other.chainId)]);
      return { ...route, state: "in-force" };
    }),
  );
}

interface Route {
  other: ChainPlace;
  verifier: VerifierPlace;
}

/** Has the verifiers' owner schedule a set; where a timelock must wait first, the proposal. */
async function schedule(
  account: ChainAccount,
  place: ChainPlace,
  routes: readonly Route[],
  target: ValidatorSet,
): Promise<Proposal | undefined> {
  const { client } = account;
  const owner = await readContract(client, routes[0]!.verifier, "owner", []);
  if (sameAddress(owner, account.address)) {
    await Promise.all(
      routes.map(({ verifier, other }) =>
        account.send(verifier, "scheduleValidators", [BigInt(other.chainId), target]),
      ),
    );
    return undefined;
  }
  const address = place.contracts.timelock;
  if (address === undefined || !sameAddress(owner, address)) throw notOwner(account, place, owner);
  return propose(account, place, address, routes, target);
}

async function propose(
  account: ChainAccount,
  place: ChainPlace,
  address: string,
  routes: readonly Route[],
  target: ValidatorSet,
): Promise<Proposal | undefined> {
  if (!(await mayPropose(account, address))) throw notOwner(account, place, address);
  // All verifiers have this function; see ValidatorSets.sol.
  const calls = routes.map(({ verifier, other }) => ({
    target: verifier.address,
    payload: contracts.CheckpointVerifier.encodeCall("scheduleValidators", [BigInt(other.chainId), target]),
  }));
  return proposeOrExecute(account, address, calls, "freshet: validators");
}

async function setsOf(
  chain: ReadableChain,
  verifier: VerifierPlace,
  other: ChainPlace,
): Promise<Pick<BelievedValidators, "current" | "scheduled">> {
  const id = BigInt(other.chainId);
  const [current, { set, activeFrom }] = await Promise.all([
    readContract(chain, verifier, "validatorsOf", [id]),
    readContract(chain, verifier, "scheduledValidators", [id]),
  ]);
  return {
    current: { threshold: Number(current.threshold), validators: current.validators },
    scheduled:
      Number(activeFrom) === 0
        ? undefined
        : {
            threshold: Number(set.threshold),
            validators: set.validators,
            activeFrom: Number(activeFrom),
          },
  };
}

function isSame(a: ValidatorSet, b: ValidatorSet): boolean {
  return (
    a.threshold === b.threshold &&
    a.validators.length === b.validators.length &&
    a.validators.every((address, i) => sameAddress(address, b.validators[i]!))
  );
}

function notOwner({ address }: ChainAccount, { name }: ChainPlace, owner: string): BaseError {
  return new BaseError("NOT_OWNER", `${address} may not change what ${name} believes.`, {
    details: `Its owner is ${owner}.`,
    next: "Use the owner's key, or one of its timelock's proposers (keys.proposer in the node file).",
  });
}
