// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// Somebody else's product registry: the interface of ProductRegistry, and nothing else in common with the fixture. No
/// OpenZeppelin, products kept as encoded bytes, checkpoints under their hash, stakeholders as a log of joins and leaves; several
/// things happen in one call, among events that nobody else knows.
contract ForeignRegistry {
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

    event ProductRegistered(uint256 indexed productId, string productName, address indexed manufacturer, string batchNumber);
    event CheckpointAdded(uint256 indexed productId, uint256 checkpointIndex, address indexed stakeholder, string status);
    event StakeholderAdded(uint256 indexed productId, address indexed stakeholder);
    event StakeholderRemoved(uint256 indexed productId, address indexed stakeholder);
    event ProductUpdated(uint256 indexed productId, string productName, address indexed updater);
    event ProductDeleted(uint256 indexed productId, address indexed deleter);
    event ProductReactivated(uint256 indexed productId, address indexed reactivator);
    event CheckpointUpdated(uint256 indexed productId, uint256 indexed checkpointIndex, address indexed updater);
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
    event Paused(address account);
    event Unpaused(address account);
    /// No part of the interface.
    event Audit(bytes32 indexed what, string note);

    address public immutable owner;
    bool public paused;
    uint256 public nextProductId = 1;
    mapping(uint256 productId => bytes encodedProduct) private _encoded;
    mapping(bytes32 place => bytes encodedCheckpoint) private _checkpoints;
    mapping(uint256 productId => uint256) private _checkpointCount;

    constructor() {
        owner = msg.sender;
        emit OwnershipTransferred(address(0), msg.sender);
    }

    /// Registers under the next number; how many come in one call is up to the caller.
    function enroll(string[] calldata names, string calldata productType, string calldata batchPrefix, address maker) external {
        for (uint256 i = 0; i < names.length; i++) _enroll(names[i], productType, string.concat(batchPrefix, names[i]), maker);
    }

    /// A whole journey at once: joins, stations, a correction, leaves.
    function travel(uint256 productId, address carrier, string[] calldata places) external {
        _setStakeholder(productId, carrier, true);
        for (uint256 i = 0; i < places.length; i++) {
            emit Audit(keccak256(bytes(places[i])), "on the way");
            _arrive(productId, carrier, places[i], i == 0 ? "SHIPPED" : "In-Transit", "4.0");
        }
        uint256 last = _checkpointCount[productId] - 1;
        _store(productId, last, Checkpoint(block.timestamp, "corrected", carrier, "received", "", "", "as found"));
        emit CheckpointUpdated(productId, last, msg.sender);
        _setStakeholder(productId, carrier, false);
        _setStakeholder(productId, msg.sender, true);
    }

    function rename(uint256 productId, string calldata productName, uint256 expiryDate) external {
        Product memory product = getProduct(productId);
        product.productName = productName;
        product.expiryDate = expiryDate;
        product.rawMaterials = new string[](2);
        product.rawMaterials[0] = "renamed";
        _encoded[productId] = abi.encode(product);
        emit ProductUpdated(productId, productName, msg.sender);
    }

    /// Off and on again in one block leaves a product as it was; `stays` leaves it off.
    function flicker(uint256 productId, bool stays) external {
        _switch(productId, false);
        emit ProductDeleted(productId, msg.sender);
        if (stays) return;
        _switch(productId, true);
        emit ProductReactivated(productId, msg.sender);
    }

    function pause(bool on) external {
        paused = on;
        if (on) emit Paused(msg.sender);
        else emit Unpaused(msg.sender);
    }

    function getProduct(uint256 productId) public view returns (Product memory) {
        require(_encoded[productId].length > 0, "who?");
        return abi.decode(_encoded[productId], (Product));
    }

    function productCheckpoints(
        uint256 productId,
        uint256 index
    ) external view returns (uint256, string memory, address, string memory, string memory, string memory, string memory) {
        require(index < _checkpointCount[productId], "where?");
        Checkpoint memory one = abi.decode(_checkpoints[keccak256(abi.encode(productId, index))], (Checkpoint));
        return (one.timestamp, one.location, one.stakeholder, one.status, one.temperature, one.humidity, one.additionalData);
    }

    function _enroll(string calldata name, string calldata productType, string memory batchNumber, address maker) private {
        uint256 productId = nextProductId++;
        Product memory product;
        product.productId = productId;
        product.productName = name;
        product.productType = productType;
        product.manufacturer = maker;
        product.batchNumber = batchNumber;
        product.manufactureDate = block.timestamp - 3 days;
        product.stakeholders = new address[](1);
        product.stakeholders[0] = maker;
        product.isActive = true;
        product.metadataURI = string.concat("foreign://", name);
        _encoded[productId] = abi.encode(product);
        _arrive(productId, maker, "the workshop", "manufactured", "");
        emit Audit(bytes32(productId), "between the two");
        emit ProductRegistered(productId, name, maker, batchNumber);
    }

    function _arrive(uint256 productId, address who, string memory place, string memory status, string memory temperature) private {
        uint256 index = _checkpointCount[productId]++;
        _store(productId, index, Checkpoint(block.timestamp - 60, place, who, status, temperature, "", place));
        emit CheckpointAdded(productId, index, who, status);
    }

    function _store(uint256 productId, uint256 index, Checkpoint memory checkpoint) private {
        _checkpoints[keccak256(abi.encode(productId, index))] = abi.encode(checkpoint);
    }

    function _switch(uint256 productId, bool isActive) private {
        Product memory product = getProduct(productId);
        product.isActive = isActive;
        _encoded[productId] = abi.encode(product);
    }

    function _setStakeholder(uint256 productId, address who, bool joins) private {
        Product memory product = getProduct(productId);
        address[] memory before = product.stakeholders;
        uint256 count = 0;
        address[] memory kept = new address[](before.length + 1);
        for (uint256 i = 0; i < before.length; i++) if (before[i] != who) kept[count++] = before[i];
        if (joins) kept[count++] = who;
        product.stakeholders = new address[](count);
        for (uint256 i = 0; i < count; i++) product.stakeholders[i] = kept[i];
        _encoded[productId] = abi.encode(product);
        if (joins) emit StakeholderAdded(productId, who);
        else emit StakeholderRemoved(productId, who);
    }
}
