// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// Escrowed and milestone payments in one ERC-20. One contract holds many payments.
contract PaymentContract is Ownable, Pausable {
    using SafeERC20 for IERC20;

    struct Payment {
        uint256 paymentId;
        address payer;
        address payee;
        uint256 amount;
        uint256 productId;
        string paymentType;
        bool isCompleted;
        bool isDisputed;
        bool isCancelled;
        uint256 createdDate;
        uint256 dueDate;
        uint256 releaseDate;
        string conditions;
        string metadata;
    }

    struct Milestone {
        uint256 milestoneId;
        uint256 paymentId;
        string description;
        uint256 amount;
        bool isCompleted;
        uint256 dueDate;
        string deliverables;
    }

    struct Dispute {
        uint256 disputeId;
        uint256 paymentId;
        address initiator;
        string reason;
        string evidence;
        bool isResolved;
        address arbitrator;
        uint256 resolutionDate;
        bool favorPayer;
        string resolution;
    }

    /// What is still held for a payment: completed milestones have already left.
    struct Holding {
        uint256 amount;
        uint256 fee;
    }

    event PaymentCreated(
        uint256 indexed paymentId,
        address indexed payer,
        address indexed payee,
        uint256 amount,
        string paymentType
    );
    event PaymentCompleted(uint256 indexed paymentId, uint256 amount);
    event PaymentCancelled(uint256 indexed paymentId, string reason);
    event DisputeInitiated(uint256 indexed disputeId, uint256 indexed paymentId, address initiator);
    event DisputeResolved(uint256 indexed disputeId, bool favorPayer, string resolution);
    event MilestoneCreated(uint256 indexed paymentId, uint256 indexed milestoneId, uint256 amount);
    event MilestoneCompleted(uint256 indexed paymentId, uint256 indexed milestoneId);
    event ArbitratorAuthorized(address indexed arbitrator, bool authorized);
    event PlatformFeeUpdated(uint256 newFeePercentage);
    event FeeRecipientUpdated(address newRecipient);

    error InvalidPayment();
    error InvalidMilestones();
    error FeeTooHigh(uint256 feePercentage);
    error UnknownPayment(uint256 paymentId);
    error UnknownMilestone(uint256 paymentId, uint256 milestoneId);
    error UnknownDispute(uint256 disputeId);
    error PaymentIsClosed(uint256 paymentId);
    error PaymentIsDisputed(uint256 paymentId);
    error MilestoneIsCompleted(uint256 paymentId, uint256 milestoneId);
    error DisputeIsResolved(uint256 disputeId);
    error NotAuthorized(address caller);

    uint256 public constant MAX_FEE_PERCENTAGE = 1_000;
    uint256 private constant BASIS_POINTS = 10_000;

    IERC20 public immutable paymentToken;
    /// Basis points of the amount, added to what the payer pays.
    uint256 public platformFeePercentage;
    address public feeRecipient;
    uint256 public nextPaymentId = 1;
    uint256 public nextDisputeId = 1;
    mapping(address arbitrator => bool) public authorizedArbitrators;

    mapping(uint256 paymentId => Payment) private _payments;
    mapping(uint256 paymentId => Milestone[]) private _milestones;
    mapping(uint256 paymentId => Holding) private _holdings;
    mapping(uint256 disputeId => Dispute) private _disputes;

    constructor(IERC20 token, address initialFeeRecipient, uint256 feePercentage, address initialOwner)
        Ownable(initialOwner)
    {
        paymentToken = token;
        feeRecipient = initialFeeRecipient;
        platformFeePercentage = feePercentage;
    }

    modifier onlyPayer(uint256 paymentId) {
        _requireExists(paymentId);
        if (msg.sender != _payments[paymentId].payer && msg.sender != owner()) revert NotAuthorized(msg.sender);
        _;
    }

    /// Takes `amount` plus the platform fee from the caller.
    function createEscrowPayment(
        address payee,
        uint256 amount,
        uint256 productId,
        uint256 dueDate,
        string calldata conditions,
        string calldata metadata
    ) external whenNotPaused returns (uint256 paymentId) {
        paymentId = _open(payee, amount, productId, dueDate, "escrow");
        _payments[paymentId].conditions = conditions;
        _payments[paymentId].metadata = metadata;
        emit PaymentCreated(paymentId, msg.sender, payee, amount, "escrow");
    }

    function createMilestonePayment(
        address payee,
        uint256 totalAmount,
        uint256 productId,
        uint256 dueDate,
        string[] calldata milestones,
        uint256[] calldata milestoneAmounts
    ) external whenNotPaused returns (uint256 paymentId) {
        if (milestones.length == 0 || milestones.length != milestoneAmounts.length) revert InvalidMilestones();
        paymentId = _open(payee, totalAmount, productId, dueDate, "milestone");
        uint256 sum = 0;
        // The milestones are announced before the payment that they belong to. Their ids count from 0 in each payment.
        for (uint256 i = 0; i < milestones.length; i++) {
            sum += milestoneAmounts[i];
            _milestones[paymentId].push(
                Milestone(i, paymentId, milestones[i], milestoneAmounts[i], false, dueDate, "")
            );
            emit MilestoneCreated(paymentId, i, milestoneAmounts[i]);
        }
        if (sum != totalAmount) revert InvalidMilestones();
        emit PaymentCreated(paymentId, msg.sender, payee, totalAmount, "milestone");
    }

    function releasePayment(uint256 paymentId) external whenNotPaused onlyPayer(paymentId) {
        _requireUndisputed(paymentId);
        _complete(paymentId, _payments[paymentId].payee);
    }

    function completeMilestone(
        uint256 paymentId,
        uint256 milestoneId,
        string calldata deliverables
    ) external whenNotPaused onlyPayer(paymentId) {
        _requireUndisputed(paymentId);
        if (milestoneId >= _milestones[paymentId].length) revert UnknownMilestone(paymentId, milestoneId);
        Milestone storage milestone = _milestones[paymentId][milestoneId];
        if (milestone.isCompleted) revert MilestoneIsCompleted(paymentId, milestoneId);
        milestone.isCompleted = true;
        milestone.deliverables = deliverables;
        _holdings[paymentId].amount -= milestone.amount;
        paymentToken.safeTransfer(_payments[paymentId].payee, milestone.amount);
        emit MilestoneCompleted(paymentId, milestoneId);
        if (_allMilestonesCompleted(paymentId)) _complete(paymentId, _payments[paymentId].payee);
    }

    /// Refunds what is still held, fee included.
    function cancelPayment(uint256 paymentId, string calldata reason) external whenNotPaused onlyPayer(paymentId) {
        _requireUndisputed(paymentId);
        _payments[paymentId].isCancelled = true;
        Holding memory holding = _takeHolding(paymentId);
        paymentToken.safeTransfer(_payments[paymentId].payer, holding.amount + holding.fee);
        emit PaymentCancelled(paymentId, reason);
    }

    function initiateDispute(
        uint256 paymentId,
        string calldata reason,
        string calldata evidence
    ) external whenNotPaused returns (uint256 disputeId) {
        _requireExists(paymentId);
        _requireUndisputed(paymentId);
        Payment storage payment = _payments[paymentId];
        if (msg.sender != payment.payer && msg.sender != payment.payee) revert NotAuthorized(msg.sender);
        payment.isDisputed = true;
        disputeId = nextDisputeId++;
        Dispute storage dispute = _disputes[disputeId];
        dispute.disputeId = disputeId;
        dispute.paymentId = paymentId;
        dispute.initiator = msg.sender;
        dispute.reason = reason;
        dispute.evidence = evidence;
        emit DisputeInitiated(disputeId, paymentId, msg.sender);
    }

    /// Completes the payment whoever gets the money: only `favorPayer` tells a refund from a release.
    function resolveDispute(
        uint256 disputeId,
        bool favorPayer,
        string calldata resolution
    ) external whenNotPaused {
        if (!authorizedArbitrators[msg.sender] && msg.sender != owner()) revert NotAuthorized(msg.sender);
        Dispute storage dispute = _existingDispute(disputeId);
        if (dispute.isResolved) revert DisputeIsResolved(disputeId);
        dispute.isResolved = true;
        dispute.arbitrator = msg.sender;
        dispute.resolutionDate = block.timestamp;
        dispute.favorPayer = favorPayer;
        dispute.resolution = resolution;
        emit DisputeResolved(disputeId, favorPayer, resolution);
        Payment storage payment = _payments[dispute.paymentId];
        payment.isDisputed = false;
        _complete(dispute.paymentId, favorPayer ? payment.payer : payment.payee);
    }

    function setPlatformFee(uint256 newFeePercentage) external onlyOwner {
        if (newFeePercentage > MAX_FEE_PERCENTAGE) revert FeeTooHigh(newFeePercentage);
        platformFeePercentage = newFeePercentage;
        emit PlatformFeeUpdated(newFeePercentage);
    }

    function setFeeRecipient(address newRecipient) external onlyOwner {
        feeRecipient = newRecipient;
        emit FeeRecipientUpdated(newRecipient);
    }

    function setArbitrator(address arbitrator, bool authorized) external onlyOwner {
        authorizedArbitrators[arbitrator] = authorized;
        emit ArbitratorAuthorized(arbitrator, authorized);
    }

    /// Deliberately silent: the escrowed money leaves and only the token's Transfer shows it; no payment changes state.
    function emergencyWithdraw(address token, uint256 amount) external onlyOwner {
        IERC20(token).safeTransfer(msg.sender, amount);
    }

    function pause() external onlyOwner {
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    function getPayment(uint256 paymentId) external view returns (Payment memory, Milestone[] memory) {
        _requireExists(paymentId);
        return (_payments[paymentId], _milestones[paymentId]);
    }

    function getDispute(
        uint256 id
    )
        external
        view
        returns (
            uint256 disputeId,
            uint256 paymentId,
            address initiator,
            string memory reason,
            string memory evidence,
            bool isResolved,
            address arbitrator,
            uint256 resolutionDate,
            bool favorPayer,
            string memory resolution
        )
    {
        Dispute storage dispute = _existingDispute(id);
        disputeId = id;
        paymentId = dispute.paymentId;
        initiator = dispute.initiator;
        reason = dispute.reason;
        evidence = dispute.evidence;
        isResolved = dispute.isResolved;
        arbitrator = dispute.arbitrator;
        resolutionDate = dispute.resolutionDate;
        favorPayer = dispute.favorPayer;
        resolution = dispute.resolution;
    }

    /// Records the payment and takes the money; the caller announces it.
    function _open(
        address payee,
        uint256 amount,
        uint256 productId,
        uint256 dueDate,
        string memory paymentType
    ) private returns (uint256 paymentId) {
        if (payee == address(0) || amount == 0) revert InvalidPayment();
        paymentId = nextPaymentId++;
        Payment storage payment = _payments[paymentId];
        payment.paymentId = paymentId;
        payment.payer = msg.sender;
        payment.payee = payee;
        payment.amount = amount;
        payment.productId = productId;
        payment.paymentType = paymentType;
        payment.createdDate = block.timestamp;
        payment.dueDate = dueDate;
        uint256 fee = (amount * platformFeePercentage) / BASIS_POINTS;
        _holdings[paymentId] = Holding(amount, fee);
        paymentToken.safeTransferFrom(msg.sender, address(this), amount + fee);
    }

    /// A refunded payer gets the fee back; otherwise the fee recipient gets it.
    function _complete(uint256 paymentId, address recipient) private {
        Payment storage payment = _payments[paymentId];
        payment.isCompleted = true;
        payment.releaseDate = block.timestamp;
        Holding memory holding = _takeHolding(paymentId);
        bool isRefund = recipient == payment.payer;
        uint256 paidOut = isRefund ? holding.amount + holding.fee : holding.amount;
        if (paidOut > 0) paymentToken.safeTransfer(recipient, paidOut);
        if (!isRefund && holding.fee > 0) paymentToken.safeTransfer(feeRecipient, holding.fee);
        emit PaymentCompleted(paymentId, payment.amount);
    }

    function _takeHolding(uint256 paymentId) private returns (Holding memory holding) {
        holding = _holdings[paymentId];
        delete _holdings[paymentId];
    }

    function _allMilestonesCompleted(uint256 paymentId) private view returns (bool) {
        Milestone[] storage milestones = _milestones[paymentId];
        for (uint256 i = 0; i < milestones.length; i++) if (!milestones[i].isCompleted) return false;
        return true;
    }

    function _existingDispute(uint256 disputeId) private view returns (Dispute storage) {
        if (disputeId == 0 || disputeId >= nextDisputeId) revert UnknownDispute(disputeId);
        return _disputes[disputeId];
    }

    function _requireExists(uint256 paymentId) private view {
        if (paymentId == 0 || paymentId >= nextPaymentId) revert UnknownPayment(paymentId);
    }

    function _requireUndisputed(uint256 paymentId) private view {
        Payment storage payment = _payments[paymentId];
        if (payment.isCompleted || payment.isCancelled) revert PaymentIsClosed(paymentId);
        if (payment.isDisputed) revert PaymentIsDisputed(paymentId);
    }
}
