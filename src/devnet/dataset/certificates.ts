/** Generates certificates: minted, verified, transferred, invalidated. */
import { zeroAddress } from '../../primitives/hex.ts';
import { remarks, verificationMethods } from '../activity/vocabulary.ts';
import { newCertificate } from '../activity/wording.ts';
import { busyOne } from './users.ts';
import type { Happening, DatasetWorld, MadeCertificate } from './world.ts';

function mint({ random, chronicle, contracts, products, certificates }: DatasetWorld): void {
  const product = random.find(products, () => true);
  if (product === undefined) return;
  const { manufacturer: owner, productName } = product.state;
  const tokenId = BigInt(certificates.length + 1);
  // Certificates name a product by number only: occasionally one that is not registered yet.
  const productId = random.chance(0.03) ? BigInt(products.length + random.integer(5, 40)) : product.id;
  const certificate: MadeCertificate = {
    tokenId,
    owner,
    history: [],
    state: {
      ...newCertificate(random, productName, chronicle.time),
      productId,
      firstOwner: owner,
      verificationCode: `TC-${tokenId}-${random.bytes(6).slice(2).toUpperCase()}`,
      isValid: true,
      mintedAt: chronicle.time,
      minter: owner,
    },
  };
  certificates.push(certificate);
  const { certificateType, verificationCode } = certificate.state;
  chronicle.beginTransaction();
  chronicle.event(contracts.certificates, 'Transfer', { from: zeroAddress, to: owner, tokenId }, () =>
    stateAnswer(certificate),
  );
  const minted = { tokenId, productId, owner, certificateType, verificationCode };
  chronicle.event(contracts.certificates, 'CertificateMinted', minted, () => stateAnswer(certificate));
}

function verify({ random, chronicle, contracts, certificates, people }: DatasetWorld): void {
  const certificate = random.find(certificates, ({ history }) => history.length < 12);
  const verifier = busyOne(random, people.consumers);
  if (certificate === undefined || verifier === undefined) return;
  const { isValid, expiresAt } = certificate.state;
  const verification = {
    timestamp: chronicle.time,
    verifier,
    verificationMethod: random.pick(verificationMethods),
    isValid: isValid && (expiresAt === 0n || expiresAt > chronicle.time),
    additionalData: '',
  };
  certificate.history.push(verification);
  const { tokenId, history, state } = certificate;
  chronicle.beginTransaction();
  chronicle.event(
    contracts.certificates,
    'CertificateVerified',
    {
      tokenId,
      verifier,
      verificationMethod: verification.verificationMethod,
      isValid: verification.isValid,
    },
    () => ({ source: 'state', history: [...history], certificate: { ...state }, additionalData: null }),
  );
}

function sell({ random, chronicle, contracts, certificates, people }: DatasetWorld): void {
  const certificate = random.find(certificates, () => true);
  const to = busyOne(random, people.shops);
  if (certificate === undefined || to === undefined || certificate.owner === to) return;
  const { owner: from, tokenId } = certificate;
  certificate.owner = to;
  chronicle.beginTransaction();
  chronicle.event(contracts.certificates, 'Transfer', { from, to, tokenId }, () => stateAnswer(certificate));
}

function withdraw({ random, chronicle, contracts, certificates }: DatasetWorld): void {
  const certificate = random.find(certificates, ({ state }) => state.isValid);
  if (certificate === undefined) return;
  certificate.state.isValid = false;
  const args = { tokenId: certificate.tokenId, reason: random.pick(remarks.invalidation) };
  chronicle.beginTransaction();
  chronicle.event(contracts.certificates, 'CertificateInvalidated', args, () => stateAnswer(certificate));
}

function stateAnswer({ state, owner }: MadeCertificate) {
  const certificate = { ...state };
  return { source: 'state', certificate, owner, isBurned: false, tokenUri: state.metadataUri } as const;
}

export const certificateHappenings: readonly Happening[] = [
  { weight: 4, happen: mint },
  { weight: 5, happen: verify },
  { weight: 1, happen: sell },
  { weight: 0.3, happen: withdraw },
];
