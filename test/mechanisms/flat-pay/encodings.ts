import { AbiCoder } from "ethers";

const coder = AbiCoder.defaultAbiCoder();

/** FlatPayTerms of FlatPayTypes.sol. */
export interface FlatPayTerms {
  /** Wei. */
  payPerRound: bigint;
  lanes: number;
}

/** FlatPayWork of FlatPayTypes.sol. */
export interface FlatPayWork {
  /** From 0. */
  lane: number;
  reveals: number;
}

export function encodeTerms({ payPerRound, lanes }: FlatPayTerms): string {
  return coder.encode(["uint96", "uint8"], [payPerRound, lanes]);
}

export function decodeTerms(bytes: string): FlatPayTerms {
  const [payPerRound, lanes] = coder.decode(["uint96", "uint8"], bytes) as unknown as [bigint, bigint];
  return { payPerRound, lanes: Number(lanes) };
}

/** A choice, and the evidence with each reveal. */
export function encodeLane(lane: number): string {
  return coder.encode(["uint8"], [lane]);
}

export function decodeLane(bytes: string): number {
  return Number(coder.decode(["uint8"], bytes)[0]);
}

export function encodeWork({ lane, reveals }: FlatPayWork): string {
  return coder.encode(["uint8", "uint16"], [lane, reveals]);
}

export function decodeWork(bytes: string): FlatPayWork {
  const [lane, reveals] = coder.decode(["uint8", "uint16"], bytes);
  return { lane: Number(lane), reveals: Number(reveals) };
}

/** A number alone: reveals over all workers, or a score. */
export function encodeCount(type: "uint16" | "uint256", count: number): string {
  return coder.encode([type], [count]);
}

export function decodeCount(type: "uint16" | "uint256", bytes: string): number {
  return Number(coder.decode([type], bytes)[0]);
}
