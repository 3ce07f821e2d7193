import { type Cookie } from '@azure/functions';

/** A `Set-Cookie` value (RFC 6265), with the attributes in the order and case that ASP.NET Core writes. */
export function serializeCookie(cookie: Cookie): string {
  const { expires, maxAge, domain, path, secure, sameSite, httpOnly } = cookie;
  const parts = [`${cookie.name}=${encodeURIComponent(cookie.value)}`];
  if (expires !== undefined) parts.push(`expires=${new Date(expires).toUTCString()}`);
  if (maxAge !== undefined) parts.push(`max-age=${Math.trunc(maxAge)}`);
  if (domain !== undefined) parts.push(`domain=${domain}`);
  parts.push(`path=${path ?? '/'}`);
  if (secure === true) parts.push('secure');
  if (sameSite !== undefined) parts.push(`samesite=${sameSite.toLowerCase()}`);
  if (httpOnly === true) parts.push('httponly');
  return parts.join('; ');
}
