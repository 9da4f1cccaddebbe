/** What a server proves with who it is, and whom it lets in. PEM. */
export interface ServerTls {
  /** Its certificate, with those between it and the authority's after it. */
  certificate: string;
  /** The certificate's private key. */
  key: string;
  /** Whose certificates clients must have; anybody is let in unless given. */
  clientAuthorities?: readonly string[];
}

/** Where a server listens. */
export interface ListenPlace {
  /** The address to bind, or a name of it. */
  host: string;
  /** The TCP port; 0 for any free one. */
  port: number;
  /** Plain HTTP without. */
  tls?: ServerTls | undefined;
}

/** Where a server listens whose URL says it: plain HTTP, at the URL's host and port. */
export function placeOfUrl(text: string): ListenPlace {
  const url = new URL(text);
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port };
}
