// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBlockhostSubscriptions as I} from "../src/interfaces/IBlockhostSubscriptions.sol";
import {TestToken} from "../src/testing/TestToken.sol";
import {Shop} from "./Shop.sol";

contract ExtensionTest is Shop {
    uint256 private constant NONE = 99;
    uint256 private id;

    function setUp() public override {
        super.setUp();
        id = buy(10);
    }

    /// @dev Everything is wrong at first; each step puts right what was refused.
    function test_ChecksRunInTheSpecifiedOrder() public {
        uint256 cancelled = buy(1);
        shop.cancelSubscription(cancelled);
        shop.setExtensionGraceSeconds(1);
        vm.warp(T0 + 20 days);
        shop.updatePlan(PLAN, "Basic", CENTS_PER_DAY, false);
        shop.updatePaymentMethod(STABLE, false);

        expectExtendRevert(err(I.SubscriptionNotFound.selector, NONE), NONE, 0, NONE);
        expectExtendRevert(err(I.SubscriptionAlreadyCancelled.selector, cancelled), cancelled, 0, NONE);
        expectExtendRevert(err(I.ExtensionWindowClosed.selector, id), id, 0, NONE);
        shop.setExtensionGraceSeconds(0);
        expectExtendRevert(err(I.PlanNotActive.selector, PLAN), id, 0, NONE);
        shop.updatePlan(PLAN, "Basic", CENTS_PER_DAY, true);
        expectExtendRevert(err(I.DaysMustBePositive.selector), id, 0, NONE);
        expectExtendRevert(err(I.DaysExceedMaximum.selector, 36_501), id, 36_501, NONE);
        expectExtendRevert(err(I.PaymentMethodNotFound.selector, NONE), id, 1, NONE);
        expectExtendRevert(err(I.PaymentMethodNotActive.selector, STABLE), id, 1, STABLE);
        shop.updatePaymentMethod(STABLE, true);
        vm.prank(BUYER);
        usd.approve(address(shop), 0);
        expectExtendRevert(err(TestToken.InsufficientAllowance.selector), id, 1, STABLE);
    }

    function test_AnActiveSubscriptionGrowsFromItsExpiry() public {
        vm.warp(T0 + 4 days);
        extend(BUYER, id, 5);
        same(expiryOf(id), T0 + 15 days, "expiry");
    }

    function test_AnExpiredSubscriptionGrowsFromNow() public {
        vm.warp(T0 + 365 days);
        extend(BUYER, id, 5);
        same(expiryOf(id), T0 + 370 days, "expiry");
        yes(shop.isSubscriptionActive(id), "active again");
    }

    function test_AStrangerMayPayForSomebodyElse() public {
        uint256 before = usd.balanceOf(STRANGER);
        extend(STRANGER, id, 1);
        (, address subscriber,,,) = shop.getSubscription(id);
        same(subscriber, BUYER, "subscriber");
        same(usd.balanceOf(STRANGER), before - UNITS_PER_DAY, "who paid");
        same(shop.getSubscriptionCountBySubscriber(STRANGER), 0, "the stranger's subscriptions");
    }

    function test_NothingEndsMoreThan36500DaysFromNow() public {
        extend(BUYER, id, 36_490);
        expectExtendRevert(err(I.DaysExceedMaximum.selector, 1), id, 1, STABLE);
        same(usd.balanceOf(address(shop)), 36_500 * UNITS_PER_DAY, "the refusal took nothing");
        vm.warp(T0 + 1 days);
        extend(BUYER, id, 1);
        same(expiryOf(id), T0 + 36_501 days, "expiry");
    }

    function test_TheWindowClosesOneSecondAfterTheGrace() public {
        shop.setExtensionGraceSeconds(7 days);
        vm.warp(T0 + 17 days + 1);
        expectExtendRevert(err(I.ExtensionWindowClosed.selector, id), id, 1, STABLE);
        vm.warp(T0 + 17 days);
        extend(BUYER, id, 1);
        same(expiryOf(id), T0 + 18 days, "expiry");
    }

    function test_AnAbsurdGraceIsNoLimit() public {
        shop.setExtensionGraceSeconds(type(uint256).max);
        vm.warp(T0 + 3650 days);
        extend(BUYER, id, 1);
        same(expiryOf(id), T0 + 3651 days, "expiry");
    }

    function test_AnExtensionCostsThePresentPriceOfThePlan() public {
        shop.updatePlan(PLAN, "Basic", 2 * CENTS_PER_DAY, true);
        uint256 before = usd.balanceOf(address(shop));
        extend(BUYER, id, 3);
        same(usd.balanceOf(address(shop)) - before, 6 * UNITS_PER_DAY, "paid");
    }

    function test_ACancelledSubscriptionEndsNowAndForGood() public {
        vm.warp(T0 + 1 days);
        uint256 funds = usd.balanceOf(address(shop));
        shop.cancelSubscription(id);
        (,, uint256 expiresAt, bool isActive, bool cancelled) = shop.getSubscription(id);
        same(expiresAt, T0 + 1 days, "expiry");
        yes(!isActive && cancelled, "cancelled");
        same(shop.daysRemaining(id), 0, "days");
        same(usd.balanceOf(address(shop)), funds, "no refund");
        vm.expectRevert(err(I.SubscriptionAlreadyCancelled.selector, id));
        shop.cancelSubscription(id);
        expectExtendRevert(err(I.SubscriptionAlreadyCancelled.selector, id), id, 1, STABLE);
    }

    function testFuzz_AnExtensionAddsExactlyItsDays(uint256 later, uint256 days_) public {
        later = between(later, 0, 36_500 days);
        days_ = between(days_, 1, 36_490);
        vm.warp(T0 + later);
        uint256 from = later > 10 days ? T0 + later : T0 + 10 days;
        extend(STRANGER, id, days_);
        same(expiryOf(id), from + days_ * 1 days, "expiry");
    }

    function testFuzz_TheWindowIsExact(uint256 grace, uint256 late) public {
        grace = between(grace, 1, 3650 days);
        late = between(late, 0, 7300 days);
        shop.setExtensionGraceSeconds(grace);
        vm.warp(T0 + 10 days + late);
        if (late > grace) expectExtendRevert(err(I.ExtensionWindowClosed.selector, id), id, 1, STABLE);
        else extend(BUYER, id, 1);
    }
}
