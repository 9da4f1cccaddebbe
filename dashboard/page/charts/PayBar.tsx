import type { Wei } from "../../api/values.ts";

const WIDTH = 160;
const HEIGHT = 12;

/** Parts of what could be earned: `earned` + `open` + `lost` = `possible`. */
export interface PayParts {
  readonly possible: Wei;
  readonly earned: Wei;
  readonly open: Wei;
  readonly lost: Wei;
}

/** What of a sum was earned, may still be, and is lost; the figures are in the table around it. @param most - What the whole width is. */
export function PayBar({ most, parts }: { most: Wei; parts: PayParts }) {
  const x = (wei: bigint) =>
    BigInt(most) === 0n ? 0 : Number((wei * 10_000n) / BigInt(most)) * (WIDTH / 10_000);
  const [earned, open, lost] = [x(BigInt(parts.earned)), x(BigInt(parts.open)), x(BigInt(parts.lost))];
  // What is there is seen, however little it is.
  const seen = (width: number, wei: Wei) => (wei === "0" ? 0 : Math.max(1.5, width));
  const width = seen(lost, parts.lost);
  return (
    <svg class="pay-bar" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <rect class="room" width={x(BigInt(parts.possible))} height={HEIGHT} rx={2} />
      <rect class="earned" width={seen(earned, parts.earned)} height={HEIGHT} rx={2} />
      <rect class="open" x={earned} width={seen(open, parts.open)} height={HEIGHT} />
      <rect class="lost" x={Math.min(earned + open, WIDTH - width)} width={width} height={HEIGHT} />
    </svg>
  );
}
