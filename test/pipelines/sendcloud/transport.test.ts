import { expect, it } from 'vitest';
import { nameFault } from '../../../pipelines/sendcloud/transport.js';

it.each([
  ['ENOTFOUND', 'dns'],
  ['EAI_AGAIN', 'dns_temporary'],
  ['ECONNREFUSED', 'refused_connection'],
  ['ENETUNREACH', 'refused_connection'],
  ['UND_ERR_CONNECT_TIMEOUT', 'timeout_connect'],
  ['UND_ERR_HEADERS_TIMEOUT', 'timeout_headers'],
  ['UND_ERR_BODY_TIMEOUT', 'timeout_body'],
  ['UND_ERR_SOCKET', 'connection_reset'],
  ['ECONNRESET', 'connection_reset'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'truncated'],
  ['HTTPParserError', 'bad_http'],
  ['UND_ERR_HEADERS_OVERFLOW', 'bad_http'],
  ['CERT_HAS_EXPIRED', 'tls'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
  ['PROXY_407', 'proxy'],
  ['EMFILE', 'network'],
])('%s is %s', (code, fault) => {
  expect(nameFault(code)).toBe(fault);
});
