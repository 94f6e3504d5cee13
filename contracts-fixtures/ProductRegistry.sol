// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// Products and their checkpoints. Events are thin on purpose: most of a product is in the state and in the calldata.
contract ProductRegistry is Ownable, Pausable {
    struct Product {
        uint256 productId;
        string productName;
        string productType;
        address manufacturer;
        string batchNumber;
        uint256 manufactureDate;
        uint256 expiryDate;
        string[] rawMaterials;
        address[] stakeholders;
        bool isActive;
        string metadataURI;
    }

    struct Checkpoint {
        uint256 timestamp;
        string location;
        address stakeholder;
        string status;
        string temperature;
        string humidity;
        string additionalData;
    }

    struct ProductInput {
        string productName;
        string productType;
        string batchNumber;
        uint256 manufactureDate;
        uint256 expiryDate;
        string[] rawMaterials;
        string metadataURI;
    }

    struct CheckpointInput {
        string status;
        string location;
        string temperature;
        string humidity;
        string additionalData;
    }

    event ProductRegistered(
        uint256 indexed productId,
        string productName,
        address indexed manufacturer,
        string batchNumber
    );
    event CheckpointAdded(
        uint256 indexed productId,
        uint256 checkpointIndex,
        address indexed stakeholder,
        string status
    );
    event StakeholderAdded(uint256 indexed productId, address indexed stakeholder);
    event StakeholderRemoved(uint256 indexed productId, address indexed stakeholder);
    event ProductUpdated(uint256 indexed productId, string productName, address indexed updater);
    event ProductDeleted(uint256 indexed productId, address indexed deleter);
    event ProductReactivated(uint256 indexed productId, address indexed reactivator);
    event CheckpointUpdated(uint256 indexed productId, uint256 indexed checkpointIndex, address indexed updater);

    error UnknownProduct(uint256 productId);
    error UnknownCheckpoint(uint256 productId, uint256 index);
    error NotAuthorized(uint256 productId, address caller);
    error DuplicateBatchNumber(string batchNumber);
    error InvalidBatchSize(uint256 size);
    error ProductIsInactive(uint256 productId);
    error ProductIsActive(uint256 productId);
    error AlreadyStakeholder(uint256 productId, address stakeholder);
    error UnknownStakeholder(uint256 productId, address stakeholder);

    uint256 public constant MAX_PRODUCTS_PER_BATCH = 50;
    uint256 public constant MAX_CHECKPOINTS_PER_BATCH = 20;

    uint256 public nextProductId = 1;
    mapping(uint256 productId => Product) public products;
    mapping(uint256 productId => Checkpoint[]) public productCheckpoints;
    mapping(string batchNumber => uint256 productId) public batchToProductId;
    mapping(address stakeholder => uint256[]) private _stakeholderProducts;

    constructor(address initialOwner) Ownable(initialOwner) {}

    modifier onlyManufacturer(uint256 productId) {
        _requireExists(productId);
        if (msg.sender != products[productId].manufacturer && msg.sender != owner()) {
            revert NotAuthorized(productId, msg.sender);
        }
        _;
    }

    modifier onlyParticipant(uint256 productId) {
        _requireExists(productId);
        if (
            msg.sender != products[productId].manufacturer &&
            msg.sender != owner() &&
            _stakeholderPosition(productId, msg.sender) == 0
        ) revert NotAuthorized(productId, msg.sender);
        _;
    }

    function registerProduct(
        string calldata productName,
        string calldata productType,
        string calldata batchNumber,
        uint256 manufactureDate,
        uint256 expiryDate,
        string[] memory rawMaterials,
        string calldata metadataURI
    ) external whenNotPaused returns (uint256) {
        return
            _register(
                ProductInput(
                    productName,
                    productType,
                    batchNumber,
                    manufactureDate,
                    expiryDate,
                    rawMaterials,
                    metadataURI
                )
            );
    }

    function batchRegisterProducts(ProductInput[] calldata inputs) external whenNotPaused {
        if (inputs.length == 0 || inputs.length > MAX_PRODUCTS_PER_BATCH) revert InvalidBatchSize(inputs.length);
        for (uint256 i = 0; i < inputs.length; i++) _register(inputs[i]);
    }

    function addCheckpoint(
        uint256 productId,
        string calldata status,
        string calldata location,
        string calldata additionalData
    ) external whenNotPaused onlyParticipant(productId) {
        _addCheckpoint(productId, CheckpointInput(status, location, "", "", additionalData));
    }

    function addCheckpointWithEnvironment(
        uint256 productId,
        string calldata status,
        string calldata location,
        string calldata temperature,
        string calldata humidity,
        string calldata additionalData
    ) external whenNotPaused onlyParticipant(productId) {
        _addCheckpoint(productId, CheckpointInput(status, location, temperature, humidity, additionalData));
    }

    function batchAddCheckpoints(
        uint256 productId,
        CheckpointInput[] calldata inputs
    ) external whenNotPaused onlyParticipant(productId) {
        if (inputs.length == 0 || inputs.length > MAX_CHECKPOINTS_PER_BATCH) revert InvalidBatchSize(inputs.length);
        for (uint256 i = 0; i < inputs.length; i++) _addCheckpoint(productId, inputs[i]);
    }

    /// Keeps the checkpoint's timestamp and stakeholder: only what was said about it changes.
    function updateCheckpoint(
        uint256 productId,
        uint256 index,
        string calldata status,
        string calldata location,
        string calldata temperature,
        string calldata humidity,
        string calldata additionalData
    ) external whenNotPaused onlyParticipant(productId) {
        if (index >= productCheckpoints[productId].length) revert UnknownCheckpoint(productId, index);
        Checkpoint storage checkpoint = productCheckpoints[productId][index];
        checkpoint.status = status;
        checkpoint.location = location;
        checkpoint.temperature = temperature;
        checkpoint.humidity = humidity;
        checkpoint.additionalData = additionalData;
        emit CheckpointUpdated(productId, index, msg.sender);
    }

    function updateProduct(
        uint256 productId,
        string calldata productName,
        string calldata productType,
        uint256 expiryDate,
        string[] memory rawMaterials,
        string calldata metadataURI
    ) external whenNotPaused onlyManufacturer(productId) {
        Product storage product = products[productId];
        product.productName = productName;
        product.productType = productType;
        product.expiryDate = expiryDate;
        product.rawMaterials = rawMaterials;
        product.metadataURI = metadataURI;
        emit ProductUpdated(productId, productName, msg.sender);
    }

    function addStakeholder(
        uint256 productId,
        address stakeholder
    ) external whenNotPaused onlyManufacturer(productId) {
        if (_stakeholderPosition(productId, stakeholder) != 0) revert AlreadyStakeholder(productId, stakeholder);
        products[productId].stakeholders.push(stakeholder);
        _stakeholderProducts[stakeholder].push(productId);
        emit StakeholderAdded(productId, stakeholder);
    }

    /// The last stakeholder takes the removed one's place, so the order of `stakeholders` is not the order of joining.
    function removeStakeholder(
        uint256 productId,
        address stakeholder
    ) external whenNotPaused onlyManufacturer(productId) {
        uint256 position = _stakeholderPosition(productId, stakeholder);
        if (position == 0) revert UnknownStakeholder(productId, stakeholder);
        address[] storage stakeholders = products[productId].stakeholders;
        stakeholders[position - 1] = stakeholders[stakeholders.length - 1];
        stakeholders.pop();
        _forgetProduct(stakeholder, productId);
        emit StakeholderRemoved(productId, stakeholder);
    }

    /// Soft: the product stays readable with `isActive` false.
    function deleteProduct(uint256 productId) external whenNotPaused onlyManufacturer(productId) {
        _deactivate(productId);
        emit ProductDeleted(productId, msg.sender);
    }

    function reactivateProduct(uint256 productId) external whenNotPaused onlyManufacturer(productId) {
        if (products[productId].isActive) revert ProductIsActive(productId);
        products[productId].isActive = true;
        emit ProductReactivated(productId, msg.sender);
    }

    /// Deliberately silent: the state changes and no log says so.
    function deactivateProduct(uint256 productId) external whenNotPaused onlyManufacturer(productId) {
        _deactivate(productId);
    }

    /// Deliberately silent: the state changes and no log says so.
    function updateMetadataURI(
        uint256 productId,
        string calldata metadataURI
    ) external whenNotPaused onlyManufacturer(productId) {
        products[productId].metadataURI = metadataURI;
    }

    function pause() external onlyOwner {
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    function getProduct(uint256 productId) external view returns (Product memory) {
        _requireExists(productId);
        return products[productId];
    }

    function getCheckpoints(uint256 productId) external view returns (Checkpoint[] memory) {
        return productCheckpoints[productId];
    }

    function getStakeholderProducts(address stakeholder) external view returns (uint256[] memory) {
        return _stakeholderProducts[stakeholder];
    }

    function totalProducts() external view returns (uint256) {
        return nextProductId - 1;
    }

    function _register(ProductInput memory input) private returns (uint256 productId) {
        if (batchToProductId[input.batchNumber] != 0) revert DuplicateBatchNumber(input.batchNumber);
        productId = nextProductId++;
        batchToProductId[input.batchNumber] = productId;

        Product storage product = products[productId];
        product.productId = productId;
        product.productName = input.productName;
        product.productType = input.productType;
        product.manufacturer = msg.sender;
        product.batchNumber = input.batchNumber;
        product.manufactureDate = input.manufactureDate;
        product.expiryDate = input.expiryDate;
        product.rawMaterials = input.rawMaterials;
        product.stakeholders.push(msg.sender);
        product.isActive = true;
        product.metadataURI = input.metadataURI;
        _stakeholderProducts[msg.sender].push(productId);

        // The first checkpoint is announced before the product that it belongs to.
        _addCheckpoint(productId, CheckpointInput("Manufactured", "", "", "", ""));
        emit ProductRegistered(productId, input.productName, msg.sender, input.batchNumber);
    }

    function _addCheckpoint(uint256 productId, CheckpointInput memory input) private {
        if (!products[productId].isActive) revert ProductIsInactive(productId);
        Checkpoint[] storage checkpoints = productCheckpoints[productId];
        checkpoints.push(
            Checkpoint(
                block.timestamp,
                input.location,
                msg.sender,
                input.status,
                input.temperature,
                input.humidity,
                input.additionalData
            )
        );
        emit CheckpointAdded(productId, checkpoints.length - 1, msg.sender, input.status);
    }

    function _deactivate(uint256 productId) private {
        if (!products[productId].isActive) revert ProductIsInactive(productId);
        products[productId].isActive = false;
    }

    function _forgetProduct(address stakeholder, uint256 productId) private {
        uint256[] storage productIds = _stakeholderProducts[stakeholder];
        for (uint256 i = 0; i < productIds.length; i++) {
            if (productIds[i] != productId) continue;
            productIds[i] = productIds[productIds.length - 1];
            productIds.pop();
            return;
        }
    }

    /// 1-based position among the product's stakeholders, 0 when absent.
    function _stakeholderPosition(uint256 productId, address stakeholder) private view returns (uint256) {
        address[] storage stakeholders = products[productId].stakeholders;
        for (uint256 i = 0; i < stakeholders.length; i++) if (stakeholders[i] == stakeholder) return i + 1;
        return 0;
    }

    function _requireExists(uint256 productId) private view {
        if (productId == 0 || productId >= nextProductId) revert UnknownProduct(productId);
    }
}
