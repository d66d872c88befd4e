// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BrokerRegistry} from "../src/BrokerRegistry.sol";
import {Cheats} from "./Cheats.sol";

/// @notice Owns a registry with a few operators, does one random thing per call and keeps its own books.
/// @dev Whether a call may succeed is decided here by the books alone and compared with what happens; what must hold
/// at all times is in RegistryInvariants.t.sol.
contract RegistryClerk is Cheats {
    uint256 public constant OPERATORS = 3;
    uint256 public constant CONTRACTS = 4;

    BrokerRegistry public immutable registry = new BrokerRegistry();
    address[OPERATORS] public operators = [address(0xE1), address(0xE2), address(0xE3)];
    address[CONTRACTS] public contracts = [address(0xC1), address(0xC2), address(0xC3), address(0xC4)];
    /// @dev What each entry must read as.
    BrokerRegistry.Broker[] private _entries;
    mapping(address operator => uint256) public currentOf;
    mapping(address requestsContract => uint256) public brokerOf;

    function register(uint256 who, uint256 which, uint256 capacity, uint256 seconds_) external {
        vm.warp(block.timestamp + between(seconds_, 0, 1 days));
        address operator = operators[who % OPERATORS];
        address requestsContract = contracts[which % CONTRACTS];
        bytes memory pubkey = abi.encodePacked(bytes1(0x04), keccak256(abi.encode(capacity)), bytes32(0));
        (bool done, bytes memory result) = address(registry).call(
            abi.encodeCall(registry.registerBroker, (operator, requestsContract, pubkey, "eu", capacity))
        );
        yes(done == (brokerOf[requestsContract] == 0), "register");
        if (!done) return;

        uint256 replaced = currentOf[operator];
        if (replaced != 0) {
            _entries[replaced - 1].active = false;
            brokerOf[_entries[replaced - 1].requestsContract] = 0;
        }
        _entries.push(
            BrokerRegistry.Broker(operator, requestsContract, pubkey, "eu", true, capacity, 0, block.timestamp)
        );
        same(abi.decode(result, (uint256)), _entries.length, "ids are sequential");
        currentOf[operator] = _entries.length;
        brokerOf[requestsContract] = _entries.length;
    }

    function remove(uint256 which) external {
        uint256 id = between(which, 0, _entries.length + 1);
        (bool done,) = address(registry).call(abi.encodeCall(registry.removeBroker, (id)));
        yes(done == (id != 0 && id <= _entries.length), "remove");
        if (!done) return;
        BrokerRegistry.Broker storage entry = _entries[id - 1];
        if (currentOf[entry.operator] == id) {
            currentOf[entry.operator] = 0;
            brokerOf[entry.requestsContract] = 0;
        }
        (entry.operator, entry.active) = (address(0), false);
    }

    function update(uint256 who, uint256 what, uint256 value) external {
        address operator = operators[who % OPERATORS];
        uint256 id = currentOf[operator];
        bytes[6] memory calls = _calls(value);
        bool allowed = id != 0;
        what %= calls.length;
        if (what == 5 && allowed) allowed = _entries[id - 1].capacity == 0 || value <= _entries[id - 1].capacity;
        vm.prank(operator);
        (bool done,) = address(registry).call(calls[what]);
        yes(done == allowed, "update");
        if (!done) return;
        BrokerRegistry.Broker storage entry = _entries[id - 1];
        if (what == 0) entry.encryptionPubkey = _key(value);
        if (what == 1) entry.region = "moon";
        if (what == 2) entry.active = false;
        if (what == 3) entry.active = true;
        if (what == 4) entry.capacity = value;
        if (what == 5) entry.currentLoad = value;
    }

    /// @dev An operator that tries what only the owner may, and a stranger what only operators may.
    function meddle(uint256 who, uint256 id, uint256 value) external {
        address operator = operators[who % OPERATORS];
        bytes memory pubkey = _key(value);
        bytes[5] memory calls = [
            abi.encodeCall(registry.registerBroker, (operator, address(0xC5), pubkey, "eu", value)),
            abi.encodeCall(registry.removeBroker, (id)),
            abi.encodeCall(registry.transferOwnership, (operator)),
            abi.encodeCall(registry.acceptOwnership, ()),
            abi.encodeCall(registry.renounceOwnership, ())
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            vm.prank(operator);
            (bool done,) = address(registry).call(calls[i]);
            yes(!done, "not the operator's to do");
        }
        bytes[6] memory updates = _calls(value);
        for (uint256 i = 0; i < updates.length; i++) {
            (bool done,) = address(registry).call(updates[i]);
            yes(!done, "not even the owner's to do");
        }
    }

    function entryCount() external view returns (uint256) {
        return _entries.length;
    }

    function entry(uint256 id) external view returns (BrokerRegistry.Broker memory) {
        return _entries[id - 1];
    }

    function _calls(uint256 value) private view returns (bytes[6] memory) {
        return [
            abi.encodeCall(registry.updateEncryptionPubkey, (_key(value))),
            abi.encodeCall(registry.updateRegion, ("moon")),
            abi.encodeCall(registry.deactivate, ()),
            abi.encodeCall(registry.activate, ()),
            abi.encodeCall(registry.updateCapacity, (value)),
            abi.encodeCall(registry.updateLoad, (value))
        ];
    }

    function _key(uint256 value) private pure returns (bytes memory) {
        return abi.encodePacked(bytes1(0x04), value, value);
    }
}
