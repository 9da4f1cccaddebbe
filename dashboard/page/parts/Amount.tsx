import { useSignal } from "@preact/signals";
import { formatTokens } from "../../../reports/formatTokens.ts";
import { grouped } from "../format/grouped.ts";

const NOTHING = formatTokens(0n);
const LEAST = "< 0.0001";
/** By what a currency's wei are multiplied to be a token's: a market of twins counts in millionths of a dollar. */
const SCALES = { tokens: 1n, $: 10n ** 12n } as const;

/** An amount of tokens, or of dollars; the exact wei on hover, and in its place at a click. */
export function Amount({
  wei,
  unit = false,
  currency = "tokens",
}: {
  wei: string;
  unit?: boolean;
  currency?: keyof typeof SCALES;
}) {
  const exact = useSignal(false);
  const sign = wei.startsWith("-") ? "−" : "";
  const size = wei.replace(/^-/, "");
  const shown = formatTokens(BigInt(size) * SCALES[currency]);
  const [whole, rest] = shown.split(".");
  // What is too little for four decimals is not nothing.
  const below = BigInt(size) > 0n && shown === NOTHING ? LEAST : undefined;
  const inWei = `${sign}${grouped(size)} wei`;
  const text = exact.value ? inWei : `${sign}${below ?? `${grouped(whole!)}.${rest}`}`;
  return (
    <button
      type="button"
      class="amount amount-button"
      title={exact.value ? `Show ${currency}` : inWei}
      aria-pressed={exact.value}
      onClick={() => (exact.value = !exact.value)}
    >
      {text}
      {unit && !exact.value ? <span class="unit"> {currency}</span> : null}
    </button>
  );
}
