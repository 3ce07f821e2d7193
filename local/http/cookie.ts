import { type Cookie } from '@azure/functions';

/**
 * A `Set-Cookie` value (RFC 6265), with the attributes in the order and case that ASP.NET Core writes. An `expires`
 * of the epoch or before is left out, as on Azure (the library's toNullableTimestamp); `maxAge: 0` ends a cookie.
 */
export function serializeCookie(cookie: Cookie): string {
  const { expires, maxAge, domain, path, secure, sameSite, httpOnly } = cookie;
  const parts = [`${cookie.name}=${encodeURIComponent(cookie.value)}`];
  const expiresMs = Math.round(Number(expires ?? 0) / 1000) * 1000;
  if (expiresMs > 0) parts.push(`expires=${new Date(expiresMs).toUTCString()}`);
  if (maxAge !== undefined) parts.push(`max-age=${Math.trunc(maxAge)}`);
  if (domain !== undefined) parts.push(`domain=${domain}`);
  parts.push(`path=${path ?? '/'}`);
  if (secure === true) parts.push('secure');
  if (sameSite !== undefined) parts.push(`samesite=${sameSite.toLowerCase()}`);
  if (httpOnly === true) parts.push('httponly');
  return parts.join('; ');
}
