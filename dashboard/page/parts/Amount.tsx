import { useSignal } from "@preact/signals";
import { formatTokens } from "../../../reports/formatTokens.ts";
import { grouped } from "../format/grouped.ts";

const NOTHING = formatTokens(0n);
const LEAST = "< 0.0001";

/** An amount of tokens; the exact wei on hover, and in its place at a click. */
export function Amount({ wei, unit = false }: { wei: string; unit?: boolean }) {
  const exact = useSignal(false);
  const sign = wei.startsWith("-") ? "−" : "";
  const size = wei.replace(/^-/, "");
  const shown = formatTokens(BigInt(size));
  const [whole, rest] = shown.split(".");
  // What is too little for four decimals is not nothing.
  const below = BigInt(size) > 0n && shown === NOTHING ? LEAST : undefined;
  const inWei = `${sign}${grouped(size)} wei`;
  const text = exact.value ? inWei : `${sign}${below ?? `${grouped(whole!)}.${rest}`}`;
  return (
    <button
      type="button"
      class="amount amount-button"
      title={exact.value ? "Show tokens" : inWei}
      aria-pressed={exact.value}
      onClick={() => (exact.value = !exact.value)}
    >
      {text}
      {unit && !exact.value ? <span class="unit"> tokens</span> : null}
    </button>
  );
}
