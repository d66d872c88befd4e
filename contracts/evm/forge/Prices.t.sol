// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBlockhostSubscriptions as I} from "../src/interfaces/IBlockhostSubscriptions.sol";
import {TestPair} from "../src/testing/TestPair.sol";
import {TestToken} from "../src/testing/TestToken.sol";
import {Shop} from "./Shop.sol";

/// @notice Prices of tokens and the least liquidity of pairs, for tokens of all decimals.
contract PricesTest is Shop {
    /// @dev A pair method of a token and a new stablecoin with the given reserves.
    function offer(uint256 tokenDecimals, uint256 tokenReserve, uint256 stableDecimals, uint256 stableReserve)
        private
        returns (uint256 method, TestPair pair)
    {
        TestToken token = newToken(uint8(tokenDecimals), TestToken.Mode.Standard);
        TestToken stable = newToken(uint8(stableDecimals), TestToken.Mode.Standard);
        pair = newPair(token, uint112(tokenReserve), stable, uint112(stableReserve));
        method = shop.addPaymentMethod(address(token), address(pair), address(stable));
    }

    function test_AStablecoinIsADollar() public view {
        same(shop.getTokenPriceUsdCents(STABLE), 100, "cents");
    }

    function test_TheTokenPriceIsThatOfTheReserves() public {
        (uint256 method, TestPair pair) = offer(18, 4e18, 6, 10_000e6);
        same(shop.getTokenPriceUsdCents(method), 250_000, "2500 dollars");
        pair.setReserves(4e18, 9_999_999_999);
        same(shop.getTokenPriceUsdCents(method), 249_999, "rounded down");
        (method,) = offer(0, 3, 36, 1e33);
        same(shop.getTokenPriceUsdCents(method), 0, "less than a cent");
        (method,) = offer(36, 1e33, 0, 7);
        same(shop.getTokenPriceUsdCents(method), 700_000, "7 dollars for a thousandth");
    }

    function testFuzz_TheTokenPriceFollowsTheFormula(
        uint256 tokenDecimals,
        uint256 stableDecimals,
        uint256 tokenReserve,
        uint256 stableReserve
    ) public {
        tokenDecimals = between(tokenDecimals, 0, 36);
        stableDecimals = between(stableDecimals, 0, 36);
        tokenReserve = between(tokenReserve, 1, type(uint112).max);
        stableReserve = between(stableReserve, 1, type(uint112).max);
        (uint256 method,) = offer(tokenDecimals, tokenReserve, stableDecimals, stableReserve);
        uint256 price = stableReserve * 100 * 10 ** tokenDecimals / (tokenReserve * 10 ** stableDecimals);
        same(shop.getTokenPriceUsdCents(method), price, "price");
    }

    function test_APairAtTheLeastLiquidityIsUsableAndOneUnitLessIsNot() public {
        uint256[7] memory decimals = [uint256(0), 2, 5, 6, 7, 18, 29];
        for (uint256 i = 0; i < decimals.length; i++) {
            uint256 least = 10_000 * 10 ** decimals[i];
            (uint256 method, TestPair pair) = offer(18, 1e18, decimals[i], least);
            yes(shop.calculatePayment(PLAN, 1, method) > 0, "usable");
            pair.setReserves(1e18, uint112(least - 1));
            vm.expectRevert(err(I.InsufficientLiquidity.selector));
            shop.calculatePayment(PLAN, 1, method);
            expectBuyRevert(err(I.InsufficientLiquidity.selector), PLAN, 1, method, "");
        }
    }

    function test_APairWithOneEmptySideIsRefused() public {
        shop.setMinLiquidity(0);
        (uint256 method, TestPair pair) = offer(18, 1e18, 6, 0);
        vm.expectRevert(err(I.InsufficientLiquidity.selector));
        shop.calculatePayment(PLAN, 1, method);
        pair.setReserves(0, 1e12);
        vm.expectRevert(err(I.InsufficientLiquidity.selector));
        shop.calculatePayment(PLAN, 1, method);
        vm.expectRevert(err(I.InsufficientLiquidity.selector));
        shop.getTokenPriceUsdCents(method);
        pair.setReserves(1, 1);
        same(shop.getTokenPriceUsdCents(method), 100 * 1e12, "one unit each");
    }

    function test_SlippageIsAddedUpToTenPerCent() public {
        (uint256 method,) = offer(18, 100_000e18, 6, 100_000e6);
        shop.setSlippageBps(1000);
        same(shop.calculatePayment(PLAN, 1, method), 11e18, "ten per cent");
        shop.setSlippageBps(0);
        same(shop.calculatePayment(PLAN, 1, method), 10e18, "none");
        vm.expectRevert(err(I.SlippageTooHigh.selector));
        shop.setSlippageBps(1001);
        same(shop.slippageBps(), 0, "as before");
    }

    function test_APairPaymentIsTakenInItsToken() public {
        (uint256 method,) = offer(18, 100_000e18, 6, 100_000e6);
        (address token,,,,,) = shop.getPaymentMethod(method);
        vm.prank(BUYER);
        shop.buySubscription(PLAN, 2, method, "");
        same(TestToken(token).balanceOf(address(shop)), 20.2e18, "20 dollars and one per cent");
    }
}
