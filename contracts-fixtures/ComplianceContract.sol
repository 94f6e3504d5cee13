// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// Compliance rules and the checks of products against them.
/// Rule ids are indexed strings: a log carries only their keccak-256, the text is in the state.
contract ComplianceContract is Ownable, Pausable {
    struct ComplianceRule {
        string ruleId;
        string ruleName;
        string productType;
        string requirement;
        string standard;
        uint256 severity;
        bool isActive;
        uint256 createdDate;
        address creator;
    }

    struct ProductCompliance {
        uint256 productId;
        bool isCompliant;
        uint256 lastCheckDate;
        uint256 totalChecks;
        uint256 passedChecks;
        uint256 failedChecks;
        string[] failedRules;
    }

    struct ComplianceCheck {
        uint256 productId;
        string ruleId;
        bool passed;
        string evidence;
        uint256 checkDate;
        address auditor;
        uint256 confidence;
        string notes;
    }

    event RuleAdded(string indexed ruleId, string ruleName, string productType, string standard);
    event RuleUpdated(string indexed ruleId, bool isActive);
    event ComplianceChecked(uint256 indexed productId, string indexed ruleId, bool passed, uint256 confidence);
    event ProductCompliant(uint256 indexed productId, bool isCompliant, uint256 totalChecks);
    event EvidenceUpdated(uint256 indexed productId, string indexed ruleId, string evidence);
    event AuditorAuthorized(address indexed auditor, bool authorized);
    event StandardSupported(string standard, bool supported);

    error NotAuditor(address caller);
    error DuplicateRule(string ruleId);
    error UnknownRule(string ruleId);
    error RuleIsInactive(string ruleId);
    error UnknownCheck(uint256 productId, uint256 checkIndex);
    error LengthMismatch();

    address public immutable productRegistry;
    address public immutable nftContract;
    address public immutable traceToken;
    string public industryType;

    mapping(string ruleId => ComplianceRule) public complianceRules;
    /// Every rule ever added: despite its name, deactivating a rule doesn't take it out.
    string[] public activeRuleIds;
    mapping(address auditor => bool) public authorizedAuditors;
    mapping(string standard => bool) public supportedStandards;
    mapping(uint256 productId => ProductCompliance) private _compliance;
    mapping(uint256 productId => ComplianceCheck[]) private _checks;

    constructor(
        address productRegistry_,
        address nftContract_,
        address traceToken_,
        string memory industryType_,
        address initialOwner
    ) Ownable(initialOwner) {
        productRegistry = productRegistry_;
        nftContract = nftContract_;
        traceToken = traceToken_;
        industryType = industryType_;
    }

    modifier onlyAuditor() {
        if (!authorizedAuditors[msg.sender] && msg.sender != owner()) revert NotAuditor(msg.sender);
        _;
    }

    function addComplianceRule(
        string calldata ruleId,
        string calldata ruleName,
        string calldata productType,
        string calldata requirement,
        string calldata standard,
        uint256 severity
    ) external whenNotPaused onlyAuditor {
        ComplianceRule storage rule = complianceRules[ruleId];
        if (rule.creator != address(0)) revert DuplicateRule(ruleId);
        rule.ruleId = ruleId;
        rule.ruleName = ruleName;
        rule.productType = productType;
        rule.requirement = requirement;
        rule.standard = standard;
        rule.severity = severity;
        rule.isActive = true;
        rule.createdDate = block.timestamp;
        rule.creator = msg.sender;
        activeRuleIds.push(ruleId);
        emit RuleAdded(ruleId, ruleName, productType, standard);
    }

    function updateComplianceRule(string calldata ruleId, bool isActive) external whenNotPaused onlyAuditor {
        _existingRule(ruleId).isActive = isActive;
        emit RuleUpdated(ruleId, isActive);
    }

    /// The product is not looked up in the registry: any id can be checked.
    function checkCompliance(
        uint256 productId,
        string calldata ruleId,
        bool passed,
        string calldata evidence,
        uint256 confidence,
        string calldata notes
    ) external whenNotPaused onlyAuditor {
        _check(ComplianceCheck(productId, ruleId, passed, evidence, block.timestamp, msg.sender, confidence, notes));
    }

    function batchComplianceCheck(
        uint256[] calldata productIds,
        string[] calldata ruleIds,
        bool[] calldata passed,
        string[] calldata evidence,
        uint256[] calldata confidence,
        string[] calldata notes
    ) external whenNotPaused onlyAuditor {
        if (
            productIds.length != ruleIds.length ||
            productIds.length != passed.length ||
            productIds.length != evidence.length ||
            productIds.length != confidence.length ||
            productIds.length != notes.length
        ) revert LengthMismatch();
        for (uint256 i = 0; i < productIds.length; i++) {
            _check(
                ComplianceCheck(
                    productIds[i],
                    ruleIds[i],
                    passed[i],
                    evidence[i],
                    block.timestamp,
                    msg.sender,
                    confidence[i],
                    notes[i]
                )
            );
        }
    }

    function updateEvidence(
        uint256 productId,
        string calldata ruleId,
        uint256 checkIndex,
        string calldata newEvidence
    ) external whenNotPaused onlyAuditor {
        if (checkIndex >= _checks[productId].length || !_equal(_checks[productId][checkIndex].ruleId, ruleId)) {
            revert UnknownCheck(productId, checkIndex);
        }
        _checks[productId][checkIndex].evidence = newEvidence;
        emit EvidenceUpdated(productId, ruleId, newEvidence);
    }

    function setAuditor(address auditor, bool authorized) external onlyOwner {
        authorizedAuditors[auditor] = authorized;
        emit AuditorAuthorized(auditor, authorized);
    }

    function setStandard(string calldata standard, bool supported) external onlyOwner {
        supportedStandards[standard] = supported;
        emit StandardSupported(standard, supported);
    }

    function pause() external onlyOwner {
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    function getProductCompliance(
        uint256 productId
    ) external view returns (ProductCompliance memory, ComplianceCheck[] memory) {
        return (_compliance[productId], _checks[productId]);
    }

    function _check(ComplianceCheck memory check) private {
        if (!_existingRule(check.ruleId).isActive) revert RuleIsInactive(check.ruleId);
        _checks[check.productId].push(check);

        ProductCompliance storage compliance = _compliance[check.productId];
        compliance.productId = check.productId;
        compliance.lastCheckDate = block.timestamp;
        compliance.totalChecks++;
        if (check.passed) compliance.passedChecks++;
        else compliance.failedChecks++;
        _recordOutcome(compliance.failedRules, check.ruleId, check.passed);
        compliance.isCompliant = compliance.failedRules.length == 0;

        emit ComplianceChecked(check.productId, check.ruleId, check.passed, check.confidence);
        emit ProductCompliant(check.productId, compliance.isCompliant, compliance.totalChecks);
    }

    /// A rule is among the failed ones exactly when its latest check failed.
    function _recordOutcome(string[] storage failedRules, string memory ruleId, bool passed) private {
        for (uint256 i = 0; i < failedRules.length; i++) {
            if (!_equal(failedRules[i], ruleId)) continue;
            if (passed) {
                failedRules[i] = failedRules[failedRules.length - 1];
                failedRules.pop();
            }
            return;
        }
        if (!passed) failedRules.push(ruleId);
    }

    function _existingRule(string memory ruleId) private view returns (ComplianceRule storage rule) {
        rule = complianceRules[ruleId];
        if (rule.creator == address(0)) revert UnknownRule(ruleId);
    }

    function _equal(string memory left, string memory right) private pure returns (bool) {
        return keccak256(bytes(left)) == keccak256(bytes(right));
    }
}
