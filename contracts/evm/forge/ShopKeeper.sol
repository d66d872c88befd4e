// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlockhostSubscriptions} from "../src/BlockhostSubscriptions.sol";
import {TestPair} from "../src/testing/TestPair.sol";
import {TestToken} from "../src/testing/TestToken.sol";
import {Cheats} from "./Cheats.sol";

/// @notice Owns a shop with two customers and does one random, valid thing per call, keeping its own books.
/// @dev What a call must achieve at once is asserted here; what must hold at all times, in Invariants.t.sol.
contract ShopKeeper is Cheats {
    uint256 private constant TOKENS = 3;
    uint256 private constant DOLLARS = 1e40;

    BlockhostSubscriptions public immutable shop = new BlockhostSubscriptions();
    address[2] public customers = [address(0xB0B), address(0x57A)];
    /// @dev Two stablecoins that take turns as method 1, and a token priced by a pair as method 2.
    TestToken[TOKENS] public tokens;
    uint256[TOKENS] public collected;
    uint256[TOKENS] public withdrawn;

    struct Entry {
        address subscriber;
        uint256 expiresAt;
        bool cancelled;
    }

    Entry[] public entries;
    TestPair private immutable _pair;
    uint256 private _now = 1_700_000_000;
    uint256 private _coin;

    constructor() {
        vm.warp(_now);
        for (uint256 i = 0; i < TOKENS; i++) {
            tokens[i] = new TestToken(i == 1 ? 18 : 6, TestToken.Mode.Standard);
            for (uint256 c = 0; c < customers.length; c++) {
                tokens[i].mint(customers[c], DOLLARS);
                vm.prank(customers[c]);
                tokens[i].approve(address(shop), type(uint256).max);
            }
        }
        _pair = new TestPair(address(tokens[0]), address(tokens[2]));
        _pair.setReserves(1e13, 1e13);
        shop.setPrimaryStablecoin(address(tokens[0]));
        shop.addPaymentMethod(address(tokens[2]), address(_pair), address(tokens[0]));
        shop.createPlan("Basic", 1000);
        shop.createPlan("Large", 5000);
    }

    modifier later(uint256 seconds_) {
        _now += between(seconds_, 0, 20 days);
        vm.warp(_now);
        _;
    }

    function buy(uint256 seconds_, uint256 who, uint256 plan, uint256 days_, uint256 method) external later(seconds_) {
        address customer = customers[who % customers.length];
        (plan, days_, method) = (between(plan, 1, 2), between(days_, 1, 400), between(method, 1, 2));
        uint256 quote = shop.calculatePayment(plan, days_, method);
        vm.prank(customer);
        uint256 id = shop.buySubscription(plan, days_, method, "");

        same(id, entries.length + 1, "ids are sequential");
        entries.push(Entry(customer, _now + days_ * 1 days, false));
        _book(method, quote);
    }

    function extend(uint256 seconds_, uint256 who, uint256 which, uint256 days_, uint256 method)
        external
        later(seconds_)
    {
        if (entries.length == 0) return;
        uint256 id = between(which, 1, entries.length);
        Entry storage entry = entries[id - 1];
        if (entry.cancelled) return;
        (days_, method) = (between(days_, 1, 400), between(method, 1, 2));
        uint256 end = (entry.expiresAt > _now ? entry.expiresAt : _now) + days_ * 1 days;
        if (end > _now + 36_500 days) return;
        (uint256 plan,,,,) = shop.getSubscription(id);
        uint256 quote = shop.calculatePayment(plan, days_, method);
        vm.prank(customers[who % customers.length]);
        shop.extendSubscription(id, days_, method);

        yes(end > entry.expiresAt, "an extension extends");
        entry.expiresAt = end;
        _book(method, quote);
    }

    function cancel(uint256 seconds_, uint256 which) external later(seconds_) {
        if (entries.length == 0) return;
        uint256 id = between(which, 1, entries.length);
        if (entries[id - 1].cancelled) return;
        shop.cancelSubscription(id);
        entries[id - 1].expiresAt = _now;
        entries[id - 1].cancelled = true;
    }

    function withdraw(uint256 seconds_, uint256 which) external later(seconds_) {
        uint256 token = which % TOKENS;
        uint256 amount = tokens[token].balanceOf(address(shop));
        if (amount == 0) return;
        shop.withdrawFunds(address(tokens[token]), address(this));
        withdrawn[token] += amount;
    }

    function changePrice(uint256 plan, uint256 cents) external {
        shop.updatePlan(between(plan, 1, 2), "renamed", between(cents, 1, 1e6), true);
    }

    function changeStablecoin() external {
        _coin = 1 - _coin;
        shop.setPrimaryStablecoin(address(tokens[_coin]));
    }

    /// @dev Within bounds in which a cent still buys one base unit of the token.
    function movePair(uint256 stableReserve, uint256 tokenReserve) external {
        _pair.setReserves(uint112(between(stableReserve, 1e10, 1e14)), uint112(between(tokenReserve, 1e10, 1e20)));
    }

    function changeSlippage(uint256 bps) external {
        shop.setSlippageBps(between(bps, 0, 1000));
    }

    function entryCount() external view returns (uint256) {
        return entries.length;
    }

    function supply(uint256 token) external view returns (uint256 total) {
        total = tokens[token].balanceOf(address(shop)) + tokens[token].balanceOf(address(this));
        for (uint256 c = 0; c < customers.length; c++) {
            total += tokens[token].balanceOf(customers[c]);
        }
    }

    function _book(uint256 method, uint256 amount) private {
        collected[method == 1 ? _coin : 2] += amount;
    }
}
