/** Who may call: everybody, until access is checked in the functions themselves. */
export const AUTH_LEVEL = 'anonymous';
