// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BrokerRegistry} from "../src/BrokerRegistry.sol";
import {Cheats} from "./Cheats.sol";
import {RegistryClerk} from "./RegistryClerk.sol";

/// @notice What holds whatever a registry's owner and its operators do, in whatever order.
contract RegistryInvariantsTest is Cheats {
    RegistryClerk private clerk;
    BrokerRegistry private registry;

    function setUp() public {
        clerk = new RegistryClerk();
        registry = clerk.registry();
    }

    /// @dev Where forge looks for what to call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(clerk);
    }

    function invariant_EveryEntryIsAsTheBooksSay() public view {
        same(registry.getBrokerCount(), clerk.entryCount(), "count");
        for (uint256 id = 1; id <= clerk.entryCount(); id++) {
            same(abi.encode(registry.getBroker(id)), abi.encode(clerk.entry(id)), "entry");
        }
    }

    function invariant_OperatorsAndRequestsContractsPointToTheSameEntries() public view {
        uint256 current;
        for (uint256 i = 0; i < clerk.OPERATORS(); i++) {
            address operator = clerk.operators(i);
            uint256 id = registry.operatorToBrokerId(operator);
            same(id, clerk.currentOf(operator), "current entry");
            yes(registry.isOperator(operator) == (id != 0), "operator");
            if (id == 0) continue;
            BrokerRegistry.Broker memory broker = registry.getBroker(id);
            same(broker.operator, operator, "its own entry");
            same(registry.requestsContractToBrokerId(broker.requestsContract), id, "and back");
            current++;
        }
        for (uint256 i = 0; i < clerk.CONTRACTS(); i++) {
            address requestsContract = clerk.contracts(i);
            uint256 id = registry.requestsContractToBrokerId(requestsContract);
            same(id, clerk.brokerOf(requestsContract), "broker");
            if (id != 0) current--;
        }
        same(current, 0, "as many requests contracts as operators");
    }

    function invariant_OnlyCurrentEntriesAreActive() public view {
        for (uint256 id = 1; id <= registry.getBrokerCount(); id++) {
            BrokerRegistry.Broker memory broker = registry.getBroker(id);
            yes(!broker.active || registry.operatorToBrokerId(broker.operator) == id, "active");
        }
    }

    function invariant_TheOwnerStaysTheOwner() public view {
        same(registry.owner(), address(clerk), "owner");
        same(registry.pendingOwner(), address(0), "nobody is offered it");
        same(registry.operatorToBrokerId(address(0)), 0, "nobody is no operator");
    }

    /// @dev Shows that the calls above do something: a clerk that was always refused would prove nothing.
    function test_TheClerkReallyWorks() public {
        clerk.register(0, 0, 10, 1);
        clerk.register(1, 0, 10, 1);
        clerk.register(0, 1, 20, 1);
        clerk.register(1, 0, 0, 1);
        for (uint256 what = 0; what < 6; what++) {
            clerk.update(0, what, 7);
        }
        clerk.remove(1);
        clerk.remove(3);
        clerk.meddle(0, 2, 1);
        same(clerk.entryCount(), 3, "entries");
        same(clerk.currentOf(clerk.operators(0)), 2, "current");
        same(clerk.brokerOf(clerk.contracts(0)), 0, "removed");
        same(clerk.entry(2).currentLoad, 7, "load");
        invariant_EveryEntryIsAsTheBooksSay();
        invariant_OperatorsAndRequestsContractsPointToTheSameEntries();
        invariant_OnlyCurrentEntriesAreActive();
        invariant_TheOwnerStaysTheOwner();
    }
}
