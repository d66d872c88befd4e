// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {BrokerRegistry} from "../src/BrokerRegistry.sol";
import {Cheats} from "./Cheats.sol";

contract BrokerRegistryTest is Cheats {
    uint256 private constant T0 = 1_700_000_000;
    address private constant OPERATOR = address(0x0E1);
    address private constant OTHER = address(0x0E2);
    address private constant REQUESTS = address(0x4E1);
    address private constant REQUESTS_2 = address(0x4E2);
    bytes private constant NOT_AN_OPERATOR = "Not a registered operator";

    BrokerRegistry private registry;

    function setUp() public {
        vm.warp(T0);
        registry = new BrokerRegistry();
    }

    function key(bytes1 first, uint256 length) private pure returns (bytes memory result) {
        result = new bytes(length);
        for (uint256 i = 1; i < length; i++) {
            result[i] = 0x5a;
        }
        if (length > 0) result[0] = first;
    }

    function register(address operator, address requestsContract) private returns (uint256) {
        return registry.registerBroker(operator, requestsContract, key(0x04, 65), "eu-west", 10);
    }

    function expectRegisterRevert(
        bytes memory reason,
        address operator,
        address requestsContract,
        bytes memory pubkey,
        string memory region
    ) private {
        vm.expectRevert(reason);
        registry.registerBroker(operator, requestsContract, pubkey, region, 10);
    }

    // ---------------------------------------------------------------- registering

    /// @dev Everything is wrong at first; each step puts right what was refused.
    function test_ChecksOfARegistrationRunInTheSpecifiedOrder() public {
        register(OTHER, REQUESTS);
        bytes memory bad = key(0x02, 65);
        bytes memory notTheOwner = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, OPERATOR);
        vm.prank(OPERATOR);
        expectRegisterRevert(notTheOwner, address(0), address(0), bad, "");
        expectRegisterRevert(text("Invalid operator address"), address(0), address(0), bad, "");
        expectRegisterRevert(text("Invalid requests contract"), OPERATOR, address(0), bad, "");
        bytes memory badKey = text("Pubkey must be 65 bytes (uncompressed secp256k1)");
        expectRegisterRevert(badKey, OPERATOR, REQUESTS, bad, "");
        expectRegisterRevert(text("Region cannot be empty"), OPERATOR, REQUESTS, key(0x04, 65), "");
        expectRegisterRevert(text("Requests contract already registered"), OPERATOR, REQUESTS, key(0x04, 65), "eu");
        same(register(OPERATOR, REQUESTS_2), 2, "a refusal uses up no id");
    }

    function test_OnlyUncompressedKeysOf65BytesAreTaken() public {
        register(OPERATOR, REQUESTS);
        bytes[5] memory keys = [key(0, 0), key(0x04, 1), key(0x04, 64), key(0x04, 66), key(0x03, 65)];
        for (uint256 i = 0; i < keys.length; i++) {
            expectRegisterRevert(
                text("Pubkey must be 65 bytes (uncompressed secp256k1)"), OTHER, REQUESTS_2, keys[i], "eu"
            );
            vm.prank(OPERATOR);
            vm.expectRevert("Pubkey must be 65 bytes");
            registry.updateEncryptionPubkey(keys[i]);
        }
    }

    function test_ANewEntryIsActiveAndWithoutLoad() public {
        vm.expectEmit(address(registry));
        emit BrokerRegistry.BrokerRegistered(1, OPERATOR, REQUESTS, "eu-west");
        same(register(OPERATOR, REQUESTS), 1, "the first id");
        BrokerRegistry.Broker memory broker = registry.getBroker(1);
        same(broker.operator, OPERATOR, "operator");
        same(broker.requestsContract, REQUESTS, "requests contract");
        same(broker.encryptionPubkey, key(0x04, 65), "key");
        same(bytes(broker.region), "eu-west", "region");
        yes(broker.active, "active");
        same(broker.capacity, 10, "capacity");
        same(broker.currentLoad, 0, "load");
        same(broker.registeredAt, T0, "time");
        yes(registry.isOperator(OPERATOR) && !registry.isOperator(OTHER), "operator");
    }

    function test_TheRawListCountsFromZeroAndIdsFromOne() public {
        register(OPERATOR, REQUESTS);
        register(OTHER, REQUESTS_2);
        (address first,,,,,,,) = registry.brokers(0);
        (address second,,,,,,,) = registry.brokers(1);
        same(first, registry.getBroker(1).operator, "index 0 is id 1");
        same(second, registry.getBroker(2).operator, "index 1 is id 2");
        vm.expectRevert();
        registry.brokers(2);
        vm.expectRevert("Invalid broker ID");
        registry.getBroker(0);
        vm.expectRevert("Invalid broker ID");
        registry.getBroker(3);
        vm.expectRevert("Invalid broker ID");
        registry.getBroker(type(uint256).max);
    }

    function test_ANewRegistrationReplacesTheOperatorsOldOne() public {
        register(OPERATOR, REQUESTS);
        expectRegisterRevert(
            text("Requests contract already registered"), OPERATOR, REQUESTS, key(0x04, 65), "its own"
        );
        vm.expectEmit(address(registry));
        emit BrokerRegistry.BrokerDeactivated(1, OPERATOR);
        vm.expectEmit(address(registry));
        emit BrokerRegistry.BrokerRegistered(2, OPERATOR, REQUESTS_2, "eu-west");
        register(OPERATOR, REQUESTS_2);

        same(registry.getBrokerCount(), 2, "the list grows");
        yes(!registry.getBroker(1).active && registry.getBroker(2).active, "the new entry is the active one");
        same(registry.getBroker(1).operator, OPERATOR, "the old one keeps its operator's name");
        same(registry.operatorToBrokerId(OPERATOR), 2, "current entry");
        same(registry.requestsContractToBrokerId(REQUESTS), 0, "the old requests contract is free");
        same(register(OTHER, REQUESTS), 3, "and can be registered by another");
    }

    function test_AnOperatorsRightsMoveToItsNewEntry() public {
        register(OPERATOR, REQUESTS);
        register(OPERATOR, REQUESTS_2);
        vm.startPrank(OPERATOR);
        registry.updateRegion("moon");
        registry.updateCapacity(7);
        registry.updateLoad(7);
        registry.deactivate();
        registry.activate();
        vm.stopPrank();
        same(bytes(registry.getBroker(1).region), "eu-west", "the old entry is out of reach");
        yes(!registry.getBroker(1).active, "and stays inactive");
        same(bytes(registry.getBroker(2).region), "moon", "the new one changes");
        same(registry.getBroker(2).currentLoad, 7, "load");
    }

    // ---------------------------------------------------------------- the operator

    function test_OnlyRegisteredOperatorsUpdate() public {
        register(OPERATOR, REQUESTS);
        registry.removeBroker(1);
        address[2] memory callers = [OPERATOR, address(this)];
        for (uint256 i = 0; i < callers.length; i++) {
            vm.startPrank(callers[i]);
            vm.expectRevert(NOT_AN_OPERATOR);
            registry.updateEncryptionPubkey("");
            vm.expectRevert(NOT_AN_OPERATOR);
            registry.updateRegion("");
            vm.expectRevert(NOT_AN_OPERATOR);
            registry.updateCapacity(0);
            vm.expectRevert(NOT_AN_OPERATOR);
            registry.updateLoad(type(uint256).max);
            vm.expectRevert(NOT_AN_OPERATOR);
            registry.deactivate();
            vm.expectRevert(NOT_AN_OPERATOR);
            registry.activate();
            vm.stopPrank();
        }
    }

    function test_UpdatesChangeTheEntryAndSaySo() public {
        register(OPERATOR, REQUESTS);
        vm.startPrank(OPERATOR);
        bytes memory newKey = key(0x04, 65);
        newKey[64] = 0x01;
        vm.expectEmit(address(registry));
        emit BrokerRegistry.BrokerUpdated(1, OPERATOR);
        registry.updateEncryptionPubkey(newKey);
        same(registry.getBroker(1).encryptionPubkey, newKey, "key");
        vm.expectEmit(address(registry));
        emit BrokerRegistry.BrokerUpdated(1, OPERATOR);
        registry.updateCapacity(3);
        vm.expectRevert("Region cannot be empty");
        registry.updateRegion("");
        for (uint256 i = 0; i < 2; i++) {
            vm.expectEmit(address(registry));
            emit BrokerRegistry.BrokerDeactivated(1, OPERATOR);
            registry.deactivate();
            yes(!registry.getBroker(1).active, "inactive");
        }
        for (uint256 i = 0; i < 2; i++) {
            vm.expectEmit(address(registry));
            emit BrokerRegistry.BrokerActivated(1, OPERATOR);
            registry.activate();
            yes(registry.getBroker(1).active, "active");
        }
    }

    function testFuzz_TheLoadStaysWithinACapacityThatIsNotZero(uint256 capacity, uint256 load) public {
        register(OPERATOR, REQUESTS);
        vm.startPrank(OPERATOR);
        registry.updateLoad(10);
        registry.updateCapacity(capacity);
        same(registry.getBroker(1).currentLoad, 10, "a capacity below the load is taken");
        bool fits = capacity == 0 || load <= capacity;
        if (!fits) vm.expectRevert("Load exceeds capacity");
        registry.updateLoad(load);
        same(registry.getBroker(1).currentLoad, fits ? load : 10, "load");
    }

    function test_TheLoadMayFillTheCapacityButNotMore() public {
        register(OPERATOR, REQUESTS);
        vm.startPrank(OPERATOR);
        vm.expectEmit(address(registry));
        emit BrokerRegistry.BrokerLoadUpdated(1, 10);
        registry.updateLoad(10);
        vm.expectRevert("Load exceeds capacity");
        registry.updateLoad(11);
        registry.updateCapacity(0);
        registry.updateLoad(type(uint256).max);
    }
}
