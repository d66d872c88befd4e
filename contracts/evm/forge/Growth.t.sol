// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestNft} from "../src/testing/TestNft.sol";
import {Desk} from "./Desk.sol";
import {Shop} from "./Shop.sol";

/// @notice A customer that knows what its calls cost.
/// @dev Apart from the test, whose memory grows and makes every call of its own dearer.
contract Customer {
    function call(address target, bytes calldata data) external returns (uint256 gas) {
        gas = gasleft();
        (bool success, bytes memory reason) = target.call(data);
        gas -= gasleft();
        require(success, string(reason));
    }
}

/// @notice Nobody pays for the trade of others: what a user must call costs the same among tens of thousands of plans,
/// subscriptions and requests. Both figures are taken within one transaction that touched the same storage before.
contract ShopGrowthTest is Shop {
    uint256 private constant MANY = 20_000;

    Customer private customer;

    function setUp() public override {
        super.setUp();
        customer = new Customer();
        usd.mint(address(customer), 1e60);
        customer.call(address(usd), abi.encodeCall(usd.approve, (address(shop), type(uint256).max)));
    }

    function costs() private returns (uint256[5] memory gas) {
        address s = address(shop);
        gas[0] = customer.call(s, abi.encodeCall(shop.buySubscription, (PLAN, 30, STABLE, "data")));
        gas[1] = customer.call(s, abi.encodeCall(shop.extendSubscription, (1, 1, STABLE)));
        gas[2] = customer.call(s, abi.encodeCall(shop.calculatePayment, (PLAN, 1, STABLE)));
        gas[3] = customer.call(s, abi.encodeCall(shop.getSubscription, (1)));
        gas[4] = customer.call(s, abi.encodeCall(shop.getSubscriptionsBySubscriberPaged, (address(customer), 0, 1)));
    }

    function test_TwentyThousandPlansAndSubscriptionsMakeNoCallDearer() public {
        costs();
        uint256[5] memory before = costs();
        for (uint256 i = 0; i < MANY; i++) {
            if (i % 2 == 0) buy(1);
            else customer.call(address(shop), abi.encodeCall(shop.buySubscription, (PLAN, 1, STABLE, "")));
            shop.createPlan("p", 1);
        }
        uint256[5] memory afterwards = costs();
        for (uint256 i = 0; i < before.length; i++) {
            same(afterwards[i], before[i], "gas");
        }
    }
}

contract RequestsGrowthTest is Desk {
    uint256 private constant MANY = 20_000;

    Customer private customer;

    function setUp() public override {
        super.setUp();
        customer = new Customer();
        nft = new TestNft(address(customer), true, false);
        desk.transferOwnership(address(customer));
        customer.call(address(desk), abi.encodeCall(desk.acceptOwnership, ()));
    }

    /// @dev The whole business of a host and its broker, who are the same here.
    function costs() private returns (uint256[4] memory gas) {
        address d = address(desk);
        gas[0] = customer.call(d, abi.encodeCall(desk.submitRequest, (address(nft), "request")));
        uint256 id = desk.getRequestCount();
        gas[1] = customer.call(d, abi.encodeCall(desk.submitResponse, (id, "response")));
        gas[2] = customer.call(d, abi.encodeCall(desk.submitRequest, (address(nft), "request")));
        gas[3] = customer.call(d, abi.encodeCall(desk.releaseAllocation, (address(nft))));
    }

    function test_TwentyThousandRequestsMakeNoCallDearer() public {
        submit(OTHER, address(otherNft), "r"); // keeps the counters from zero, which refunds
        costs();
        uint256[4] memory before = costs();
        for (uint256 i = 0; i < MANY; i++) {
            if (i % 2 == 0) submit(OTHER, address(otherNft), "r");
            else customer.call(address(desk), abi.encodeCall(desk.submitRequest, (address(nft), "r")));
        }
        customer.call(address(desk), abi.encodeCall(desk.releaseAllocation, (address(nft))));
        uint256[4] memory afterwards = costs();
        for (uint256 i = 0; i < before.length; i++) {
            same(afterwards[i], before[i], "gas");
        }
    }
}
