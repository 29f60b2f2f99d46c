import { Secret } from './values.js';

/** How this machine reaches the network. */
export interface Network {
  /** Proxies; their addresses may hold a password. */
  httpsProxy: Secret | null;
  httpProxy: Secret | null;
  noProxy: string | null;
  /** A file with certificate authorities, which Node.js reads when it starts. */
  extraCa: string | null;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** The address of a proxy; one without a scheme is http, as other tools take it. */
function parseProxy(raw: string): Secret | null {
  const address = raw.includes('://') ? raw : `http://${raw}`;
  if (!URL.canParse(address)) return null;
  const { protocol, hostname } = new URL(address);
  return /^https?:$/.test(protocol) && hostname !== '' ? new Secret(address) : null;
}

/** Reads the variables that every tool knows, in either case; the first layer that has one counts. */
export function readNetwork(
  layers: readonly { values: Variables; suffix: string }[],
  problems: string[],
): Network {
  const find = (name: string) => {
    for (const { values, suffix } of layers) {
      for (const spelling of [name.toLowerCase(), name]) {
        const value = values[spelling]?.trim();
        if (value) return { value, origin: `${spelling}${suffix}` };
      }
    }
    return null;
  };
  const readProxy = (name: string): Secret | null => {
    const given = find(name);
    if (given === null) return null;
    const proxy = parseProxy(given.value);
    // The value may hold a password.
    if (proxy === null)
      problems.push(
        `${given.origin}: its value is not the address of an http or https proxy, such as http://proxy.example:3128`,
      );
    return proxy;
  };
  return {
    httpsProxy: readProxy('HTTPS_PROXY'),
    httpProxy: readProxy('HTTP_PROXY'),
    noProxy: find('NO_PROXY')?.value ?? null,
    extraCa: layers[0]?.values.NODE_EXTRA_CA_CERTS ?? null,
  };
}
