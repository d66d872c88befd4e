// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {BlockhostSubscriptions} from "../src/BlockhostSubscriptions.sol";
import {TestToken} from "../src/testing/TestToken.sol";
import {Shop} from "./Shop.sol";

/// @notice An owner that a token may call in the middle of a purchase.
contract CallableOwner {
    function acceptShop(BlockhostSubscriptions shop) external {
        shop.acceptOwnership();
    }

    function cancel(BlockhostSubscriptions shop, uint256 id) external {
        shop.cancelSubscription(id);
    }

    function withdraw(BlockhostSubscriptions shop, address token) external {
        shop.withdrawFunds(token, address(this));
    }
}

/// @notice A token calls back while it is being collected; whatever it calls, the purchase falls as a whole.
contract ReentrancyTest is Shop {
    TestToken private token;

    function setUp() public override {
        super.setUp();
        buy(1);
        token = newToken(6, TestToken.Mode.Reenters);
        shop.setPrimaryStablecoin(address(token));
        token.mint(address(shop), 5e6);
    }

    function newOwner() private returns (CallableOwner owner) {
        owner = new CallableOwner();
        shop.transferOwnership(address(owner));
        owner.acceptShop(shop);
    }

    function refused(address target, bytes memory callback) private {
        token.setCallback(target, callback);
        bytes memory reason = err(ReentrancyGuard.ReentrancyGuardReentrantCall.selector);
        expectBuyRevert(reason, PLAN, 1, STABLE, "");
        expectExtendRevert(reason, 1, 1, STABLE);
        same(shop.getTotalSubscriptionCount(), 1, "subscriptions");
        same(token.balanceOf(address(shop)), 5e6, "the till");
    }

    function test_BuyingWhileBuyingIsRefused() public {
        refused(address(shop), abi.encodeCall(shop.buySubscription, (PLAN, 1, STABLE, "")));
    }

    function test_ExtendingWhileBuyingIsRefused() public {
        refused(address(shop), abi.encodeCall(shop.extendSubscription, (1, 1, STABLE)));
    }

    function test_WithdrawingWhileBuyingIsRefused() public {
        CallableOwner owner = newOwner();
        refused(address(owner), abi.encodeCall(owner.withdraw, (shop, address(token))));
        owner.withdraw(shop, address(token));
        same(token.balanceOf(address(owner)), 5e6, "afterwards it works");
    }

    function test_CancellingWhileBuyingIsRefused() public {
        CallableOwner owner = newOwner();
        refused(address(owner), abi.encodeCall(owner.cancel, (shop, 1)));
        owner.cancel(shop, 1);
        yes(!shop.isSubscriptionActive(1), "afterwards it works");
    }

    function test_ReadingWhileBuyingShowsTheStateBefore() public {
        token.setCallback(address(shop), abi.encodeCall(shop.getSubscription, (1)));
        same(buy(1), 2, "id");
    }
}
