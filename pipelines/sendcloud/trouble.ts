/** The proxies that the environment names; addresses may hold a password. */
export interface ProxySettings {
  https?: string | undefined;
  http?: string | undefined;
  /** Hosts that are asked without one, as NO_PROXY has them. */
  no?: string | undefined;
}

/** Where a proxy stands, without its password; null where none is set for https. */
export function nameProxy({ https, http }: ProxySettings = {}): string | null {
  const address = https ?? http;
  return address === undefined ? null : new URL(address).host;
}

const unknownSigners =
  /^(UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_UNTRUSTED)$/;

function describeCertificate(code: string): { problem: string; hint?: string } {
  if (unknownSigners.test(code)) {
    return {
      problem: `its certificate is signed by an authority that this machine does not know (${code})`,
      hint:
        'If your network has a certificate authority of its own (a proxy that reads along has), name its file in the environment ' +
        'variable NODE_EXTRA_CA_CERTS; .env is too late for that.',
    };
  }
  if (code === 'CERT_HAS_EXPIRED')
    return { problem: `its certificate has expired (${code})`, hint: "Check this machine's clock first." };
  if (code === 'CERT_NOT_YET_VALID')
    return {
      problem: `its certificate is not valid yet (${code})`,
      hint: "Check this machine's clock first.",
    };
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return {
      problem: `its certificate is for another host (${code})`,
      hint: 'Something else answers in its place: check the address, and whether a proxy does.',
    };
  return { problem: code };
}

/** What is said of a connection that could not be made, and what to do; never an address with a password. */
export function describeConnection(
  origin: string,
  reason: string,
  code: string,
  proxy: ProxySettings | undefined,
): { message: string; hint?: string } {
  const host = nameProxy(proxy);
  const through = host === null ? '' : ` (through the proxy ${host}, unless NO_PROXY names the host)`;
  const proxyHint =
    host === null
      ? {}
      : { hint: 'Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY; `parcelmetrics doctor` shows what is used.' };
  if (reason === 'proxy')
    return {
      message: `${origin}: the proxy ${host ?? ''} refuses to connect (${code.replace('PROXY_', 'HTTP ')})`,
      ...proxyHint,
    };
  if (reason === 'dns') return { message: `${origin}: there is no such host${through}`, ...proxyHint };
  if (reason !== 'tls') return { message: `the API cannot be reached: ${reason}${through}`, ...proxyHint };
  const { problem, hint } = describeCertificate(code);
  return {
    message: `${origin}: the connection cannot be secured: ${problem}${through}`,
    ...(hint === undefined ? {} : { hint }),
  };
}
