/** The product's version, as package.json has it; a test holds the two equal. */
export const SERVER_VERSION = '0.1.0';
