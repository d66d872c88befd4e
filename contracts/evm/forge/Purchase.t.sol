// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBlockhostSubscriptions as I} from "../src/interfaces/IBlockhostSubscriptions.sol";
import {TestToken} from "../src/testing/TestToken.sol";
import {Shop} from "./Shop.sol";
import {Vm} from "./Cheats.sol";

contract PurchaseTest is Shop {
    uint256 private constant NONE = 99;

    /// @dev Everything is wrong at first; each step puts right what was refused.
    function test_ChecksRunInTheSpecifiedOrder() public {
        TestToken worthless = newToken(0, TestToken.Mode.Standard);
        bytes memory data = new bytes(4097);
        shop.updatePlan(PLAN, "Basic", 1, false);
        shop.setPrimaryStablecoin(address(worthless));
        shop.updatePaymentMethod(STABLE, false);

        expectBuyRevert(err(I.PayloadTooLarge.selector, 4097), NONE, 0, NONE, data);
        expectBuyRevert(err(I.PlanNotFound.selector, NONE), NONE, 0, NONE, "");
        expectBuyRevert(err(I.PlanNotActive.selector, PLAN), PLAN, 0, NONE, "");
        shop.updatePlan(PLAN, "Basic", 1, true);
        expectBuyRevert(err(I.DaysMustBePositive.selector), PLAN, 0, NONE, "");
        expectBuyRevert(err(I.DaysExceedMaximum.selector, 36_501), PLAN, 36_501, NONE, "");
        expectBuyRevert(err(I.PaymentMethodNotFound.selector, NONE), PLAN, 1, NONE, "");
        expectBuyRevert(err(I.PaymentMethodNotActive.selector, STABLE), PLAN, 1, STABLE, "");
        shop.updatePaymentMethod(STABLE, true);
        expectBuyRevert(err(I.ZeroPayment.selector), PLAN, 99, STABLE, "");

        shop.setPrimaryStablecoin(address(usd));
        vm.prank(BUYER);
        usd.approve(address(shop), 9_999);
        expectBuyRevert(err(TestToken.InsufficientAllowance.selector), PLAN, 1, STABLE, "");
        vm.prank(BUYER);
        usd.approve(address(shop), 10_000);
        same(buy(1), 1, "refusals used no id");
    }

    function test_AnUnsetStablecoinIsAMissingMethodEvenForAnOverflowingPrice() public {
        shop.createPlan("dear", type(uint256).max);
        expectBuyRevert(err(I.PaymentMethodNotFound.selector, 2), 2, 2, 2, "");
        vm.expectRevert(err(I.PaymentMethodNotFound.selector, 2));
        shop.calculatePayment(2, 2, 2);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        shop.calculatePayment(2, 2, STABLE);
    }

    function test_DaysAreLimited() public {
        same(expiryOf(buy(36_500)), T0 + 36_500 days, "longest");
        expectBuyRevert(err(I.DaysExceedMaximum.selector, 36_501), PLAN, 36_501, STABLE, "");
        expectBuyRevert(err(I.DaysExceedMaximum.selector, type(uint256).max), PLAN, type(uint256).max, STABLE, "");
    }

    function test_ExpiresAtTheVerySecondAndCountsWholeDays() public {
        uint256 id = buy(3);
        same(shop.daysRemaining(id), 3, "at once");
        vm.warp(T0 + 1);
        same(shop.daysRemaining(id), 2, "a second later");
        vm.warp(T0 + 3 days - 1);
        yes(shop.isSubscriptionActive(id), "last second");
        same(shop.daysRemaining(id), 0, "last day");
        vm.warp(T0 + 3 days);
        yes(!shop.isSubscriptionActive(id), "expired");
        same(shop.daysRemaining(id), 0, "no day");
        vm.warp(T0 + 10 days);
        same(shop.daysRemaining(id), 0, "long expired");
    }

    function test_ABuyerIsProtectedFromAPriceRiseByTheExactAllowance() public {
        uint256 quote = shop.calculatePayment(PLAN, 30, STABLE);
        vm.prank(BUYER);
        usd.approve(address(shop), quote);
        shop.updatePlan(PLAN, "Basic", CENTS_PER_DAY + 1, true);
        expectBuyRevert(err(TestToken.InsufficientAllowance.selector), PLAN, 30, STABLE, "");
        shop.updatePlan(PLAN, "Basic", CENTS_PER_DAY - 1, true);
        buy(30);
        same(usd.balanceOf(address(shop)), quote - 30 * UNITS_PER_DAY / CENTS_PER_DAY, "the lower price");
    }

    function test_UserDataReachesTheEventByteForByte() public {
        bytes memory data = new bytes(4096);
        for (uint256 i = 0; i < data.length; i++) {
            data[i] = bytes1(uint8(i * 31));
        }
        vm.recordLogs();
        vm.prank(BUYER);
        shop.buySubscription(PLAN, 1, STABLE, data);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        Vm.Log memory last = logs[logs.length - 1];
        yes(last.topics[0] == I.SubscriptionCreated.selector, "the last event");
        (uint256 expiresAt, uint256 paid, address token, bytes memory sent) =
            abi.decode(last.data, (uint256, uint256, address, bytes));
        same(expiresAt, T0 + 1 days, "expiry");
        same(paid, UNITS_PER_DAY, "paid");
        same(token, address(usd), "token");
        same(sent, data, "user data");
    }

    function test_ADisabledPlanLeavesItsSubscriptionsAlone() public {
        uint256 id = buy(2);
        shop.updatePlan(PLAN, "Basic", CENTS_PER_DAY, false);
        yes(shop.isSubscriptionActive(id), "still active");
    }

    function test_EtherIsRefused() public {
        vm.deal(address(this), 2);
        (bool plain,) = address(shop).call{value: 1}("");
        yes(!plain, "took ether");
        (bool withData,) = address(shop).call{value: 1}(abi.encodeCall(shop.getTotalPlanCount, ()));
        yes(!withData, "took ether with a call");
    }

    function testFuzz_PaysExactlyTheQuoteAndExpiresOnTime(uint256 cents, uint256 days_, uint256 decimals) public {
        cents = between(cents, 1, 1e12);
        days_ = between(days_, 1, 36_500);
        decimals = between(decimals, 0, 36);
        shop.setPrimaryStablecoin(address(newToken(uint8(decimals), TestToken.Mode.Standard)));
        shop.updatePlan(PLAN, "Basic", cents, true);
        TestToken token = TestToken(shop.getPrimaryStablecoin());

        uint256 quote = shop.calculatePayment(PLAN, days_, STABLE);
        same(quote, cents * days_ * 10 ** decimals / 100, "quote");
        if (quote == 0) {
            expectBuyRevert(err(I.ZeroPayment.selector), PLAN, days_, STABLE, "");
            return;
        }
        uint256 id = buy(days_);
        same(token.balanceOf(address(shop)), quote, "paid");
        same(expiryOf(id), T0 + days_ * 1 days, "expiry");
        same(shop.daysRemaining(id), days_, "days");
    }
}
