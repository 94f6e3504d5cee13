// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Enumerable} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Enumerable.sol";
import {ERC721URIStorage} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

/// Product certificates as ERC-721 tokens. Token ids start at 0.
contract NFTCertificate is ERC721, ERC721URIStorage, ERC721Enumerable, Ownable, Pausable {
    struct Certificate {
        uint256 productId;
        address owner;
        string certificateType;
        string verificationCode;
        string metadataURI;
        bool isValid;
        uint256 mintedAt;
        uint256 expiresAt;
        address minter;
        string[] complianceStandards;
    }

    struct Verification {
        uint256 timestamp;
        address verifier;
        string verificationMethod;
        bool isValid;
        string additionalData;
    }

    event CertificateMinted(
        uint256 indexed tokenId,
        uint256 indexed productId,
        address indexed owner,
        string certificateType,
        string verificationCode
    );
    event CertificateVerified(
        uint256 indexed tokenId,
        address indexed verifier,
        string verificationMethod,
        bool isValid
    );
    event CertificateInvalidated(uint256 indexed tokenId, string reason);

    error NotMinter(address caller);
    error FeeTooLow(uint256 required, uint256 paid);
    error UnknownVerificationCode(string code);
    error CertificateIsInvalid(uint256 tokenId);

    uint256 public mintingFee;
    uint256 public verificationFee;
    mapping(address minter => bool) public authorizedMinters;

    uint256 private _nextTokenId;
    string private _baseTokenURI;
    mapping(uint256 tokenId => Certificate) private _certificates;
    mapping(uint256 tokenId => Verification[]) private _verifications;
    /// One more than the token id, so that 0 means an unknown code.
    mapping(string code => uint256) private _tokenByCode;

    constructor(
        string memory name,
        string memory symbol,
        string memory baseTokenURI,
        address initialOwner
    ) ERC721(name, symbol) Ownable(initialOwner) {
        _baseTokenURI = baseTokenURI;
    }

    modifier onlyMinter() {
        if (!authorizedMinters[msg.sender] && msg.sender != owner()) revert NotMinter(msg.sender);
        _;
    }

    modifier costs(uint256 fee) {
        if (msg.value < fee) revert FeeTooLow(fee, msg.value);
        _;
    }

    /// `productId` is taken on trust: no registry is asked whether it exists.
    function mintCertificate(
        address to,
        uint256 productId,
        string calldata certificateType,
        string calldata metadataURI,
        string[] memory complianceStandards,
        uint256 expiresAt
    ) external payable whenNotPaused onlyMinter costs(mintingFee) returns (uint256 tokenId) {
        tokenId = _nextTokenId++;
        string memory code = _verificationCode(tokenId, productId);
        _tokenByCode[code] = tokenId + 1;

        Certificate storage certificate = _certificates[tokenId];
        certificate.productId = productId;
        // Never written again: transfers leave it naming the first owner.
        certificate.owner = to;
        certificate.certificateType = certificateType;
        certificate.verificationCode = code;
        certificate.metadataURI = metadataURI;
        certificate.isValid = true;
        certificate.mintedAt = block.timestamp;
        certificate.expiresAt = expiresAt;
        certificate.minter = msg.sender;
        certificate.complianceStandards = complianceStandards;

        // Transfer, then MetadataUpdate, both before CertificateMinted.
        _mint(to, tokenId);
        _setTokenURI(tokenId, metadataURI);
        emit CertificateMinted(tokenId, productId, to, certificateType, code);
    }

    function verifyCertificate(
        uint256 tokenId,
        string calldata method,
        string calldata data
    ) external payable whenNotPaused costs(verificationFee) returns (bool) {
        return _verify(tokenId, method, data);
    }

    function verifyByCode(
        string calldata code,
        string calldata method,
        string calldata data
    ) external payable whenNotPaused costs(verificationFee) returns (bool) {
        uint256 tokenIdPlusOne = _tokenByCode[code];
        if (tokenIdPlusOne == 0) revert UnknownVerificationCode(code);
        return _verify(tokenIdPlusOne - 1, method, data);
    }

    function invalidateCertificate(uint256 tokenId, string calldata reason) external whenNotPaused onlyMinter {
        _requireOwned(tokenId);
        if (!_certificates[tokenId].isValid) revert CertificateIsInvalid(tokenId);
        _certificates[tokenId].isValid = false;
        emit CertificateInvalidated(tokenId, reason);
    }

    /// Deliberately silent: the state changes and no log says so.
    function addComplianceStandard(uint256 tokenId, string calldata standard) external whenNotPaused onlyMinter {
        _requireOwned(tokenId);
        _certificates[tokenId].complianceStandards.push(standard);
    }

    /// Deliberately silent: the state changes and no log says so.
    function addAuthorizedMinter(address minter) external onlyOwner {
        authorizedMinters[minter] = true;
    }

    /// Deliberately silent: the state changes and no log says so.
    function removeAuthorizedMinter(address minter) external onlyOwner {
        authorizedMinters[minter] = false;
    }

    function setFees(uint256 newMintingFee, uint256 newVerificationFee) external onlyOwner {
        mintingFee = newMintingFee;
        verificationFee = newVerificationFee;
    }

    function pause() external onlyOwner {
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    function getCertificate(
        uint256 tokenId
    )
        external
        view
        returns (
            uint256 productId,
            address owner,
            string memory certificateType,
            string memory verificationCode,
            string memory metadataURI,
            bool isValid,
            uint256 mintedAt,
            uint256 expiresAt,
            address minter,
            string[] memory complianceStandards
        )
    {
        _requireOwned(tokenId);
        Certificate storage certificate = _certificates[tokenId];
        productId = certificate.productId;
        owner = certificate.owner;
        certificateType = certificate.certificateType;
        verificationCode = certificate.verificationCode;
        metadataURI = certificate.metadataURI;
        isValid = certificate.isValid;
        mintedAt = certificate.mintedAt;
        expiresAt = certificate.expiresAt;
        minter = certificate.minter;
        complianceStandards = certificate.complianceStandards;
    }

    function getVerificationHistory(uint256 tokenId) external view returns (Verification[] memory) {
        return _verifications[tokenId];
    }

    /// Not invalidated and not expired; `expiresAt` 0 never expires.
    function isCertificateValid(uint256 tokenId) public view returns (bool) {
        _requireOwned(tokenId);
        Certificate storage certificate = _certificates[tokenId];
        return certificate.isValid && (certificate.expiresAt == 0 || certificate.expiresAt > block.timestamp);
    }

    function tokenURI(uint256 tokenId) public view override(ERC721, ERC721URIStorage) returns (string memory) {
        return super.tokenURI(tokenId);
    }

    function supportsInterface(
        bytes4 interfaceId
    ) public view override(ERC721, ERC721URIStorage, ERC721Enumerable) returns (bool) {
        return super.supportsInterface(interfaceId);
    }

    function _verify(uint256 tokenId, string calldata method, string calldata data) private returns (bool isValid) {
        isValid = isCertificateValid(tokenId);
        _verifications[tokenId].push(Verification(block.timestamp, msg.sender, method, isValid, data));
        emit CertificateVerified(tokenId, msg.sender, method, isValid);
    }

    function _verificationCode(uint256 tokenId, uint256 productId) private view returns (string memory) {
        bytes32 digest = keccak256(abi.encode(address(this), tokenId, productId, block.timestamp));
        return Strings.toHexString(uint64(uint256(digest)), 8);
    }

    function _baseURI() internal view override returns (string memory) {
        return _baseTokenURI;
    }

    function _update(
        address to,
        uint256 tokenId,
        address auth
    ) internal override(ERC721, ERC721Enumerable) returns (address) {
        return super._update(to, tokenId, auth);
    }

    function _increaseBalance(address account, uint128 value) internal override(ERC721, ERC721Enumerable) {
        super._increaseBalance(account, value);
    }
}
