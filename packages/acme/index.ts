export { type AcmeIssuerOptions, createAcmeIssuer } from './acme-issuer.ts';
