// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BrokerRequests} from "../src/BrokerRequests.sol";
import {TestNft} from "../src/testing/TestNft.sol";
import {Desk} from "./Desk.sol";
import {Gas} from "./Gas.sol";

/// @notice Gas of each call of BrokerRequests.
/// forge-config: default.isolate = true
contract RequestsGasTest is Desk, Gas {
    constructor() Gas("BrokerRequests") {}

    function test_GasOfTheHostsCalls() public {
        bytes memory data = ciphertext();
        submit(HOST, address(nft), data);
        record("submitRequest, the first of all, 256 bytes");
        submit(OTHER, address(otherNft), data);
        record("submitRequest, a host's first, 256 bytes");
        submit(OTHER, address(otherNft), data);
        record("submitRequest, replacing one, 256 bytes");
        release(HOST, address(nft));
        record("releaseAllocation");
    }

    function test_GasOfTheBrokersCalls() public {
        submit();
        submit(OTHER, address(otherNft), "request");
        desk.submitResponse(1, ciphertext());
        record("submitResponse, the first, 256 bytes");
        desk.submitResponse(2, ciphertext());
        record("submitResponse, 256 bytes");
        desk.setRequestExpirationTime(1 hours);
        record("setRequestExpirationTime");
        desk.setTotalCapacity(100);
        record("setTotalCapacity");
        desk.transferOwnership(STRANGER);
        record("transferOwnership");
        vm.prank(STRANGER);
        desk.acceptOwnership();
        record("acceptOwnership");
    }

    function test_GasOfExpiring() public {
        submit();
        for (uint256 i = 0; i < 11; i++) {
            submit(HOST, address(new TestNft(HOST, true, false)), "request");
        }
        vm.warp(T0 + 1 days + 1);
        markExpired(1);
        record("markExpired, one");
        uint256[] memory list = new uint256[](10);
        for (uint256 i = 0; i < list.length; i++) {
            list[i] = i + 2;
        }
        desk.markExpired(list);
        record("markExpired, ten");
    }

    function test_GasOfTheDeployment() public {
        startDeployment();
        new BrokerRequests();
        vm.stopSnapshotGas();
    }
}
