// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// The part of the canonical Multicall3 interface that the indexer reads through, written for the devnet, which puts
/// its runtime code at the canonical address. It has no constructor and no immutables, so the runtime code is whole.
contract Multicall3 {
    struct Call3 {
        address target;
        bool allowFailure;
        bytes callData;
    }

    struct Result {
        bool success;
        bytes returnData;
    }

    error CallFailed(uint256 index);

    /// An address without code answers successfully with no bytes, as a plain call to it does.
    function aggregate3(Call3[] calldata calls) external payable returns (Result[] memory results) {
        results = new Result[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            (bool success, bytes memory returnData) = calls[i].target.call(calls[i].callData);
            if (!success && !calls[i].allowFailure) revert CallFailed(i);
            results[i] = Result(success, returnData);
        }
    }
}
