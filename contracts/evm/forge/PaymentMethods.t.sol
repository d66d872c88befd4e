// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {BlockhostSubscriptions} from "../src/BlockhostSubscriptions.sol";
import {IBlockhostSubscriptions as I} from "../src/interfaces/IBlockhostSubscriptions.sol";
import {TestPair} from "../src/testing/TestPair.sol";
import {TestToken} from "../src/testing/TestToken.sol";
import {Shop} from "./Shop.sol";

contract PaymentMethodsTest is Shop {
    function accept(TestToken token) private {
        shop.setPrimaryStablecoin(address(token));
    }

    // ---------------------------------------------------------------- odd tokens

    function test_ATokenWithoutReturnValueWorks() public {
        TestToken token = newToken(6, TestToken.Mode.NoReturnValue);
        accept(token);
        buy(1);
        shop.withdrawFunds(address(token), TREASURY);
        same(token.balanceOf(TREASURY), UNITS_PER_DAY, "withdrawn");
    }

    function test_ATokenThatReturnsFalseIsRefused() public {
        TestToken token = newToken(6, TestToken.Mode.TransferFromReturnsFalse);
        accept(token);
        bytes memory reason = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token));
        expectBuyRevert(reason, PLAN, 1, STABLE, "");
    }

    function test_ATokenThatTakesAFeeIsRefused() public {
        TestToken token = newToken(6, TestToken.Mode.OnePercentFee);
        accept(token);
        bytes memory reason = abi.encodeWithSelector(
            I.TransferAmountMismatch.selector, UNITS_PER_DAY, UNITS_PER_DAY - UNITS_PER_DAY / 100
        );
        expectBuyRevert(reason, PLAN, 1, STABLE, "");
        same(token.balanceOf(address(shop)), 0, "kept nothing");
    }

    function test_TheReasonOfARevertingTokenIsPassedOn() public {
        accept(newToken(6, TestToken.Mode.Reverts));
        expectBuyRevert(err(TestToken.TransfersPaused.selector), PLAN, 1, STABLE, "");
        same(shop.getTotalSubscriptionCount(), 0, "subscriptions");
    }

    // ---------------------------------------------------------------- configuration

    function test_BothTokensMustBeThePairsInEitherOrder() public {
        TestToken token = newToken(18, TestToken.Mode.Standard);
        TestToken outsider = newToken(6, TestToken.Mode.Standard);
        address[2] memory pairs =
            [address(newPair(token, 1e18, usd, 1e12)), address(newPair(usd, 1e12, token, 1e18))];

        for (uint256 i = 0; i < pairs.length; i++) {
            vm.expectRevert(err(I.TokenNotInPair.selector));
            shop.addPaymentMethod(address(token), pairs[i], address(outsider));
            vm.expectRevert(err(I.TokenNotInPair.selector));
            shop.addPaymentMethod(address(outsider), pairs[i], address(usd));
            shop.addPaymentMethod(address(token), pairs[i], address(usd));
        }
    }

    function test_AddingChecksInTheSpecifiedOrder() public {
        TestToken token = newToken(18, TestToken.Mode.Standard);
        TestToken outsider = newToken(37, TestToken.Mode.Standard);
        address pair = address(newPair(token, 1e18, usd, 1e12));
        address strange = address(newPair(outsider, 1e18, usd, 1e12));

        vm.expectRevert(err(I.InvalidAddress.selector));
        shop.addPaymentMethod(address(0), pair, address(0));
        vm.expectRevert(err(I.InvalidAddress.selector));
        shop.addPaymentMethod(address(usd), address(0), address(usd));
        vm.expectRevert(err(I.InvalidAddress.selector));
        shop.addPaymentMethod(address(token), pair, address(0));
        vm.expectRevert(err(I.TokenNotInPair.selector));
        shop.addPaymentMethod(address(usd), pair, address(usd));
        vm.expectRevert(err(I.TokenNotInPair.selector));
        shop.addPaymentMethod(address(outsider), pair, address(usd));
        vm.expectRevert(err(I.TokenNotInPair.selector));
        shop.addPaymentMethod(address(token), pair, address(outsider));
        vm.expectRevert(err(I.UnsupportedDecimals.selector, 37));
        shop.addPaymentMethod(address(outsider), strange, address(usd));
        vm.expectRevert(err(I.UnsupportedDecimals.selector, 37));
        shop.addPaymentMethod(address(usd), strange, address(outsider));
        same(shop.addPaymentMethod(address(token), pair, address(usd)), 2, "refusals used no id");
    }

    function test_MethodIdsAreListedInOrderDisabledOnesToo() public {
        shop = new BlockhostSubscriptions();
        same(shop.getPaymentMethodIds().length, 0, "none at first");
        TestToken token = newToken(18, TestToken.Mode.Standard);
        shop.addPaymentMethod(address(token), address(newPair(token, 1e18, usd, 1e12)), address(usd));
        same(shop.getPaymentMethodIds().length, 1, "one");
        same(shop.getPaymentMethodIds()[0], 2, "the pair method");
        vm.expectRevert(err(I.PaymentMethodNotFound.selector, 1));
        shop.updatePaymentMethod(1, true);

        accept(usd);
        shop.updatePaymentMethod(2, false);
        uint256[] memory ids = shop.getPaymentMethodIds();
        same(ids.length, 2, "both");
        same(ids[0], 1, "the stablecoin comes first");
        same(ids[1], 2, "disabled, but listed");
    }

    function test_AReplacedStablecoinStaysWithdrawable() public {
        uint256 id = buy(5);
        TestToken next = newToken(18, TestToken.Mode.Standard);
        accept(next);
        yes(shop.isSubscriptionActive(id), "the old subscription");
        extend(BUYER, id, 1);
        shop.withdrawFunds(address(usd), TREASURY);
        shop.withdrawFunds(address(next), TREASURY);
        same(usd.balanceOf(TREASURY), 5 * UNITS_PER_DAY, "old coin");
        same(next.balanceOf(TREASURY), 10e18, "new coin");
    }

    function test_WithdrawalChecksAndEmptiesTheTill() public {
        buy(2);
        vm.expectRevert(err(I.InvalidAddress.selector));
        shop.withdrawFunds(address(0), TREASURY);
        vm.expectRevert(err(I.InvalidAddress.selector));
        shop.withdrawFunds(address(usd), address(0));
        shop.withdrawFunds(address(usd), TREASURY);
        same(usd.balanceOf(TREASURY), 2 * UNITS_PER_DAY, "withdrawn");
        vm.expectRevert(err(I.NoBalanceToWithdraw.selector));
        shop.withdrawFunds(address(usd), TREASURY);
    }

    // ---------------------------------------------------------------- pair prices

    function testFuzz_PairPricesFollowTheFormulaInEitherOrder(
        uint256 tokenReserve,
        uint256 stableReserve,
        uint256 slippage,
        uint256 days_,
        bool tokenFirst
    ) public {
        tokenReserve = between(tokenReserve, 1, type(uint112).max);
        stableReserve = between(stableReserve, 10_000e6, type(uint112).max);
        slippage = between(slippage, 0, 1000);
        days_ = between(days_, 1, 36_500);
        TestToken token = newToken(18, TestToken.Mode.Standard);
        TestPair pair = tokenFirst
            ? newPair(token, uint112(tokenReserve), usd, uint112(stableReserve))
            : newPair(usd, uint112(stableReserve), token, uint112(tokenReserve));
        uint256 method = shop.addPaymentMethod(address(token), address(pair), address(usd));
        shop.setSlippageBps(slippage);

        uint256 base = CENTS_PER_DAY * days_ * 1e6 / 100 * tokenReserve / stableReserve;
        same(shop.calculatePayment(PLAN, days_, method), base + base * slippage / 10_000, "quote");
    }

    function test_AnEmptyPairIsRefusedWithoutAPanic() public {
        TestToken token = newToken(18, TestToken.Mode.Standard);
        uint256 method = shop.addPaymentMethod(address(token), address(newPair(token, 0, usd, 0)), address(usd));
        shop.setMinLiquidity(0);
        vm.expectRevert(err(I.InsufficientLiquidity.selector));
        shop.calculatePayment(PLAN, 1, method);
        vm.expectRevert(err(I.InsufficientLiquidity.selector));
        shop.getTokenPriceUsdCents(method);
        expectBuyRevert(err(I.InsufficientLiquidity.selector), PLAN, 1, method, "");
    }

    /// @dev Why pair methods are at the operator's risk: with borrowed stablecoins a buyer makes the token dear,
    /// pays a hundredth of the price and undoes the trade, all in one transaction. The minimum liquidity is no
    /// defence, since the trade raises the stable reserve.
    function test_MovingThePairWithinATransactionMovesThePrice() public {
        TestToken token = newToken(18, TestToken.Mode.Standard);
        TestPair pair = newPair(token, 100_000e18, usd, 100_000e6);
        uint256 method = shop.addPaymentMethod(address(token), address(pair), address(usd));
        uint256 honest = shop.calculatePayment(PLAN, 30, method);
        same(honest, 303e18, "300 dollars and one per cent of slippage");

        uint256 stableBefore = usd.balanceOf(BUYER);
        uint256 tokenBefore = token.balanceOf(BUYER);
        vm.startPrank(BUYER);
        usd.approve(address(pair), type(uint256).max);
        token.approve(address(pair), type(uint256).max);
        uint256 bought = pair.swap(address(usd), 900_000e6);
        shop.buySubscription(PLAN, 30, method, "");
        pair.swap(address(token), bought);
        vm.stopPrank();

        same(token.balanceOf(address(shop)), honest / 100, "what the shop got");
        same(tokenBefore - token.balanceOf(BUYER), honest / 100, "what the buyer spent");
        yes(stableBefore - usd.balanceOf(BUYER) <= 1, "the loan is paid back");
    }

    // ---------------------------------------------------------------- the owner

    function test_SettingsAreForTheOwner() public {
        bytes[11] memory calls = [
            abi.encodeCall(shop.createPlan, ("x", 0)),
            abi.encodeCall(shop.updatePlan, (9, "x", 0, true)),
            abi.encodeCall(shop.cancelSubscription, (9)),
            abi.encodeCall(shop.setPrimaryStablecoin, (address(0))),
            abi.encodeCall(shop.addPaymentMethod, (address(0), address(0), address(0))),
            abi.encodeCall(shop.updatePaymentMethod, (9, true)),
            abi.encodeCall(shop.withdrawFunds, (address(0), address(0))),
            abi.encodeCall(shop.setSlippageBps, (1001)),
            abi.encodeCall(shop.setMinLiquidity, (0)),
            abi.encodeCall(shop.setExtensionGraceSeconds, (0)),
            abi.encodeCall(shop.transferOwnership, (STRANGER))
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            vm.prank(STRANGER);
            (bool success, bytes memory reason) = address(shop).call(calls[i]);
            yes(!success, "a stranger was let in");
            same(reason, abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, STRANGER), "reason");
        }
    }

    function test_OwnershipChangesInTwoStepsAndIsNeverGivenUp() public {
        buy(1);
        shop.transferOwnership(STRANGER);
        same(shop.owner(), address(this), "still the old owner");
        vm.prank(STRANGER);
        shop.acceptOwnership();
        same(shop.owner(), STRANGER, "the new owner");
        same(shop.pendingOwner(), address(0), "nobody pending");

        vm.startPrank(STRANGER);
        vm.expectRevert(err(I.RenounceDisabled.selector));
        shop.renounceOwnership();
        shop.withdrawFunds(address(usd), STRANGER);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        shop.renounceOwnership();
        same(usd.balanceOf(address(shop)), 0, "the till");
    }
}
