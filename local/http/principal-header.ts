import { type HttpRequestUser } from '@azure/functions';
import { z } from 'zod';

const principal = z.looseObject({
  identityProvider: z.string().optional(),
  userId: z.string().optional(),
  userDetails: z.string().optional(),
});

/**
 * The signed-in user that the platform's authentication puts before a function (`x-ms-client-principal`);
 * null where there is none or the header cannot be read. Same rules as the library's extractHttpUserFromHeaders.
 */
export function readPrincipalHeader(headers: Pick<Headers, 'get'>): HttpRequestUser | null {
  const encoded = headers.get('x-ms-client-principal');
  if (encoded === null || encoded === '') return null;
  const parsed = principal.safeParse(parseJson(Buffer.from(encoded, 'base64').toString('utf8')));
  if (!parsed.success) return null;
  const claimsPrincipalData = parsed.data;
  const { identityProvider, userId, userDetails } = claimsPrincipalData;
  if (identityProvider !== undefined && identityProvider !== '') {
    const own = { id: userId ?? '', username: userDetails ?? '', identityProvider };
    return { type: 'StaticWebApps', ...own, claimsPrincipalData };
  }
  return {
    type: 'AppService',
    id: headers.get('x-ms-client-principal-id') ?? '',
    username: headers.get('x-ms-client-principal-name') ?? '',
    identityProvider: headers.get('x-ms-client-principal-idp') ?? '',
    claimsPrincipalData,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
