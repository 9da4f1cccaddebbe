import { z } from "zod";

import { migrationEnums } from "../encodings.ts";
import { whole } from "../talk/messages.ts";

/** An address, as events have it. */
export const partySchema = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
/** A whole number of at most 48 bits, as events have it. */
export const countSchema = z
  .int()
  .min(0)
  .max(2 ** 48);
/** A migration's number. */
export const migrationSchema = whole(256n);

/** What a MarketLedger knows, in a file. */
export const ledgerSchema = z.strictObject({
  newest: migrationSchema,
  newestEpoch: countSchema,
  servers: z.array(
    z.strictObject({
      address: partySchema,
      kind: z.enum(migrationEnums.ServerKind),
      chainId: whole(64n),
      cloud: partySchema,
      joined: z.boolean(),
      okPpm: whole(96n),
      badPpm: whole(96n),
      countedIn: countSchema,
    }),
  ),
  offers: z.array(
    z.strictObject({
      server: partySchema,
      epoch: countSchema,
      theta: countSchema,
      wholesale: countSchema,
      own: countSchema,
      capacity: countSchema,
      taken: countSchema,
    }),
  ),
  migrations: z.array(
    z.strictObject({
      migration: migrationSchema,
      vehicle: partySchema,
      source: partySchema,
      destination: partySchema,
      epoch: countSchema,
      kilobytes: countSchema,
      theta: countSchema,
      escrow: whole(64n),
      lost: z.boolean(),
      bought: countSchema,
      accepted: z.boolean(),
      attested: z.boolean(),
      disputed: z.boolean(),
      handedOver: z.boolean(),
      latencyMs: whole(64n),
      outcome: z.enum(migrationEnums.MigrationOutcome).optional(),
    }),
  ),
  hosts: z.array(
    z.strictObject({
      vehicle: partySchema,
      server: partySchema,
      migration: migrationSchema,
      kilobytes: countSchema,
    }),
  ),
});
export type LedgerState = z.infer<typeof ledgerSchema>;
