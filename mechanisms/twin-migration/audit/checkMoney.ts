import { AbiCoder, keccak256 } from "ethers";

import type { ChainEvent } from "../../../chains/clients/ChainEvent.ts";
import type { AnyEvent } from "../../../protocol/ContractAbi.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { formatTokens } from "../../../reports/formatTokens.ts";
import type { MarketEvidence, MarketTally } from "../../MarketAudit.ts";
import { migrationContracts } from "../contracts.ts";
import { type Chronicle, cameBefore, chronicleOf } from "./Chronicle.ts";
import { OUTCOMES, sharesOf } from "./rules.ts";

const BOND = 1n << 255n;

/** What an account of the market saw, wei. */
interface Account {
  in: bigint;
  /** By whom it went to. */
  readonly out: Map<string, bigint>;
  readonly paidOut: ChainEvent<AnyEvent>[];
}

/**
 * Every wei that the market has in the escrow came in as an escrow, a bond with what is bought for it, or a stake, went
 * out to who is owed it, once, and what is not out is still there; no account is for anything else. Counts movements.
 */
export async function checkMoney(evidence: MarketEvidence, tally: MarketTally): Promise<void> {
  const { main, network } = evidence;
  const chronicle = await chronicleOf(evidence);
  const address = network.main.contracts.applications.twins!;
  const micro = await main.read<bigint>(migrationContracts.TwinMarket, address, "WEI_PER_MICRO", []);
  const accounts = new Map<bigint, Account>();
  for (const event of main.events) {
    const { name, args, transactionHash } = event;
    if (name !== "Funded" && name !== "Paid" && name !== "Refunded") continue;
    const { id, amount, payee, payer } = args as {
      id: bigint;
      amount: bigint;
      payee?: string;
      payer?: string;
    };
    const account = accounts.get(id) ?? { in: 0n, out: new Map<string, bigint>(), paidOut: [] };
    accounts.set(id, account);
    if (name === "Funded") account.in += amount;
    else {
      const who = name === "Paid" ? payee! : payer!;
      account.out.set(who, (account.out.get(who) ?? 0n) + amount);
      account.paidOut.push(event);
      const out = [...account.out.values()].reduce((a, b) => a + b, 0n);
      tally.require(
        out <= account.in,
        `Account ${id} paid ${out} wei of ${account.in} in ${transactionHash}.`,
      );
    }
    tally.count();
  }
  const paidOf = (id: bigint, who: string) => accounts.get(id)?.out.get(who) ?? 0n;
  for (const { migration, requested, accepted, settled, collected } of chronicle.migrations.values()) {
    const { vehicle, destination, escrow } = requested.args;
    const wholesale = accepted?.args.wholesale ?? 0n;
    const locked = accounts.get(migration)?.in ?? 0n;
    tally.require(
      locked === escrow * micro,
      `Migration ${migration} has ${locked} wei in escrow, not ${escrow * micro}.`,
    );
    const bond = accounts.get(BOND | migration)?.in ?? 0n;
    const due = accepted === undefined ? 0n : (escrow + wholesale) * micro;
    tally.require(bond === due, `Migration ${migration} has a bond of ${bond} wei, not ${due}.`);
    const end = settled[0];
    const outcome = end === undefined ? "None" : (OUTCOMES[Number(end.args.outcome)] ?? "None");
    const { toProvider, refund, bondReturned, bondSlashed, isPaid } = sharesOf(outcome, escrow);
    const cloud = chronicle.joined(destination)?.args.cloud ?? "";
    // Escrow and bond of each party; the same server can be paid as both only where it is its own cloud, which none is.
    const owed: [bigint, string, bigint][] =
      end === undefined
        ? []
        : [
            [migration, vehicle, refund],
            [migration, destination, toProvider],
            [BOND | migration, vehicle, bondSlashed],
            [BOND | migration, destination, bondReturned + (isPaid ? 0n : wholesale)],
            [BOND | migration, cloud, isPaid ? wholesale : 0n],
          ];
    for (const [id, who, amount] of owed) {
      const paid = paidOf(id, who);
      const has = collected.some(({ args }) => args.party === who);
      tally.require(
        paid === (has ? amount * micro : 0n),
        `${who} was paid ${paid} wei of migration ${migration} (${outcome}); ${amount * micro} are owed, and ${has ? "were" : "were not"} collected.`,
      );
    }
    const known = new Set(owed.map(([id, who]) => `${id}/${who}`));
    for (const id of [migration, BOND | migration]) {
      for (const [who, amount] of accounts.get(id)?.out ?? []) {
        tally.require(
          known.has(`${id}/${who}`),
          `${who} was paid ${amount} wei of migration ${migration}, of which it is owed nothing.`,
        );
      }
    }
  }
  const stake = (await main.read<bigint>(migrationContracts.TwinMarket, address, "STAKE", [])) * micro;
  const stakes = checkStakes(chronicle, accounts, stake, tally);
  for (const id of accounts.keys()) {
    tally.require(
      stakes.has(id) || chronicle.migrations.has(id) || chronicle.migrations.has(id ^ BOND),
      `Account ${id} is neither a migration's nor a server's.`,
    );
  }
  await checkHeld(evidence, accounts, tally);
}

/** Every server's stakes, one each time that it joined: paid in whole, and out to it alone, once it left. */
function checkStakes(
  chronicle: Chronicle,
  accounts: ReadonlyMap<bigint, Account>,
  stake: bigint,
  tally: MarketTally,
): ReadonlySet<bigint> {
  const numbers = new Map<string, number>();
  const stakes = new Set<bigint>();
  const leavings = new Map(
    [...chronicle.of("ServerLeft")].reverse().map((told) => [told.args.account, told]),
  );
  for (const joined of chronicle.of("ServerJoined")) {
    const { server, account: id } = joined.args;
    const number = (numbers.get(server) ?? 0) + 1;
    numbers.set(server, number);
    const due = BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(["address", "uint32"], [server, number])));
    tally.require(id === due, `Stake ${number} of ${server} is in account ${id}, not in ${due}.`);
    stakes.add(id);
    const account = accounts.get(id);
    tally.require(
      joined.args.stake === stake && account?.in === stake,
      `${server} joined with ${account?.in ?? 0n} wei in account ${id}, and said ${joined.args.stake}; a stake is ${stake}.`,
    );
    const left = leavings.get(id);
    const early = account.paidOut.find((event) => left === undefined || cameBefore(event, left));
    tally.require(
      early === undefined,
      `The stake of ${server} in account ${id} was paid out in ${early?.transactionHash}, before it left.`,
    );
    for (const [who, amount] of account.out) {
      tally.require(who === server, `${who} was paid ${amount} wei of the stake of ${server}.`);
    }
    const out = account.out.get(server) ?? 0n;
    tally.require(
      left === undefined || (left.args.server === server && left.args.stake === stake && out === stake),
      `${server} left (${left?.transactionHash}) and got ${out} of the ${stake} wei in account ${id}.`,
    );
  }
  return stakes;
}

/** What each account still holds, by the escrow's own word. */
async function checkHeld(
  { main, network }: MarketEvidence,
  accounts: ReadonlyMap<bigint, Account>,
  tally: MarketTally,
): Promise<void> {
  const { escrow, applications } = network.main.contracts;
  let [funded, paid] = [0n, 0n];
  for (const [id, account] of accounts) {
    const out = [...account.out.values()].reduce((a, b) => a + b, 0n);
    const held = await main.read<bigint>(contracts.RewardEscrow, escrow, "heldBy", [applications.twins!, id]);
    tally.require(
      held === account.in - out,
      `Account ${id} holds ${held} wei; ${account.in} came in and ${out} went out.`,
    );
    funded += account.in;
    paid += out;
  }
  tally.note(
    `${formatTokens(funded)} $ came in, ${formatTokens(paid)} $ went out, ${formatTokens(funded - paid)} $ are held.`,
  );
}
