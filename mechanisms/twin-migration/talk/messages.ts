import { getAddress } from "ethers";
import { z } from "zod";

/** Paths of a server of twins. */
export const PATHS = {
  /** To a new host, before it accepts. */
  show: "/show",
  release: "/release",
  takeOn: "/take-on",
  synchronize: "/synchronize",
  /** Followed by an epoch. */
  synchronizations: "/synchronizations/",
} as const;
/** Most bytes of what is asked, and of an answer. */
export const MOST_ASKED_BYTES = 2 * 1024 * 1024;
export const MOST_ANSWER_BYTES = 4096;
/** Most bytes that one synchronization changes. */
export const MOST_PATCH_BYTES = 1024 * 1024;

/** A whole number of at most so many bits, as decimal text. */
export const whole = (bits: bigint) =>
  z
    .string()
    .regex(/^\d{1,78}$/)
    .transform(BigInt)
    .refine((value) => value < 2n ** bits, "too large");
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((written) => getAddress(written.toLowerCase()));
/** 32 bytes, hex. */
export const word = z.string().regex(/^0x[0-9a-f]{64}$/);
/** A signature in EIP-2098. */
export const compactSchema = z.strictObject({ r: word, yParityAndS: word });
/** A vehicle's order to hand its twin over (MigrationTypes.sol). */
export const orderSchema = z.strictObject({
  migration: whole(256n),
  vehicle: address,
  source: address,
  sourceChain: whole(64n),
  destination: address,
  destinationChain: whole(64n),
  until: z
    .int()
    .min(0)
    .max(2 ** 48 - 1),
});

/** A signature of a text, as wallets make it. */
const textSignature = z.string().regex(/^0x[0-9a-f]{130}$/);
const signed = { order: orderSchema, signature: compactSchema };

/** Shows the new host the order that it is to accept, and the state that it is to take on, which is in storage. */
export const showSchema = z.strictObject({ ...signed, stateHash: word });
/** Asks the old host to release a twin. */
export const releaseSchema = z.strictObject(signed);
/** Asks the new host to take a twin on as it agreed, and to sign that it did; signed as {@link takeOnText} says. */
export const takeOnSchema = z.strictObject({
  migration: whole(256n),
  stateHash: word,
  /** When the vehicle ordered it, Unix ms. */
  startMs: whole(64n),
  signature: textSignature,
});
/** Changes a twin's state; signed as {@link patchText} says. */
export const synchronizeSchema = z.strictObject({
  vehicle: address,
  server: address,
  sequence: z.int().min(0).max(0xffffffff),
  at: z.int().min(0).max(0xffffffff),
  /** base64. */
  bytes: z.base64().max(Math.ceil((MOST_PATCH_BYTES * 4) / 3) + 4),
  signature: textSignature,
});

/** What the new host answers to an order: that it has heard it. Whether it accepts main tells. */
export const shownSchema = z.strictObject({});
/** What the old host answers. */
export const releasedSchema = z.strictObject({ stateHash: word });
/** What the new host answers: its one signature of the completion, with the start that it signed. */
export const takenOnSchema = z.strictObject({
  startMs: whole(64n),
  endMs: whole(64n),
  signature: compactSchema,
});
/** What a host answers to a synchronization: the state's digest after it, and when it was, Unix ms. */
export const synchronizedSchema = z.strictObject({ stateHash: word, atMs: whole(64n) });
/** A list of an epoch's synchronizations in storage. */
export const listedSchema = z.strictObject({ list: word, count: z.int().min(1) });

export type ShowAsked = z.infer<typeof showSchema>;
export type ReleaseAsked = z.infer<typeof releaseSchema>;
export type TakeOnAsked = z.infer<typeof takeOnSchema>;
export type SynchronizeAsked = z.infer<typeof synchronizeSchema>;

/** What a vehicle signs of a synchronization, as text: bytes by their digest (keccak-256, hex). */
export function patchText(
  { vehicle, server, sequence, at }: Pick<SynchronizeAsked, "vehicle" | "server" | "sequence" | "at">,
  bytesHash: string,
): string {
  return `Freshet twin synchronization\nvehicle ${vehicle}\nserver ${server}\nsequence ${sequence}\nat ${at}\nbytes ${bytesHash}`;
}

/** What a vehicle signs when it asks a new host to take its twin on, as text: nobody else can say when it began. */
export function takeOnText(
  server: string,
  { migration, stateHash, startMs }: Pick<TakeOnAsked, "migration" | "stateHash" | "startMs">,
): string {
  return `Freshet twin taking on\nserver ${server}\nmigration ${migration}\nstate ${stateHash}\nstart ${startMs}`;
}

/** JSON whose bigints are decimal text, as the schemas read them. */
export function written(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner));
}
