// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlockhostSubscriptions} from "../src/BlockhostSubscriptions.sol";
import {TestPair} from "../src/testing/TestPair.sol";
import {TestToken} from "../src/testing/TestToken.sol";
import {Cheats} from "./Cheats.sol";

/// @notice A shop that sells one plan at 10 dollars a day for a stablecoin with six decimals.
abstract contract Shop is Cheats {
    address internal constant BUYER = address(0xB0B);
    address internal constant STRANGER = address(0x57A);
    address internal constant TREASURY = address(0x7EA);
    uint256 internal constant T0 = 1_700_000_000;
    uint256 internal constant PLAN = 1;
    uint256 internal constant STABLE = 1;
    uint256 internal constant CENTS_PER_DAY = 1000;
    uint256 internal constant UNITS_PER_DAY = 10e6;

    BlockhostSubscriptions internal shop;
    TestToken internal usd;

    function setUp() public virtual {
        vm.warp(T0);
        shop = new BlockhostSubscriptions();
        usd = newToken(6, TestToken.Mode.Standard);
        shop.setPrimaryStablecoin(address(usd));
        shop.createPlan("Basic", CENTS_PER_DAY);
    }

    /// @dev A token of which buyer and stranger have plenty, all of it approved.
    function newToken(uint8 decimals, TestToken.Mode mode) internal returns (TestToken token) {
        token = new TestToken(decimals, mode);
        address[2] memory rich = [BUYER, STRANGER];
        for (uint256 i = 0; i < rich.length; i++) {
            token.mint(rich[i], 1e60);
            vm.prank(rich[i]);
            // By hand: one of the tokens returns nothing, which a typed call would refuse.
            (bool approved,) = address(token).call(abi.encodeCall(token.approve, (address(shop), type(uint256).max)));
            yes(approved, "approved");
        }
    }

    function newPair(TestToken token, uint112 tokenReserve, TestToken stable, uint112 stableReserve)
        internal
        returns (TestPair pair)
    {
        pair = new TestPair(address(token), address(stable));
        pair.setReserves(tokenReserve, stableReserve);
        token.mint(address(pair), tokenReserve);
        stable.mint(address(pair), stableReserve);
    }

    function buy(uint256 days_) internal returns (uint256) {
        vm.prank(BUYER);
        return shop.buySubscription(PLAN, days_, STABLE, "");
    }

    function extend(address payer, uint256 id, uint256 days_) internal {
        vm.prank(payer);
        shop.extendSubscription(id, days_, STABLE);
    }

    function expiryOf(uint256 id) internal view returns (uint256 expiresAt) {
        (,, expiresAt,,) = shop.getSubscription(id);
    }

    /// @dev What a buyer's attempt reverts with.
    function expectBuyRevert(bytes memory reason, uint256 plan, uint256 days_, uint256 method, bytes memory data)
        internal
    {
        vm.prank(BUYER);
        vm.expectRevert(reason);
        shop.buySubscription(plan, days_, method, data);
    }

    function expectExtendRevert(bytes memory reason, uint256 id, uint256 days_, uint256 method) internal {
        vm.prank(BUYER);
        vm.expectRevert(reason);
        shop.extendSubscription(id, days_, method);
    }

    function err(bytes4 selector) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector);
    }

    function err(bytes4 selector, uint256 argument) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, argument);
    }
}
