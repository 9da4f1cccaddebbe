import { contracts } from "../../../protocol/contracts.ts";
import type { MarketEvidence, MarketTally } from "../../MarketAudit.ts";
import { migrationContracts } from "../contracts.ts";
import { chronicleOf } from "./Chronicle.ts";
import { OUTCOMES, sharesOf } from "./rules.ts";

const BOND = 1n << 255n;

/**
 * Every wei that the market has in the escrow came in as an escrow, a bond with what is bought for it, or a stake, went
 * out to who is owed it, once, and what is not out is still there. Counts movements.
 */
export async function checkMoney(evidence: MarketEvidence, tally: MarketTally): Promise<void> {
  const { main, network } = evidence;
  const chronicle = await chronicleOf(evidence);
  const address = network.main.contracts.applications.twins!;
  const micro = await main.read<bigint>(migrationContracts.TwinMarket, address, "WEI_PER_MICRO", []);
  const accounts = new Map<bigint, { in: bigint; out: Map<string, bigint> }>();
  for (const { name, args, transactionHash } of main.events) {
    if (name !== "Funded" && name !== "Paid" && name !== "Refunded") continue;
    const { id, amount, payee, payer } = args as {
      id: bigint;
      amount: bigint;
      payee?: string;
      payer?: string;
    };
    const account = accounts.get(id) ?? { in: 0n, out: new Map<string, bigint>() };
    accounts.set(id, account);
    if (name === "Funded") account.in += amount;
    else {
      const who = name === "Paid" ? payee! : payer!;
      account.out.set(who, (account.out.get(who) ?? 0n) + amount);
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
    const cloud =
      chronicle.of("ServerJoined").find(({ args }) => args.server === destination)?.args.cloud ?? "";
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
  await checkHeld(evidence, accounts, tally);
}

/** What each account still holds, by the escrow's own word. */
async function checkHeld(
  { main, network }: MarketEvidence,
  accounts: ReadonlyMap<bigint, { in: bigint; out: ReadonlyMap<string, bigint> }>,
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
  tally.note(`${funded} wei came in, ${paid} went out, ${funded - paid} are held.`);
}
