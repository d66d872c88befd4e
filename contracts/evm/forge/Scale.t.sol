// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BrokerRegistry} from "../src/BrokerRegistry.sol";
import {TestNft} from "../src/testing/TestNft.sol";
import {Desk} from "./Desk.sol";

/// @notice What batches cost, and that a long list of brokers makes no call dearer. Of hosts' calls: Growth.t.sol.
contract ScaleTest is Desk {
    function test_ExpiryCostsTheSameForEachRequest() public {
        uint256[] memory all = new uint256[](110);
        for (uint256 i = 0; i < all.length; i++) {
            all[i] = submit(HOST, address(new TestNft(HOST, true, false)), "x");
        }
        uint256[] memory ten = new uint256[](10);
        uint256[] memory hundred = new uint256[](100);
        for (uint256 i = 0; i < all.length; i++) {
            if (i < 10) ten[i] = all[i];
            else hundred[i - 10] = all[i];
        }
        vm.warp(T0 + 2 days);
        uint256 start = gasleft();
        desk.markExpired(ten);
        uint256 ofTen = start - gasleft();
        start = gasleft();
        desk.markExpired(hundred);
        uint256 ofHundred = start - gasleft();
        yes(ofHundred <= 11 * ofTen, "linear");
        counts(0, 0, "all expired");
    }

    function test_BrokersInTheRegistryDoNotMakeACallDearer() public {
        BrokerRegistry registry = new BrokerRegistry();
        bytes memory pubkey = abi.encodePacked(bytes1(0x04), new bytes(64));
        uint256[2] memory gas;
        for (uint256 round = 0; round < 2; round++) {
            for (uint160 i = 0; i < 500; i++) {
                uint160 n = uint160(round) * 500 + i + 1;
                registry.registerBroker(address(n), address(n), pubkey, "eu", 0);
            }
            address operator = address(uint160(5000 + round));
            uint256 start = gasleft();
            uint256 id = registry.registerBroker(operator, operator, pubkey, "eu", 0);
            vm.prank(operator);
            registry.updateLoad(1);
            registry.getBroker(id);
            registry.removeBroker(id);
            gas[round] = start - gasleft();
        }
        yes(gas[1] <= gas[0] + 1000, "gas");
    }
}
