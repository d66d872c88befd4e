// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {BrokerRegistry} from "../src/BrokerRegistry.sol";
import {Cheats} from "./Cheats.sol";

/// @notice Removal from the registry, and who owns it.
contract BrokerRemovalTest is Cheats {
    address private constant OPERATOR = address(0x0E1);
    address private constant OTHER = address(0x0E2);
    address private constant REQUESTS = address(0x4E1);
    address private constant REQUESTS_2 = address(0x4E2);

    BrokerRegistry private registry;
    bytes private pubkey;

    function setUp() public {
        pubkey = abi.encodePacked(bytes1(0x04), new bytes(64));
        registry = new BrokerRegistry();
        register(OPERATOR, REQUESTS);
    }

    function register(address operator, address requestsContract) private {
        registry.registerBroker(operator, requestsContract, pubkey, "eu", 0);
    }

    function remove(uint256 brokerId) private {
        vm.expectEmit(address(registry));
        emit BrokerRegistry.BrokerDeactivated(brokerId, address(this));
        registry.removeBroker(brokerId);
        yes(!registry.getBroker(brokerId).active, "inactive");
        same(registry.getBroker(brokerId).operator, address(0), "without operator");
    }

    function test_ARemovedBrokerIsReadableButNobodys() public {
        remove(1);
        yes(!registry.isOperator(OPERATOR), "not an operator any more");
        same(registry.requestsContractToBrokerId(REQUESTS), 0, "requests contract");
        same(registry.getBroker(1).requestsContract, REQUESTS, "what it was stays readable");
        same(registry.getBrokerCount(), 1, "nothing is deleted");
        register(OPERATOR, REQUESTS);
        same(registry.operatorToBrokerId(OPERATOR), 2, "ids are not reused");
    }

    function test_RemovingAReplacedEntryLeavesTheCurrentOne() public {
        register(OPERATOR, REQUESTS_2);
        remove(1);
        same(registry.operatorToBrokerId(OPERATOR), 2, "still registered");
        same(registry.requestsContractToBrokerId(REQUESTS_2), 2, "with its contract");
        vm.prank(OPERATOR);
        registry.activate();
    }

    function test_RemovingTwiceLeavesARequestsContractToItsNewBroker() public {
        remove(1);
        register(OTHER, REQUESTS);
        remove(1);
        same(registry.requestsContractToBrokerId(REQUESTS), 2, "the other broker's");
        yes(registry.isOperator(OTHER) && registry.getBroker(2).active, "untouched");
    }

    function test_RemovingAReplacedEntryLeavesItsContractToItsNewBroker() public {
        register(OPERATOR, REQUESTS_2);
        register(OTHER, REQUESTS);
        remove(1);
        same(registry.requestsContractToBrokerId(REQUESTS), 3, "the other broker's");
    }

    function test_UnknownIdsCannotBeRemoved() public {
        uint256[3] memory ids = [0, 2, type(uint256).max];
        for (uint256 i = 0; i < ids.length; i++) {
            vm.expectRevert("Invalid broker ID");
            registry.removeBroker(ids[i]);
        }
    }

    function testFuzz_OnlyTheOwnerCurates(address stranger) public {
        vm.assume(stranger != address(this) && stranger != address(0)); // zero sends nothing
        vm.startPrank(stranger);
        bytes memory refusal = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger);
        vm.expectRevert(refusal);
        registry.registerBroker(stranger, REQUESTS_2, pubkey, "eu", 0);
        vm.expectRevert(refusal);
        registry.removeBroker(1);
        vm.expectRevert(refusal);
        registry.transferOwnership(stranger);
        vm.expectRevert(refusal);
        registry.acceptOwnership();
        vm.expectRevert(refusal);
        registry.renounceOwnership();
    }

    function test_OwnershipMovesInTwoStepsAndCannotBeRenounced() public {
        registry.transferOwnership(OTHER);
        same(registry.owner(), address(this), "not yet");
        same(registry.pendingOwner(), OTHER, "offered");
        vm.expectRevert(BrokerRegistry.RenounceDisabled.selector);
        registry.renounceOwnership();
        vm.prank(OTHER);
        registry.acceptOwnership();
        vm.prank(OTHER);
        registry.removeBroker(1);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        registry.removeBroker(1);
    }

    function test_EtherIsRefused() public {
        vm.deal(address(this), 1);
        (bool success,) = address(registry).call{value: 1}("");
        yes(!success, "took ether");
    }
}
