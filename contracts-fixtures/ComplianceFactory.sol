// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ComplianceContract} from "./ComplianceContract.sol";

/// Deploys compliance contracts owned by the caller. Anyone may deploy; authorized deployers pay no fee.
contract ComplianceFactory is Ownable, Pausable {
    struct ComplianceInfo {
        address owner;
        string organizationName;
        string metadataURI;
        uint256 createdAt;
        bool isActive;
    }

    event ComplianceContractCreated(
        address indexed complianceAddress,
        address indexed productRegistry,
        address indexed owner,
        string industryType,
        string organizationName
    );
    event ComplianceContractDeactivated(address indexed complianceAddress, address indexed owner);
    event ComplianceContractReactivated(address indexed complianceAddress, address indexed owner);
    event ComplianceMetadataUpdated(address indexed complianceAddress, string newMetadataURI);
    event DeployerAuthorized(address indexed deployer, bool authorized);
    event DeploymentFeeUpdated(uint256 newFee);

    error FeeTooLow(uint256 required, uint256 paid);
    error NotAuthorized(address complianceAddress, address caller);

    uint256 public deploymentFee;
    mapping(address deployer => bool) public authorizedDeployers;
    mapping(address complianceAddress => ComplianceInfo) public complianceContracts;

    constructor(address initialOwner) Ownable(initialOwner) {}

    /// Also refuses unknown contracts: their owner is the zero address, which nobody calls from.
    modifier onlyComplianceOwner(address complianceAddress) {
        if (msg.sender != complianceContracts[complianceAddress].owner) {
            revert NotAuthorized(complianceAddress, msg.sender);
        }
        _;
    }

    function deployComplianceContract(
        address productRegistry,
        address nftContract,
        address traceToken,
        string calldata industryType,
        string calldata organizationName,
        string calldata metadataURI
    ) external payable whenNotPaused returns (address complianceAddress) {
        if (!authorizedDeployers[msg.sender] && msg.value < deploymentFee) revert FeeTooLow(deploymentFee, msg.value);
        // The child's constructor emits OwnershipTransferred: a child's first log precedes the log that announces it.
        complianceAddress = address(
            new ComplianceContract(productRegistry, nftContract, traceToken, industryType, msg.sender)
        );
        complianceContracts[complianceAddress] = ComplianceInfo(
            msg.sender,
            organizationName,
            metadataURI,
            block.timestamp,
            true
        );
        emit ComplianceContractCreated(complianceAddress, productRegistry, msg.sender, industryType, organizationName);
    }

    function deactivateComplianceContract(
        address complianceAddress
    ) external onlyComplianceOwner(complianceAddress) {
        complianceContracts[complianceAddress].isActive = false;
        emit ComplianceContractDeactivated(complianceAddress, msg.sender);
    }

    function reactivateComplianceContract(
        address complianceAddress
    ) external onlyComplianceOwner(complianceAddress) {
        complianceContracts[complianceAddress].isActive = true;
        emit ComplianceContractReactivated(complianceAddress, msg.sender);
    }

    function updateComplianceMetadata(
        address complianceAddress,
        string calldata newMetadataURI
    ) external onlyComplianceOwner(complianceAddress) {
        complianceContracts[complianceAddress].metadataURI = newMetadataURI;
        emit ComplianceMetadataUpdated(complianceAddress, newMetadataURI);
    }

    function setDeployer(address deployer, bool authorized) external onlyOwner {
        authorizedDeployers[deployer] = authorized;
        emit DeployerAuthorized(deployer, authorized);
    }

    function setDeploymentFee(uint256 newFee) external onlyOwner {
        deploymentFee = newFee;
        emit DeploymentFeeUpdated(newFee);
    }

    function pause() external onlyOwner {
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }
}
