// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {TraceToken} from "./TraceToken.sol";

/// Accrues rewards for what users do and pays them out through the token.
contract RewardsDistributor is Ownable, Pausable {
    event RewardAccrued(address indexed user, uint256 amount, string category);
    event RewardsClaimed(address indexed user, uint256 amount);
    event RewardRateUpdated(string category, uint256 newRate);
    event CategoryToggled(string category, bool active);
    event ProcessorAuthorized(address indexed processor, bool authorized);
    event SuspiciousActivityDetected(address indexed user, string reason);

    error NotProcessor(address caller);
    error LengthMismatch();
    error NothingToClaim(address user);

    uint256 public constant MAX_ACTIONS_PER_BLOCK = 20;

    TraceToken public immutable traceToken;
    /// Accrued and not yet claimed, in wei.
    mapping(address user => uint256) public userRewardBalance;
    /// Everything ever accrued in a category, claimed or not, in wei.
    mapping(address user => mapping(string category => uint256)) public categoryRewards;
    mapping(address user => uint256) public lastRewardClaim;
    /// Wei an action.
    mapping(string category => uint256) public rewardRates;
    mapping(string category => bool) public activeCategories;
    mapping(address processor => bool) public authorizedProcessors;
    mapping(address user => mapping(uint256 blockNumber => uint256)) private _actionsInBlock;

    constructor(TraceToken token, address initialOwner) Ownable(initialOwner) {
        traceToken = token;
    }

    modifier onlyProcessor() {
        if (!authorizedProcessors[msg.sender] && msg.sender != owner()) revert NotProcessor(msg.sender);
        _;
    }

    /// The metadata are for readers of the calldata only.
    function processUserAction(
        address user,
        string calldata action,
        bytes calldata /* metadata */
    ) external whenNotPaused onlyProcessor {
        _process(user, action);
    }

    function batchProcessActions(
        address[] calldata users,
        string[] calldata actions,
        bytes[] calldata metadata
    ) external whenNotPaused onlyProcessor {
        if (users.length != actions.length || users.length != metadata.length) revert LengthMismatch();
        for (uint256 i = 0; i < users.length; i++) _process(users[i], actions[i]);
    }

    /// Pays out everything accrued and not yet claimed: the token emits Transfer and RewardDistributed first.
    function claimRewards() external whenNotPaused {
        uint256 amount = userRewardBalance[msg.sender];
        if (amount == 0) revert NothingToClaim(msg.sender);
        userRewardBalance[msg.sender] = 0;
        lastRewardClaim[msg.sender] = block.timestamp;
        traceToken.distributeReward(msg.sender, amount, "claim");
        emit RewardsClaimed(msg.sender, amount);
    }

    function setRewardRate(string calldata category, uint256 newRate) external onlyOwner {
        rewardRates[category] = newRate;
        emit RewardRateUpdated(category, newRate);
    }

    function toggleCategory(string calldata category, bool active) external onlyOwner {
        activeCategories[category] = active;
        emit CategoryToggled(category, active);
    }

    function setProcessor(address processor, bool authorized) external onlyOwner {
        authorizedProcessors[processor] = authorized;
        emit ProcessorAuthorized(processor, authorized);
    }

    function pause() external onlyOwner {
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    /// Inactive categories and flagged users accrue nothing, without undoing the rest of a batch.
    function _process(address user, string calldata action) private {
        if (++_actionsInBlock[user][block.number] > MAX_ACTIONS_PER_BLOCK) {
            emit SuspiciousActivityDetected(user, "too many actions in one block");
            return;
        }
        uint256 amount = rewardRates[action];
        if (!activeCategories[action] || amount == 0) return;
        userRewardBalance[user] += amount;
        categoryRewards[user][action] += amount;
        emit RewardAccrued(user, amount, action);
    }
}
