// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Capped} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Capped.sol";
import {ERC20Pausable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Pausable.sol";

/// The TRACE token with staking, rewards and vesting.
/// Stakes, rewards and vested amounts are all held in the token contract's own balance: each of these actions emits
/// an ERC-20 Transfer followed by its own event, and the two are one movement.
contract TraceToken is ERC20Capped, ERC20Pausable, Ownable {
    struct StakingInfo {
        uint256 stakedAmount;
        uint256 stakingTimestamp;
        uint256 lastRewardClaim;
        uint256 totalRewardsEarned;
    }

    struct VestingSchedule {
        uint256 totalAmount;
        uint256 released;
        uint256 startTime;
        uint256 duration;
        bool revocable;
    }

    event RewardDistributed(address indexed recipient, uint256 amount, string category);
    event TokensStaked(address indexed staker, uint256 amount);
    event TokensUnstaked(address indexed staker, uint256 amount);
    event StakingRewardsClaimed(address indexed staker, uint256 amount);
    event VestingScheduleCreated(address indexed beneficiary, uint256 amount, uint256 duration);
    event TokensReleased(address indexed beneficiary, uint256 amount);
    event DistributorAuthorized(address indexed distributor, bool authorized);

    error StakeTooSmall(uint256 amount);
    error StakeTooLow(uint256 staked, uint256 requested);
    error StakeIsLocked(uint256 unlocksAt);
    error NothingToClaim(address account);
    error NotDistributor(address caller);
    error RewardPoolTooLow(uint256 available, uint256 requested);
    error ScheduleIsUnfinished(address beneficiary);
    error InvalidSchedule();

    uint256 public constant MIN_STAKE_AMOUNT = 1000e18;
    uint256 public constant STAKING_LOCK_PERIOD = 7 days;
    /// Percent a year.
    uint256 public constant STAKING_REWARD_RATE = 5;

    mapping(address staker => StakingInfo) public stakingInfo;
    mapping(address beneficiary => VestingSchedule) public vestingSchedules;
    mapping(address recipient => mapping(string category => uint256)) public categoryRewards;
    mapping(address distributor => bool) public authorizedDistributors;
    uint256 public totalStaked;
    uint256 public totalVesting;

    /// Mints here, so the deployment's block already carries Transfers from the zero address. The contract's own share
    /// is what rewards are paid from.
    constructor(
        address initialOwner
    ) ERC20("TraceChain Token", "TRACE") ERC20Capped(1_000_000_000e18) Ownable(initialOwner) {
        _mint(initialOwner, 600_000_000e18);
        _mint(address(this), 200_000_000e18);
    }

    /// Adds to the stake, pays what the earlier stake has earned and restarts the lock for all of it.
    function stake(uint256 amount) external whenNotPaused {
        if (amount < MIN_STAKE_AMOUNT) revert StakeTooSmall(amount);
        _payStakingReward(msg.sender);
        StakingInfo storage info = stakingInfo[msg.sender];
        info.stakedAmount += amount;
        info.stakingTimestamp = block.timestamp;
        totalStaked += amount;
        _transfer(msg.sender, address(this), amount);
        emit TokensStaked(msg.sender, amount);
    }

    function unstake(uint256 amount) external whenNotPaused {
        StakingInfo storage info = stakingInfo[msg.sender];
        if (amount == 0 || amount > info.stakedAmount) revert StakeTooLow(info.stakedAmount, amount);
        uint256 unlocksAt = info.stakingTimestamp + STAKING_LOCK_PERIOD;
        if (block.timestamp < unlocksAt) revert StakeIsLocked(unlocksAt);
        _payStakingReward(msg.sender);
        info.stakedAmount -= amount;
        totalStaked -= amount;
        _transfer(address(this), msg.sender, amount);
        emit TokensUnstaked(msg.sender, amount);
    }

    function claimStakingRewards() external whenNotPaused {
        if (_payStakingReward(msg.sender) == 0) revert NothingToClaim(msg.sender);
    }

    function distributeReward(address recipient, uint256 amount, string calldata category) external whenNotPaused {
        if (!authorizedDistributors[msg.sender] && msg.sender != owner()) revert NotDistributor(msg.sender);
        categoryRewards[recipient][category] += amount;
        _payFromRewardPool(recipient, amount);
        emit RewardDistributed(recipient, amount, category);
    }

    /// One schedule a beneficiary at a time; the caller funds it.
    function createVestingSchedule(
        address beneficiary,
        uint256 amount,
        uint256 duration,
        bool revocable
    ) external whenNotPaused onlyOwner {
        if (amount == 0 || duration == 0) revert InvalidSchedule();
        VestingSchedule storage current = vestingSchedules[beneficiary];
        if (current.released < current.totalAmount) revert ScheduleIsUnfinished(beneficiary);
        vestingSchedules[beneficiary] = VestingSchedule(amount, 0, block.timestamp, duration, revocable);
        totalVesting += amount;
        _transfer(msg.sender, address(this), amount);
        emit VestingScheduleCreated(beneficiary, amount, duration);
    }

    function releaseVestedTokens(address beneficiary) external whenNotPaused {
        VestingSchedule storage schedule = vestingSchedules[beneficiary];
        uint256 amount = _vestedAmount(schedule) - schedule.released;
        if (amount == 0) revert NothingToClaim(beneficiary);
        schedule.released += amount;
        totalVesting -= amount;
        _transfer(address(this), beneficiary, amount);
        emit TokensReleased(beneficiary, amount);
    }

    function setDistributor(address distributor, bool authorized) external onlyOwner {
        authorizedDistributors[distributor] = authorized;
        emit DistributorAuthorized(distributor, authorized);
    }

    function emergencyPause() external onlyOwner {
        _pause();
    }

    function emergencyUnpause() external onlyOwner {
        _unpause();
    }

    /// Simple interest since the last claim, in wei.
    function pendingStakingReward(address staker) public view returns (uint256) {
        StakingInfo storage info = stakingInfo[staker];
        uint256 elapsed = block.timestamp - info.lastRewardClaim;
        return (info.stakedAmount * STAKING_REWARD_RATE * elapsed) / (100 * 365 days);
    }

    /// What the contract holds beyond other people's stakes and vested amounts.
    function rewardPool() public view returns (uint256) {
        return balanceOf(address(this)) - totalStaked - totalVesting;
    }

    function _payStakingReward(address staker) private returns (uint256 amount) {
        amount = pendingStakingReward(staker);
        StakingInfo storage info = stakingInfo[staker];
        info.lastRewardClaim = block.timestamp;
        if (amount == 0) return 0;
        info.totalRewardsEarned += amount;
        _payFromRewardPool(staker, amount);
        emit StakingRewardsClaimed(staker, amount);
    }

    function _payFromRewardPool(address recipient, uint256 amount) private {
        uint256 available = rewardPool();
        if (amount > available) revert RewardPoolTooLow(available, amount);
        _transfer(address(this), recipient, amount);
    }

    /// Linear from `startTime` over `duration`.
    function _vestedAmount(VestingSchedule storage schedule) private view returns (uint256) {
        uint256 elapsed = block.timestamp - schedule.startTime;
        if (elapsed >= schedule.duration) return schedule.totalAmount;
        return (schedule.totalAmount * elapsed) / schedule.duration;
    }

    function _update(address from, address to, uint256 value) internal override(ERC20Capped, ERC20Pausable) {
        super._update(from, to, value);
    }
}
