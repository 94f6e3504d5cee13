// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// Imitates any contract for tests: emits whatever logs it is told to and answers calls with whatever bytes it was
/// given, malformed ones included.
contract HostileEmitter {
    struct RawLog {
        bytes32[] topics;
        bytes data;
    }

    struct Answer {
        bool exists;
        bool reverts;
        bytes returnData;
    }

    error TooManyTopics(uint256 count);
    error NoAnswer(bytes callData);

    /// By the hash of what was set: either the whole calldata or its selector alone.
    mapping(bytes32 callHash => Answer) private _answers;

    function emitLog(bytes32[] calldata topics, bytes calldata data) external {
        _emitLog(topics, data);
    }

    function emitLogs(RawLog[] calldata logs) external {
        for (uint256 i = 0; i < logs.length; i++) _emitLog(logs[i].topics, logs[i].data);
    }

    /// `call` is a 4-byte selector, which answers any arguments, or a whole calldata, which takes precedence.
    function setAnswer(bytes calldata call, bytes calldata returnData) external {
        _answers[keccak256(call)] = Answer(true, false, returnData);
    }

    function setRevert(bytes calldata call, bytes calldata returnData) external {
        _answers[keccak256(call)] = Answer(true, true, returnData);
    }

    function clearAnswer(bytes calldata call) external {
        delete _answers[keccak256(call)];
    }

    fallback(bytes calldata callData) external returns (bytes memory) {
        Answer memory answer = _answers[keccak256(callData)];
        if (!answer.exists && callData.length >= 4) answer = _answers[keccak256(callData[:4])];
        if (!answer.exists) revert NoAnswer(callData);
        bytes memory returnData = answer.returnData;
        if (!answer.reverts) return returnData;
        assembly ("memory-safe") {
            revert(add(returnData, 0x20), mload(returnData))
        }
    }

    function _emitLog(bytes32[] calldata topics, bytes memory data) private {
        uint256 count = topics.length;
        if (count > 4) revert TooManyTopics(count);
        bytes32[4] memory topic;
        for (uint256 i = 0; i < count; i++) topic[i] = topics[i];
        assembly ("memory-safe") {
            let start := add(data, 0x20)
            let size := mload(data)
            let first := mload(topic)
            let second := mload(add(topic, 0x20))
            let third := mload(add(topic, 0x40))
            let fourth := mload(add(topic, 0x60))
            switch count
            case 0 { log0(start, size) }
            case 1 { log1(start, size, first) }
            case 2 { log2(start, size, first, second) }
            case 3 { log3(start, size, first, second, third) }
            default { log4(start, size, first, second, third, fourth) }
        }
    }
}
