import { shortAddress } from "../../../reports/shortAddress.ts";
import { Copy } from "./Copy.tsx";

/** An address, a digest or a transaction in short; the whole of it on hover and to copy. */
export function Hash({ value, what, href }: { value: string; what: string; href?: string }) {
  const short = shortAddress(value);
  return (
    <span class="hash">
      {href === undefined ? (
        <span title={value}>{short}</span>
      ) : (
        <a href={href} title={value}>
          {short}
        </a>
      )}
      <Copy text={value} what={what} />
    </span>
  );
}
