import { callOf } from '../action.ts';
import { contractAt } from '../contracts.ts';
import { goodsOfName, remarks, verificationMethods } from '../vocabulary.ts';
import { newCertificate } from '../wording.ts';
import { isBurned } from '../world/certificates.ts';
import type { Certificate } from '../world/certificates.ts';
import { actorAt, isOpen, openContract } from './step.ts';
import type { Scene, Step } from './step.ts';

function claimOf(certificate: Certificate): string {
  return `certificate:${certificate.contract}:${certificate.tokenId}`;
}

function findCertificate(scene: Scene, fits: (certificate: Certificate) => boolean): Certificate | undefined {
  return scene.random.find(
    scene.world.certificates.list,
    (certificate) => isOpen(scene, certificate.contract) && !isBurned(certificate) && fits(certificate),
  );
}

/** Certificates name a product by number only: occasionally one that is not registered yet. */
const mint: Step = {
  name: 'mint',
  weight: 7,
  causes: ['NFTCertificate.CertificateMinted', 'NFTCertificate.Transfer', 'NFTCertificate.MetadataUpdate'],
  plan(scene) {
    const { random, world } = scene;
    const contract = openContract(scene, 'NFTCertificate');
    const registry = world.contracts.first('ProductRegistry').address;
    const product = random.find(
      world.products.list,
      (candidate) => candidate.registry === registry && goodsOfName(candidate.name) !== undefined,
    );
    if (contract === undefined || product === undefined) return [];
    const isEarly = random.chance(0.03);
    const productId = isEarly ? BigInt(world.products.countIn(registry) + random.integer(5, 40)) : product.id;
    const { certificateType, metadataUri, complianceStandards, expiresAt } = newCertificate(
      random,
      product.name,
      world.time,
    );
    return [
      callOf(contractAt('NFTCertificate', contract.address), contract.owner, 'mintCertificate', [
        product.manufacturer,
        productId,
        certificateType,
        metadataUri,
        complianceStandards,
        expiresAt,
      ]),
    ];
  },
};

const verify: Step = {
  name: 'verify',
  weight: 8,
  causes: ['NFTCertificate.CertificateVerified'],
  plan(scene) {
    const { random, cast } = scene;
    const certificate = findCertificate(scene, ({ verificationCount }) => verificationCount < 12);
    if (certificate === undefined) return [];
    const contract = contractAt('NFTCertificate', certificate.contract);
    const verifier = random.pick([...cast.consumers, ...cast.shops, ...cast.auditors]);
    const method = random.pick(verificationMethods);
    return random.chance(0.5)
      ? [callOf(contract, verifier.address, 'verifyByCode', [certificate.code, method, verifier.place])]
      : [
          callOf(contract, verifier.address, 'verifyCertificate', [
            certificate.tokenId,
            method,
            verifier.place,
          ]),
        ];
  },
};

const transfer: Step = {
  name: 'transfer certificate',
  weight: 3,
  causes: ['NFTCertificate.Transfer'],
  plan(scene) {
    const { random, cast } = scene;
    const certificate = findCertificate(scene, ({ owner }) => actorAt(scene, owner) !== undefined);
    if (certificate === undefined) return [];
    const recipients = [...cast.shops, ...cast.consumers].filter(
      ({ address }) => address !== certificate.owner,
    );
    const recipient = random.pick(recipients).address;
    const contract = contractAt('NFTCertificate', certificate.contract);
    const passing = [certificate.owner, recipient, certificate.tokenId] as const;
    return [callOf(contract, certificate.owner, 'transferFrom', passing, { claims: [claimOf(certificate)] })];
  },
};

const approve: Step = {
  name: 'approve certificate',
  weight: 1,
  causes: ['NFTCertificate.Approval'],
  plan(scene) {
    const certificate = findCertificate(scene, ({ owner }) => actorAt(scene, owner) !== undefined);
    if (certificate === undefined) return [];
    const contract = contractAt('NFTCertificate', certificate.contract);
    const approved = scene.cast.arbiter.address;
    const claims = [claimOf(certificate)];
    return [callOf(contract, certificate.owner, 'approve', [approved, certificate.tokenId], { claims })];
  },
};

const approveForAll: Step = {
  name: 'approve all certificates',
  weight: 0.4,
  causes: ['NFTCertificate.ApprovalForAll'],
  plan(scene) {
    const { random, cast } = scene;
    const contract = openContract(scene, 'NFTCertificate');
    if (contract === undefined) return [];
    const owner = random.pick(cast.makers).address;
    const approval = [cast.operator.address, random.chance(0.7)] as const;
    return [callOf(contractAt('NFTCertificate', contract.address), owner, 'setApprovalForAll', approval)];
  },
};

const invalidate: Step = {
  name: 'invalidate certificate',
  weight: 1,
  causes: ['NFTCertificate.CertificateInvalidated'],
  plan(scene) {
    const certificate = findCertificate(scene, ({ isValid }) => isValid);
    const contract = certificate && scene.world.contracts.at(certificate.contract);
    if (certificate === undefined || contract === undefined) return [];
    if (actorAt(scene, contract.owner) === undefined) return [];
    const reason = scene.random.pick(remarks.invalidation);
    return [
      callOf(
        contractAt('NFTCertificate', contract.address),
        contract.owner,
        'invalidateCertificate',
        [certificate.tokenId, reason],
        { claims: [claimOf(certificate)] },
      ),
    ];
  },
};

/** An invalidated certificate is verified again, and rejected. */
const verifyInvalid: Step = {
  name: 'verify invalid certificate',
  weight: 1,
  causes: ['NFTCertificate.CertificateVerified'],
  plan(scene) {
    const certificate = findCertificate(scene, ({ isValid }) => !isValid);
    if (certificate === undefined) return [];
    const verifier = scene.random.pick(scene.cast.consumers);
    const contract = contractAt('NFTCertificate', certificate.contract);
    const shown = [certificate.code, 'QR code', verifier.place] as const;
    return [callOf(contract, verifier.address, 'verifyByCode', shown)];
  },
};

export const certificateSteps: readonly Step[] = [
  mint,
  verify,
  transfer,
  approve,
  approveForAll,
  invalidate,
  verifyInvalid,
];
