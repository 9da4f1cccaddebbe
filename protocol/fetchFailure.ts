/** What TLS says of certificates that are not believed, by its code. */
const CERTIFICATE_FAULTS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "it is signed by nobody but itself",
  SELF_SIGNED_CERT_IN_CHAIN: "it is signed by an authority that is not trusted here",
  UNABLE_TO_GET_ISSUER_CERT: "it is signed by an authority that is not known here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "it is signed by an authority that is not known here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "it is signed by an authority that is not known here",
  CERT_SIGNATURE_FAILURE: "its signature is not that of its authority",
  CERT_UNTRUSTED: "its authority is not trusted here",
  CERT_REJECTED: "its authority is not trusted for this",
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet",
  CERT_REVOKED: "it was revoked",
  ERR_TLS_CERT_ALTNAME_INVALID: "it is for another host",
};
/** What a server says of ours: TLS alerts, as OpenSSL names them. */
const OWN_CERTIFICATE = /certificate[ _]required|bad[ _]certificate|unknown[ _]ca/i;

/**
 * Why a server's certificate is not believed, or ours is not by it; undefined when the trouble is another.
 *
 * @param error - What `fetch` threw.
 */
export function certificateFault(error: unknown): string | undefined {
  for (const { code = "", message } of causesOf(error)) {
    const fault = CERTIFICATE_FAULTS[code];
    if (fault !== undefined) return `The server's certificate is not to be trusted: ${fault} (${code}).`;
    if (OWN_CERTIFICATE.test(`${code} ${message}`))
      return `The server takes only clients with a certificate of an authority that it trusts (${code || message}).`;
  }
  return undefined;
}

/**
 * Why nothing came of a `fetch`, in words: it says itself no more than "fetch failed", and has the reason as its cause.
 *
 * @param error - What `fetch` threw.
 */
export function fetchFailure(error: unknown): string {
  const fault = certificateFault(error);
  if (fault !== undefined) return fault;
  const causes = causesOf(error);
  // With TLS 1.3 a client has said all before it is refused, and hears of it as a connection that ends.
  if (causes.some(({ code }) => code === "UND_ERR_SOCKET" || code === "ECONNRESET"))
    return `${causes.at(-1)!.message}: the server closed the connection. One that takes only clients with a certificate that it trusts does so, too.`;
  return causes.at(-1)?.message || causes[0]?.message || String(error);
}

/** An error and what it was caused by, the first of several. */
function causesOf(error: unknown): (Error & { code?: string })[] {
  const causes: (Error & { code?: string })[] = [];
  for (let cause = error; cause instanceof Error && causes.length < 8; ) {
    causes.push(cause);
    cause = cause instanceof AggregateError ? cause.errors[0] : cause.cause;
  }
  return causes;
}
