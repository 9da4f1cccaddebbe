import type { ProofKind } from "../../chains/proofs/proofKinds.ts";
import type { Voucher } from "../proofs/Fact.ts";
import type { Statements } from "./Statements.ts";

export const VOUCHER_TABLE = `
  CREATE TABLE voucher (
    kind TEXT NOT NULL, chain TEXT NOT NULL, gateway TEXT NOT NULL, place INTEGER NOT NULL,
    hash TEXT NOT NULL, signature TEXT NOT NULL,
    PRIMARY KEY (kind, chain, gateway, place)
  ) WITHOUT ROWID;
`;

/** Up to where a validator signs nothing any more, as it may have signed there before its database was lost. */
export const FENCE_TABLE = `
  CREATE TABLE fence (
    kind TEXT NOT NULL, chain TEXT NOT NULL, gateway TEXT NOT NULL, place INTEGER NOT NULL,
    PRIMARY KEY (kind, chain, gateway)
  ) WITHOUT ROWID;
`;

/** Where a voucher's fact is: of a gateway of a chain, proven in some way. */
export interface VoucherPlace {
  kind: ProofKind;
  chainId: bigint;
  /** However its address is written. */
  gateway: string;
}

/** What a validator signed. For one place of one gateway there can be only one signature, ever. */
export class VoucherTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** The voucher of the highest place. */
  last(where: VoucherPlace): Voucher | undefined {
    return this.from(where, 0, { limit: 1, newestFirst: true })[0];
  }

  /** Vouchers from a place on. */
  from(
    { kind, chainId, gateway }: VoucherPlace,
    place: number,
    { limit, newestFirst }: { limit: number; newestFirst: boolean },
  ): Voucher[] {
    return this.#statements.all(
      `SELECT place, hash, signature FROM voucher WHERE kind = ? AND chain = ? AND gateway = ? AND place >= ?
         ORDER BY place ${newestFirst ? "DESC" : "ASC"} LIMIT ?`,
      kind,
      chainId,
      gateway.toLowerCase(),
      place,
      limit,
    );
  }

  /** All places with vouchers, each with the highest. */
  places(): { where: VoucherPlace; last: Voucher }[] {
    return this.#statements
      .all("SELECT DISTINCT kind, chain, gateway FROM voucher ORDER BY kind, chain, gateway")
      .map(({ kind, chain, gateway }) => {
        const where = { kind: kind as ProofKind, chainId: BigInt(chain), gateway };
        return { where, last: this.last(where)! };
      });
  }

  /** The voucher of one place. */
  at(where: VoucherPlace, place: number): Voucher | undefined {
    const [voucher] = this.from(where, place, { limit: 1, newestFirst: false });
    return voucher?.place === place ? voucher : undefined;
  }

  /** Up to which place nothing is signed any more; -1 where nothing is in the way. */
  fence({ kind, chainId, gateway }: VoucherPlace): number {
    const row = this.#statements.get(
      "SELECT place FROM fence WHERE kind = ? AND chain = ? AND gateway = ?",
      kind,
      chainId,
      gateway.toLowerCase(),
    );
    return row === undefined ? -1 : row.place;
  }

  /** Signs nothing any more up to a place. A fence is never moved back. */
  raiseFence({ kind, chainId, gateway }: VoucherPlace, place: number): void {
    this.#statements.transaction(() => {
      this.#statements.run(
        `INSERT INTO fence (kind, chain, gateway, place) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET place = max(place, excluded.place)`,
        kind,
        chainId,
        gateway.toLowerCase(),
        place,
      );
    }, "FULL");
  }

  /** Keeps vouchers, before anyone sees them. A second one for a place is an error of the database itself. */
  save({ kind, chainId, gateway }: VoucherPlace, vouchers: readonly Voucher[]): void {
    this.#statements.transaction(() => {
      const fence = this.fence({ kind, chainId, gateway });
      for (const { place, hash, signature } of vouchers) {
        // Whoever asked for it did not look.
        if (place <= fence) throw new RangeError(`place ${place} is behind the fence at ${fence}`);
        this.#statements.run(
          "INSERT INTO voucher (kind, chain, gateway, place, hash, signature) VALUES (?, ?, ?, ?, ?, ?)",
          kind,
          chainId,
          gateway.toLowerCase(),
          place,
          hash,
          signature,
        );
      }
    }, "FULL");
  }
}
