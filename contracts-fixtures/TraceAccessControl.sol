// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// Roles, limits and multi-signature proposals. Only its events matter here, so it keeps the least state that makes
/// them believable, and executing a proposal calls nothing.
contract TraceAccessControl is AccessControl, Ownable, Pausable {
    struct MultiSigConfig {
        uint256 requiredSignatures;
        address[] signers;
    }

    struct MultiSigProposal {
        bytes32 configId;
        address target;
        uint256 signatures;
        bool executed;
    }

    event AddressBlacklisted(address indexed account, bool blacklisted);
    event AddressLimitUpdated(address indexed account, uint256 limit);
    event UserActivityUpdated(address indexed user, uint256 operations, uint256 amount);
    event MultiSigConfigCreated(bytes32 indexed configId, uint256 requiredSignatures, address[] signers);
    event MultiSigProposalCreated(bytes32 indexed proposalId, address indexed proposer, address target);
    event MultiSigProposalSigned(bytes32 indexed proposalId, address indexed signer);
    event MultiSigProposalExecuted(bytes32 indexed proposalId, bool success);

    error UnknownConfig(bytes32 configId);
    error UnknownProposal(bytes32 proposalId);
    error ProposalIsExecuted(bytes32 proposalId);
    error AlreadySigned(bytes32 proposalId, address signer);

    mapping(address account => bool) public blacklisted;
    mapping(address account => uint256) public addressLimits;
    mapping(bytes32 configId => MultiSigConfig) public multiSigConfigs;
    mapping(bytes32 proposalId => MultiSigProposal) public multiSigProposals;
    mapping(bytes32 proposalId => mapping(address signer => bool)) public hasSigned;
    uint256 private _proposalCount;

    constructor(address initialOwner) Ownable(initialOwner) {
        _grantRole(DEFAULT_ADMIN_ROLE, initialOwner);
    }

    function setRoleAdmin(bytes32 role, bytes32 adminRole) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setRoleAdmin(role, adminRole);
    }

    function setBlacklisted(address account, bool isBlacklisted) external onlyOwner {
        blacklisted[account] = isBlacklisted;
        emit AddressBlacklisted(account, isBlacklisted);
    }

    function setAddressLimit(address account, uint256 limit) external onlyOwner {
        addressLimits[account] = limit;
        emit AddressLimitUpdated(account, limit);
    }

    function recordUserActivity(address user, uint256 operations, uint256 amount) external onlyOwner {
        emit UserActivityUpdated(user, operations, amount);
    }

    function createMultiSigConfig(
        bytes32 configId,
        uint256 requiredSignatures,
        address[] calldata signers
    ) external onlyOwner {
        multiSigConfigs[configId] = MultiSigConfig(requiredSignatures, signers);
        emit MultiSigConfigCreated(configId, requiredSignatures, signers);
    }

    function createMultiSigProposal(bytes32 configId, address target) external returns (bytes32 proposalId) {
        if (multiSigConfigs[configId].requiredSignatures == 0) revert UnknownConfig(configId);
        proposalId = keccak256(abi.encode(configId, target, _proposalCount++));
        multiSigProposals[proposalId] = MultiSigProposal(configId, target, 0, false);
        emit MultiSigProposalCreated(proposalId, msg.sender, target);
    }

    function signMultiSigProposal(bytes32 proposalId) external {
        MultiSigProposal storage proposal = _openProposal(proposalId);
        if (hasSigned[proposalId][msg.sender]) revert AlreadySigned(proposalId, msg.sender);
        hasSigned[proposalId][msg.sender] = true;
        proposal.signatures++;
        emit MultiSigProposalSigned(proposalId, msg.sender);
    }

    /// Succeeds when enough have signed; a proposal can be executed once, successfully or not.
    function executeMultiSigProposal(bytes32 proposalId) external {
        MultiSigProposal storage proposal = _openProposal(proposalId);
        proposal.executed = true;
        bool success = proposal.signatures >= multiSigConfigs[proposal.configId].requiredSignatures;
        emit MultiSigProposalExecuted(proposalId, success);
    }

    function pause() external onlyOwner {
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    function _openProposal(bytes32 proposalId) private view returns (MultiSigProposal storage proposal) {
        proposal = multiSigProposals[proposalId];
        if (proposal.configId == bytes32(0)) revert UnknownProposal(proposalId);
        if (proposal.executed) revert ProposalIsExecuted(proposalId);
    }
}
