// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// Sends several calls as its own, so that no transaction's calldata is that of the contract called.
contract Relay {
    struct Call {
        address target;
        bytes data;
    }

    function relay(Call[] calldata calls) external {
        for (uint256 i = 0; i < calls.length; i++) {
            (bool success, bytes memory reason) = calls[i].target.call(calls[i].data);
            require(success, string(reason));
        }
    }
}
