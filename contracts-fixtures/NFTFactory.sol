// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {NFTCertificate} from "./NFTCertificate.sol";

/// Deploys certificate contracts owned by the caller. The one contract of the ten that cannot be paused.
contract NFTFactory is Ownable {
    struct NFTInstance {
        address contractAddress;
        string name;
        string symbol;
        address owner;
        uint256 createdAt;
        bool isActive;
    }

    event NFTCertificateDeployed(
        uint256 indexed instanceId,
        address indexed contractAddress,
        string name,
        string symbol,
        address indexed owner
    );
    event DeploymentFeeUpdated(uint256 newFee);

    error FeeTooLow(uint256 required, uint256 paid);
    error UnknownInstance(uint256 instanceId);
    error NotAuthorized(uint256 instanceId, address caller);

    uint256 public deploymentFee;
    uint256 public instanceCount;
    /// Instance ids start at 0, as token ids do.
    mapping(uint256 instanceId => NFTInstance) private _instances;

    constructor(address initialOwner) Ownable(initialOwner) {}

    function deployNFTCertificate(
        string calldata name,
        string calldata symbol,
        string calldata baseTokenURI
    ) external payable returns (address contractAddress) {
        if (msg.value < deploymentFee) revert FeeTooLow(deploymentFee, msg.value);
        // The child's constructor emits OwnershipTransferred: a child's first log precedes the log that announces it.
        contractAddress = address(new NFTCertificate(name, symbol, baseTokenURI, msg.sender));
        uint256 instanceId = instanceCount++;
        _instances[instanceId] = NFTInstance(contractAddress, name, symbol, msg.sender, block.timestamp, true);
        emit NFTCertificateDeployed(instanceId, contractAddress, name, symbol, msg.sender);
    }

    /// Deliberately silent: the state changes and no log says so.
    function deactivateInstance(uint256 instanceId) external {
        _requireExists(instanceId);
        NFTInstance storage instance = _instances[instanceId];
        if (msg.sender != instance.owner && msg.sender != owner()) revert NotAuthorized(instanceId, msg.sender);
        instance.isActive = false;
    }

    function setDeploymentFee(uint256 newFee) external onlyOwner {
        deploymentFee = newFee;
        emit DeploymentFeeUpdated(newFee);
    }

    function getNFTInstance(
        uint256 instanceId
    )
        external
        view
        returns (
            address contractAddress,
            string memory name,
            string memory symbol,
            address owner,
            uint256 createdAt,
            bool isActive
        )
    {
        _requireExists(instanceId);
        NFTInstance storage instance = _instances[instanceId];
        return (
            instance.contractAddress,
            instance.name,
            instance.symbol,
            instance.owner,
            instance.createdAt,
            instance.isActive
        );
    }

    function _requireExists(uint256 instanceId) private view {
        if (instanceId >= instanceCount) revert UnknownInstance(instanceId);
    }
}
