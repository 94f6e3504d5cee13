// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// Somebody else's certificates: the interface of NFTCertificate by another ERC-721, which mints several at once, changes a
/// certificate's metadata, and burns; what was burned it still answers for, but for its owner.
contract ForeignCertificates {
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

    event CertificateMinted(uint256 indexed tokenId, uint256 indexed productId, address indexed owner, string certificateType, string verificationCode);
    event CertificateVerified(uint256 indexed tokenId, address indexed verifier, string verificationMethod, bool isValid);
    event CertificateInvalidated(uint256 indexed tokenId, string reason);
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    event MetadataUpdate(uint256 _tokenId);

    Certificate[] private _certificates;
    address[] private _owners;
    mapping(uint256 tokenId => Verification[]) private _history;

    /// All the transfers first, then all that they are of.
    function mintMany(address to, uint256[] calldata productIds, string[] memory standards) external {
        uint256 first = _certificates.length;
        for (uint256 i = 0; i < productIds.length; i++) {
            Certificate storage one = _certificates.push();
            one.productId = productIds[i];
            one.owner = to;
            one.certificateType = "Foreign";
            one.verificationCode = string.concat("code-", string(abi.encodePacked(bytes1(uint8(97 + first + i)))));
            one.metadataURI = "foreign://certificate";
            one.isValid = true;
            one.mintedAt = block.timestamp;
            one.expiresAt = block.timestamp + 365 days;
            one.minter = msg.sender;
            one.complianceStandards = standards;
            _owners.push(to);
            emit Transfer(address(0), to, first + i);
        }
        for (uint256 i = 0; i < productIds.length; i++) {
            Certificate storage one = _certificates[first + i];
            emit CertificateMinted(first + i, productIds[i], to, one.certificateType, one.verificationCode);
        }
    }

    /// Passes through several hands at once.
    function pass(uint256 tokenId, address[] calldata hands) external {
        for (uint256 i = 0; i < hands.length; i++) {
            emit Transfer(_owners[tokenId], hands[i], tokenId);
            _owners[tokenId] = hands[i];
        }
    }

    function burn(uint256 tokenId) external {
        emit Transfer(_owners[tokenId], address(0), tokenId);
        _owners[tokenId] = address(0);
    }

    function describe(uint256 tokenId, string calldata metadataURI, string[] memory standards) external {
        _certificates[tokenId].metadataURI = metadataURI;
        _certificates[tokenId].complianceStandards = standards;
        emit MetadataUpdate(tokenId);
    }

    function invalidate(uint256 tokenId, string calldata reason) external {
        _certificates[tokenId].isValid = false;
        emit CertificateInvalidated(tokenId, reason);
    }

    function verify(uint256 tokenId, string[] calldata methods) external {
        bool isValid = _certificates[tokenId].isValid;
        for (uint256 i = 0; i < methods.length; i++) {
            _history[tokenId].push(Verification(block.timestamp, msg.sender, methods[i], isValid, string.concat(methods[i], "!")));
            emit CertificateVerified(tokenId, msg.sender, methods[i], isValid);
        }
    }

    function getCertificate(
        uint256 tokenId
    )
        external
        view
        returns (uint256, address, string memory, string memory, string memory, bool, uint256, uint256, address, string[] memory)
    {
        bytes memory answer = abi.encode(_certificates[tokenId]);
        assembly {
            // The fields without the offset that a struct would have in front.
            return(add(answer, 0x40), sub(mload(answer), 0x20))
        }
    }

    function getVerificationHistory(uint256 tokenId) external view returns (Verification[] memory) {
        return _history[tokenId];
    }

    function ownerOf(uint256 tokenId) external view returns (address) {
        require(_owners[tokenId] != address(0), "burned");
        return _owners[tokenId];
    }

    function tokenURI(uint256 tokenId) external view returns (string memory) {
        require(_owners[tokenId] != address(0), "burned");
        return _certificates[tokenId].metadataURI;
    }

    function totalSupply() external view returns (uint256) {
        return _certificates.length;
    }
}
