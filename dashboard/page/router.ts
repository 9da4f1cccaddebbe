import { computed, signal } from "@preact/signals";

/** Where the page is: the parts of the path behind the #, and what is asked for behind the ?. */
export interface Place {
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

const hash = signal(location.hash);

/** The place that is shown. In the part behind #, so the server needs to know one page only. */
export const place = computed<Place>(() => placeOf(hash.value));

/** A place as its address. */
export function placeOf(address: string): Place {
  const [path = "", query = ""] = address.replace(/^#/, "").split("?");
  const parts = path.split("/").filter((part) => part !== "");
  return { parts: parts.map(decoded), query: new URLSearchParams(query) };
}

/** The address of a place. */
export function to(...parts: readonly (string | number)[]): string {
  return `#/${parts.map((part) => encodeURIComponent(String(part))).join("/")}`;
}

/** Follows the address from now on; a new place begins at its top, where readers are told of it. */
export function followAddress(): void {
  addEventListener("hashchange", () => {
    const before = viewOf(placeOf(hash.peek()));
    hash.value = location.hash;
    if (viewOf(placeOf(location.hash)) === before) return;
    scrollTo(0, 0);
    document.getElementById("main")?.focus({ preventScroll: true });
  });
}

/** What one looks at: a list and what is chosen of it are one view. */
function viewOf({ parts }: Place): string {
  return parts[0] === "messages" ? "messages" : parts.join("/");
}

/** Goes to an address; with `replace`, going back does not lead to the one before. */
export function go(address: string, { replace = false }: { replace?: boolean } = {}): void {
  if (!replace) {
    location.hash = address;
    return;
  }
  history.replaceState(null, "", address);
  hash.value = location.hash;
}

/** Changes what is asked for without leaving the place. */
export function ask(name: string, value: string | undefined): void {
  const { parts, query } = place.peek();
  const next = new URLSearchParams(query);
  if (value === undefined || value === "") next.delete(name);
  else next.set(name, value);
  const text = next.toString();
  go(`${to(...parts)}${text === "" ? "" : `?${text}`}`, { replace: true });
}

/** An address that somebody wrote may not be one. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
