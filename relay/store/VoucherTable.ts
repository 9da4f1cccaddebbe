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

  /** Keeps vouchers, before anyone sees them. A second one for a place is an error of the database itself. */
  save({ kind, chainId, gateway }: VoucherPlace, vouchers: readonly Voucher[]): void {
    this.#statements.transaction(() => {
      for (const { place, hash, signature } of vouchers) {
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
