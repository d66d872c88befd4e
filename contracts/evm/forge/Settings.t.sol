// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBlockhostSubscriptions as I} from "../src/interfaces/IBlockhostSubscriptions.sol";
import {TestToken} from "../src/testing/TestToken.sol";
import {Shop} from "./Shop.sol";

/// @notice What the owner sets, and what is refused of it.
contract SettingsTest is Shop {
    function test_APlanNeedsAPrice() public {
        vm.expectRevert(err(I.PlanPriceMustBePositive.selector));
        shop.createPlan("free", 0);
        vm.expectRevert(err(I.PlanPriceMustBePositive.selector));
        shop.updatePlan(PLAN, "free", 0, true);
        same(shop.createPlan("a cent", 1), 2, "the refusal used no id");
        same(shop.getTotalPlanCount(), 2, "plans");
    }

    function test_OnlyAnExistingPlanIsUpdatedAndReadable() public {
        vm.expectRevert(err(I.PlanNotFound.selector, 2));
        shop.updatePlan(2, "x", 0, true);
        vm.expectRevert(err(I.PlanNotFound.selector, 0));
        shop.getPlan(0);
        shop.updatePlan(PLAN, "renamed", 7, false);
        (string memory name, uint256 cents, bool active) = shop.getPlan(PLAN);
        same(bytes(name), "renamed", "name");
        same(cents, 7, "price");
        yes(!active, "disabled");
    }

    function test_AStablecoinHasAnAddressAndAtMost36Decimals() public {
        vm.expectRevert(err(I.InvalidAddress.selector));
        shop.setPrimaryStablecoin(address(0));
        address odd = address(new TestToken(37, TestToken.Mode.Standard));
        vm.expectRevert(err(I.UnsupportedDecimals.selector, 37));
        shop.setPrimaryStablecoin(odd);
        same(shop.getPrimaryStablecoin(), address(usd), "as before");
        shop.setPrimaryStablecoin(address(new TestToken(36, TestToken.Mode.Standard)));
    }

    function test_AMethodIsReadableAsItWasAdded() public {
        TestToken token = newToken(18, TestToken.Mode.Standard);
        address pair = address(newPair(token, 1e18, usd, 1e12));
        uint256 id = shop.addPaymentMethod(address(token), pair, address(usd));
        shop.updatePaymentMethod(id, false);
        (address t, address p, address s, uint8 td, uint8 sd, bool active) = shop.getPaymentMethod(id);
        same(t, address(token), "token");
        same(p, pair, "pair");
        same(s, address(usd), "stablecoin");
        same(td, 18, "decimals");
        same(sd, 6, "stablecoin decimals");
        yes(!active, "disabled");
        vm.expectRevert(err(I.PaymentMethodNotFound.selector, 3));
        shop.getPaymentMethod(3);
    }

    function test_TheTwoTokensOfAPairMayBeGivenEitherWayRound() public {
        TestToken token = newToken(18, TestToken.Mode.Standard);
        address first = address(newPair(token, 1e18, usd, 1e12));
        address second = address(newPair(usd, 1e12, token, 1e18));
        uint256 a = shop.addPaymentMethod(address(token), first, address(usd));
        uint256 b = shop.addPaymentMethod(address(token), second, address(usd));
        same(shop.calculatePayment(PLAN, 1, a), shop.calculatePayment(PLAN, 1, b), "same price");
    }

    function test_UnknownSubscriptionsAreNotReadable() public {
        vm.expectRevert(err(I.SubscriptionNotFound.selector, 1));
        shop.getSubscription(1);
        vm.expectRevert(err(I.SubscriptionNotFound.selector, 1));
        shop.daysRemaining(1);
        vm.expectRevert(err(I.SubscriptionNotFound.selector, 1));
        shop.cancelSubscription(1);
        yes(!shop.isSubscriptionActive(1), "not active");
    }
}
