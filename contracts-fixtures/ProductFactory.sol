// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ProductRegistry} from "./ProductRegistry.sol";

/// Deploys product registries owned by the caller. Anyone may deploy; authorized deployers pay no fee.
contract ProductFactory is Ownable, Pausable {
    struct RegistryInfo {
        address owner;
        string organizationName;
        string organizationType;
        string metadataURI;
        uint256 createdAt;
        bool isActive;
    }

    event RegistryCreated(
        address indexed registryAddress,
        address indexed owner,
        string organizationName,
        string organizationType
    );
    event RegistryDeactivated(address indexed registryAddress, address indexed owner);
    event RegistryReactivated(address indexed registryAddress, address indexed owner);
    event RegistryMetadataUpdated(address indexed registryAddress, string newMetadataURI);
    event DeployerAuthorized(address indexed deployer, bool authorized);
    event DeploymentFeeUpdated(uint256 newFee);

    error FeeTooLow(uint256 required, uint256 paid);
    error NotAuthorized(address registryAddress, address caller);

    uint256 public deploymentFee;
    mapping(address deployer => bool) public authorizedDeployers;
    mapping(address registryAddress => RegistryInfo) public registries;

    constructor(address initialOwner) Ownable(initialOwner) {}

    /// Also refuses unknown registries: their owner is the zero address, which nobody calls from.
    modifier onlyRegistryOwner(address registryAddress) {
        if (msg.sender != registries[registryAddress].owner) revert NotAuthorized(registryAddress, msg.sender);
        _;
    }

    function deployRegistry(
        string calldata organizationName,
        string calldata organizationType,
        string calldata metadataURI
    ) external payable whenNotPaused returns (address registryAddress) {
        if (!authorizedDeployers[msg.sender] && msg.value < deploymentFee) revert FeeTooLow(deploymentFee, msg.value);
        // The child's constructor emits OwnershipTransferred: a child's first log precedes the log that announces it.
        registryAddress = address(new ProductRegistry(msg.sender));
        registries[registryAddress] = RegistryInfo(
            msg.sender,
            organizationName,
            organizationType,
            metadataURI,
            block.timestamp,
            true
        );
        emit RegistryCreated(registryAddress, msg.sender, organizationName, organizationType);
    }

    function deactivateRegistry(address registryAddress) external onlyRegistryOwner(registryAddress) {
        registries[registryAddress].isActive = false;
        emit RegistryDeactivated(registryAddress, msg.sender);
    }

    function reactivateRegistry(address registryAddress) external onlyRegistryOwner(registryAddress) {
        registries[registryAddress].isActive = true;
        emit RegistryReactivated(registryAddress, msg.sender);
    }

    function updateRegistryMetadata(
        address registryAddress,
        string calldata newMetadataURI
    ) external onlyRegistryOwner(registryAddress) {
        registries[registryAddress].metadataURI = newMetadataURI;
        emit RegistryMetadataUpdated(registryAddress, newMetadataURI);
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
