/** Stands in a reward for a list with its value for each client … */
const EACH = "eachClient";
/** … in which this text is the client's address. */
const ADDRESS = "$address";

/**
 * A reward with what stands for all clients written out.
 *
 * @example
 * expandedReward({ offers: { eachClient: { worker: "$address", price: "5" } } }, [a, b]);
 * // { offers: [{ worker: a, price: "5" }, { worker: b, price: "5" }] }
 */
export function expandedReward(value: unknown, addresses: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((one) => expandedReward(one, addresses));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (first !== undefined && entries.length === 1 && first[0] === EACH) {
    return addresses.map((address) => withAddress(first[1], address));
  }
  return Object.fromEntries(entries.map(([name, inner]) => [name, expandedReward(inner, addresses)]));
}

function withAddress(value: unknown, address: string): unknown {
  if (value === ADDRESS) return address;
  if (Array.isArray(value)) return value.map((one) => withAddress(one, address));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withAddress(inner, address)]),
  );
}
